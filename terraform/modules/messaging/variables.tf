variable "account_id" {
  description = "Account of queues and topic"
  type        = string
}

variable "aws_region" {
  description = "Region of queues and topic"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts queues and topic"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "partition" {
  description = "AWS partition, such as aws"
  type        = string
}

variable "request_time_outs" {
  description = "Of entitlement requests: seconds for which a received one is hidden, and receives before it is a dead letter"
  type        = object({ request_receives = number, request_visibility_seconds = number })
}

variable "require_secure_transport" {
  description = "Deny requests that do not come over TLS"
  type        = bool
}
