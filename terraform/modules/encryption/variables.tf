variable "account_id" {
  description = "Account that administers the key"
  type        = string
}

variable "aws_region" {
  description = "Region whose CloudWatch Logs may use the key"
  type        = string
}

variable "deletion_window_in_days" {
  description = "Days between scheduling the key's deletion and losing it, 7 to 30"
  type        = number
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "partition" {
  description = "AWS partition, such as aws"
  type        = string
}
