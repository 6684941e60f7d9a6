terraform {
  required_version = ">= 1.11" # write-only arguments and ephemeral variables

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "local" {}
}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Application = var.name_prefix }
  }
}
