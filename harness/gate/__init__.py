"""The gate: all suites on a target, then one verdict that a release process can act on."""
