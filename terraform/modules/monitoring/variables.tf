variable "alarm_topic_arn" {
  description = "Topic that is told when an alarm fires and when it is over; \"\": nobody is told"
  type        = string
}

variable "api_name" {
  description = "Name of the REST API; \"\": there is none"
  type        = string
}

variable "aws_region" {
  description = "Region of the metrics"
  type        = string
}

variable "cluster_name" {
  description = "ECS cluster of the engine; \"\": there is none"
  type        = string
}

variable "database_identifier" {
  description = "Identifier of the RDS instance; \"\": there is none"
  type        = string
}

variable "engine_desired_count" {
  description = "Engine tasks that are to run"
  type        = number
}

variable "function_names" {
  description = "Function names: ingest_normalizer, reconciliation"
  type        = map(string)
}

variable "name_prefix" {
  description = "Start of every name, and the namespace of our own metrics"
  type        = string
}

variable "queue_names" {
  description = "Queue names: dead_letter, entitlement_requests"
  type        = map(string)
}

variable "service_name" {
  description = "ECS service of the engine; \"\": there is none"
  type        = string
}
