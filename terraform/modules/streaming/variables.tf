variable "kms_key_arn" {
  description = "Key that encrypts the stream"
  type        = string
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
}

variable "shard_count" {
  description = "Shards, each 1 MB or 1,000 records a second"
  type        = number
}
