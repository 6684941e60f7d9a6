"""Events of many holders through calculation and PostgreSQL alone (`make bench`): what a split, a spin-off and a merger cost beside a dividend."""
