"""Which Terraform to run, on machines with and without one."""
