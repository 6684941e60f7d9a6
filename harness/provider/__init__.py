"""A stand-in for the AWS provider of Terraform: see README.md in this folder for what it can and cannot do today."""
