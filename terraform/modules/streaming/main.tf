# Every fact from outside enters here; partition key: the account or the event.
resource "aws_kinesis_stream" "positions" {
  name             = "${var.name_prefix}-positions"
  shard_count      = var.shard_count
  retention_period = 168
  encryption_type  = "KMS"
  kms_key_id       = var.kms_key_arn

  stream_mode_details {
    stream_mode = "PROVISIONED"
  }
}
