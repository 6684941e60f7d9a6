locals {
  # The engine receives with what its queue says. Its workers renew the visibility time-out while they work, so it only says when
  # the request of a killed task comes again; and a task stops after at most one long poll.
  queues = {
    entitlement_requests = {
      visibility_timeout_seconds = var.request_time_outs.request_visibility_seconds
      receive_wait_time_seconds  = 5
      max_receive_count          = var.request_time_outs.request_receives
    }
    notifications = { visibility_timeout_seconds = 30, receive_wait_time_seconds = 20, max_receive_count = 5 }
  }

  fed_queues = merge(aws_sqs_queue.this, { dead_letter = aws_sqs_queue.dead_letter })

  # Who may send beside the account's own roles.
  senders = {
    dead_letter = [
      {
        Sid       = "UndeliveredNotifications"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.dead_letter.arn
        Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.notifications.arn } }
      },
      {
        Sid       = "UndeliveredEvents"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.dead_letter.arn
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
    ]
    notifications = [{
      Sid       = "NotificationsTopicDelivers"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.this["notifications"].arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.notifications.arn } }
    }]
  }

  secure_transport = {
    for name, queue in local.fed_queues : name => [{
      Sid       = "DenyInsecureTransport"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = queue.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  }

  policies = merge(
    { for name in ["dead_letter", "notifications"] : name => jsonencode({
      Version   = "2012-10-17"
      Statement = concat(local.senders[name], [for s in local.secure_transport[name] : s if var.require_secure_transport])
    }) },
    var.require_secure_transport ? { entitlement_requests = jsonencode({
      Version   = "2012-10-17"
      Statement = local.secure_transport["entitlement_requests"]
    }) } : {},
  )
}

resource "aws_sqs_queue" "dead_letter" {
  name                              = "${var.name_prefix}-dead-letter"
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300
  max_message_size                  = 1048576
  message_retention_seconds         = 1209600

  # The sources by name: they refer to this queue, so it cannot refer to them.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns = [
      for name in sort(keys(local.queues)) :
      "arn:${var.partition}:sqs:${var.aws_region}:${var.account_id}:${var.name_prefix}-${replace(name, "_", "-")}"
    ]
  })
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues

  name                              = "${var.name_prefix}-${replace(each.key, "_", "-")}"
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300
  max_message_size                  = 1048576
  message_retention_seconds         = 1209600
  receive_wait_time_seconds         = each.value.receive_wait_time_seconds
  visibility_timeout_seconds        = each.value.visibility_timeout_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = each.value.max_receive_count
  })
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.policies

  queue_url = local.fed_queues[each.key].url
  policy    = each.value
}

resource "aws_sns_topic" "notifications" {
  name              = "${var.name_prefix}-notifications"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "notifications" {
  arn = aws_sns_topic.notifications.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      # No condition: topic policies with one are reported not to work for events.amazonaws.com.
      Sid       = "EventBridgePublishes"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.notifications.arn
    }]
  })
}

resource "aws_sns_topic_subscription" "notifications_queue" {
  topic_arn            = aws_sns_topic.notifications.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.this["notifications"].arn
  raw_message_delivery = true
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letter.arn })
  depends_on           = [aws_sqs_queue_policy.this]
}
