variable "deletion_protection" {
  description = "Refuse to delete the tables"
  type        = bool
}

variable "kms_key_arn" {
  description = "Key that encrypts tables and streams"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}
