locals {
  ingest_normalizer_statements = [
    {
      Sid    = "ReadPositionFeed"
      Effect = "Allow"
      Action = [
        "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
        "kinesis:ListShards", "kinesis:SubscribeToShard",
      ]
      Resource = var.position_stream_arn
    },
    {
      Sid      = "WritePositionsAndStates"
      Effect   = "Allow"
      Action   = ["dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      Resource = [var.table_arns["positions"], var.table_arns["queue_state"]]
    },
    {
      Sid      = "SendRequestsAndQuarantine"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage", "sqs:SendMessageBatch"] # The last is MiniStack's; AWS has it in SendMessage.
      Resource = [var.queue_arns["entitlement_requests"], var.dead_letter_queue_arn]
    },
    {
      Sid      = "KeepWhatCannotBeRead"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = ["${var.bucket_arns["reports"]}/quarantine/*", "${var.bucket_arns["reports"]}/failed-batches/*", "${var.bucket_arns["reports"]}/aws/lambda/*"]
    },
    {
      Sid      = "FindReportsBucket" # Lambda asks before it writes a failed batch.
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["reports"]
    },
    local.key_use["ingest_normalizer"],
    local.function_logs["ingest_normalizer"],
  ]

  api_handler_statements = [
    {
      Sid    = "ReadProjection"
      Effect = "Allow"
      Action = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
      Resource = flatten([
        for table in ["entitlements", "positions", "queue_state"] : [var.table_arns[table], "${var.table_arns[table]}/index/*"]
      ])
    },
    {
      Sid      = "PutOnPositionFeed"
      Effect   = "Allow"
      Action   = ["kinesis:PutRecord", "kinesis:PutRecords"]
      Resource = var.position_stream_arn
    },
    local.key_use["api_handler"],
    local.function_logs["api_handler"],
  ]

  reconciliation_statements = [
    {
      Sid      = "FollowTableStreams"
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
      Resource = [for table in ["entitlements", "positions", "queue_state"] : "${var.table_arns[table]}/stream/*"]
    },
    {
      Sid    = "ReadProjection"
      Effect = "Allow"
      Action = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
      Resource = flatten([
        for table in ["entitlements", "positions", "queue_state"] : [var.table_arns[table], "${var.table_arns[table]}/index/*"]
      ])
    },
    {
      Sid       = "SayWhoReads" # of queue-state only the items that say which invocation reads an account (functions/reconciliation/readers.py)
      Effect    = "Allow"
      Action    = "dynamodb:BatchWriteItem"
      Resource  = var.table_arns["queue_state"]
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["reconciling:*"] } }
    },
    {
      Sid    = "WriteReports"
      Effect = "Allow"
      Action = ["s3:GetObject", "s3:PutObject"]
      Resource = ["${var.bucket_arns["reports"]}/reports/*", "${var.bucket_arns["reports"]}/failed-batches/*",
      "${var.bucket_arns["reports"]}/aws/lambda/*"]
    },
    {
      Sid      = "FindReportsBucket"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["reports"]
    },
    local.key_use["reconciliation"],
    local.function_logs["reconciliation"],
  ]
}
