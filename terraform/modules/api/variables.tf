variable "access_log_enabled" {
  description = "Write access logs; needs API Gateway's account-wide log role"
  type        = bool
}

variable "account_id" {
  description = "Account of the API"
  type        = string
}

variable "handler_alias" {
  description = "Alias of the API handler"
  type        = string
}

variable "handler_invoke_arn" {
  description = "Invoke ARN of that alias"
  type        = string
}

variable "handler_name" {
  description = "Function name of the API handler"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the access logs"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}
