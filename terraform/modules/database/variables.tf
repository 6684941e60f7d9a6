variable "deletion_protection" {
  description = "Refuse to delete the instance, keep a final snapshot, run in two zones"
  type        = bool
}

variable "engine_version" {
  description = "PostgreSQL version"
  type        = string
}

variable "instance_class" {
  description = "Instance class of the database"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts storage and secret"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "password_version" {
  description = "Raised when the password changes"
  type        = number
}

variable "port" {
  description = "TCP port of PostgreSQL"
  type        = number
}

variable "publicly_accessible" {
  description = "Give the instance a public address"
  type        = bool
}

variable "secret_recovery_window_in_days" {
  description = "Days in which a deleted secret can be restored; 0: none"
  type        = number
}

variable "security_group_id" {
  description = "Security group of the database"
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of the database"
  type        = list(string)
}

variable "password" {
  description = "Master password; in neither plan nor state"
  type        = string
  ephemeral   = true
  sensitive   = true
}
