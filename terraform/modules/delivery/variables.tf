variable "artifacts_bucket" {
  description = "Bucket of pipeline artifacts"
  type        = string
}

variable "branch" {
  description = "Branch that is built"
  type        = string
}

variable "build_role_arn" {
  description = "Role of the build projects"
  type        = string
}

variable "engine_repository_url" {
  description = "Repository that the image is pushed to"
  type        = string
}

variable "function_names" {
  description = "Function names, each with a deployment group of the same name"
  type        = map(string)
}

variable "kms_key_arn" {
  description = "Key that encrypts source, artifacts and logs"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "pipeline_role_arn" {
  description = "Role of pipeline, deployments and the rule that starts it"
  type        = string
}
