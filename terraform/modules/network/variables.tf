variable "availability_zones" {
  description = "Zones of the private subnets; RDS wants at least two"
  type        = list(string)
}

variable "cidr_block" {
  description = "Address range of the VPC"
  type        = string
}

variable "database_port" {
  description = "TCP port of PostgreSQL"
  type        = number
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}
