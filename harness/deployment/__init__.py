"""From a target to a running system: how it is reached, what Terraform is told of it, the code shipped, the tasks waited for."""
