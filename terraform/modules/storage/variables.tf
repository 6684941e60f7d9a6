variable "account_id" {
  description = "Account, part of the buckets' world-wide unique names"
  type        = string
}

variable "aws_region" {
  description = "Region, part of the buckets' names"
  type        = string
}

variable "force_destroy" {
  description = "Empty the buckets when they are destroyed"
  type        = bool
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "noncurrent_version_days" {
  description = "Days for which versions are kept that were replaced or deleted"
  type        = number
}

variable "require_secure_transport" {
  description = "Deny requests that do not come over TLS"
  type        = bool
}
