variable "dead_letter_queue_arn" {
  description = "Queue of events that the topic did not take"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the bus"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "notifications_topic_arn" {
  description = "Topic of completed entitlements"
  type        = string
}
