variable "aws_region" {
  description = "Region of the logs"
  type        = string
}

variable "database_secret_arns" {
  description = "Secret with username and password; none where there is no database"
  type        = list(string)
}

variable "desired_count" {
  description = "Tasks to run once there is an image"
  type        = number
}

variable "endpoint_environment" {
  description = "Environment that a target does not inject itself, such as AWS_ENDPOINT_URL"
  type        = map(string)
}

variable "environment" {
  description = "Environment of the engine"
  type        = map(string)
}

variable "execution_role_arn" {
  description = "Role that pulls the image and reads the secret"
  type        = string
}

variable "force_delete" {
  description = "Delete the repository with its images"
  type        = bool
}

variable "image" {
  description = "Image of the engine; null: none pushed yet, so no task runs"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts images and logs"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "secrets" {
  description = "Further secrets in the container's environment, name to valueFrom"
  type        = map(string)
}

variable "security_group_id" {
  description = "Security group of the tasks"
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of the tasks"
  type        = list(string)
}

variable "task_role_arn" {
  description = "Role that the engine works under"
  type        = string
}
