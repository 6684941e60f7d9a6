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

variable "throttling_burst_limit" {
  description = "Requests that each method takes at once"
  type        = number
}

variable "throttling_rate_limit" {
  description = "Requests a second that each method takes in the long run"
  type        = number
}
