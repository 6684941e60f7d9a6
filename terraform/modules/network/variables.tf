variable "availability_zones" {
  description = "Zones of the private subnets; RDS wants at least two"
  type        = list(string)
}

variable "aws_region" {
  description = "Region of the endpoints' services"
  type        = string
}

variable "cidr_block" {
  description = "Address range of the VPC"
  type        = string
}

variable "database_port" {
  description = "TCP port of PostgreSQL"
  type        = number
}

variable "endpoints_enabled" {
  description = "Make endpoints of the AWS services that engine tasks use"
  type        = bool
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}
