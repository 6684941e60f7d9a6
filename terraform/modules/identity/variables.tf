variable "account_id" {
  description = "Account of every ARN"
  type        = string
}

variable "aws_region" {
  description = "Region of every ARN"
  type        = string
}

variable "bucket_arns" {
  description = "Bucket ARNs: artifacts, calculations, reports"
  type        = map(string)
}

variable "database_secret_arns" {
  description = "Secret of the database credentials; none where there is no database"
  type        = list(string)
}

variable "dead_letter_queue_arn" {
  description = "Queue of what could never be read"
  type        = string
}

variable "event_bus_arn" {
  description = "Bus of completed entitlements"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that the roles may use through their services"
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

variable "position_stream_arn" {
  description = "Stream of the position feed"
  type        = string
}

variable "queue_arns" {
  description = "Queue ARNs: entitlement_requests, notifications"
  type        = map(string)
}

variable "require_source_account" {
  description = "Trust services only when they act for this account (aws:SourceAccount)"
  type        = bool
}

variable "rules_application_arns" {
  description = "AppConfig application of the rules; none where there are no rules"
  type        = list(string)
}

variable "table_arns" {
  description = "Table ARNs: positions, entitlements, queue_state"
  type        = map(string)
}
