variable "endpoint_environment" {
  description = "Environment that a target does not inject itself, such as AWS_ENDPOINT_URL"
  type        = map(string)
}

variable "environments" {
  description = "Environment by function: api_handler, ingest_normalizer, reconciliation"
  type        = map(map(string))
}

variable "kms_key_arn" {
  description = "Key that encrypts environments and logs"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "package_directory" {
  description = "Folder of the zips"
  type        = string
}

variable "position_stream_arn" {
  description = "Stream of the position feed"
  type        = string
}

variable "reports_bucket_arn" {
  description = "Bucket of batches that a mapping gives up"
  type        = string
}

variable "role_arns" {
  description = "Role ARN by function"
  type        = map(string)
}

variable "table_stream_arns" {
  description = "Stream ARN by table"
  type        = map(string)
}

variable "timeout_seconds" {
  description = "Timeout of every function; null: each its own"
  type        = number
}
