# What operators see: an alarm for each thing that needs somebody, and a dashboard of the same metrics. docs/runbook.md has an entry
# for each alarm. Namespace AWS/*: AWS measures it; else the engine and reconciliation log it (EMF, sending/metrics.py).
locals {
  # A module that is not made has names of "", and no alarms; so has an engine that is to run no task.
  engine    = var.engine_desired_count > 0 ? { ClusterName = var.cluster_name, ServiceName = var.service_name } : { ServiceName = "" }
  no_engine = contains(values(local.engine), "")

  # `above` or `below` fires in `of` of the last `of` periods of `seconds`. `missing`: what periods without data count as.
  possible_alarms = {
    api-fails = {
      text      = "The API answers 5xx"
      namespace = "AWS/ApiGateway", metric = "5XXError", dimensions = { ApiName = var.api_name }, statistic = "Sum", above = 0
      seconds   = 300, of = 2, missing = "notBreaching"
    }
    database-storage = {
      text      = "PostgreSQL has less than 2 GiB left"
      namespace = "AWS/RDS", metric = "FreeStorageSpace", dimensions = { DBInstanceIdentifier = var.database_identifier }, statistic = "Minimum", below = 2147483648
      seconds   = 300, of = 3, missing = "missing"
    }
    dead-letters = {
      text      = "Something was given up and lies on the dead-letter queue"
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.queue_names["dead_letter"] }, statistic = "Maximum", above = 0
      seconds   = 300, of = 1, missing = "notBreaching"
    }
    engine-down = {
      text      = "No engine task runs"
      namespace = "ECS/ContainerInsights", metric = "RunningTaskCount", dimensions = local.engine, statistic = "Minimum", below = 1
      seconds   = 60, of = 5, missing = "breaching"
    }
    engine-errors = {
      text      = "Engine tasks go on logging errors"
      namespace = var.name_prefix, metric = "EngineErrors", dimensions = {}, statistic = "Sum", above = 0
      seconds   = 300, of = 3, missing = "notBreaching"
    }
    held-facts = {
      text      = "Facts have been held for a day without a break"
      namespace = var.name_prefix, metric = "HeldFacts", dimensions = {}, statistic = "Minimum", above = 0
      seconds   = 3600, of = 24, missing = "notBreaching"
    }
    ingest-behind = {
      text      = "ingest-normalizer is more than 5 minutes behind the position stream"
      namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = { FunctionName = var.function_names["ingest_normalizer"] }, statistic = "Maximum", above = 300000
      seconds   = 60, of = 5, missing = "notBreaching"
    }
    ingest-errors = {
      text      = "ingest-normalizer goes on failing"
      namespace = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = var.function_names["ingest_normalizer"] }, statistic = "Sum", above = 0
      seconds   = 300, of = 3, missing = "notBreaching"
    }
    outbox-behind = {
      text      = "Results have waited for more than 5 minutes to be published, or no engine task tells whether they do"
      namespace = var.name_prefix, metric = "OutboxLag", dimensions = {}, statistic = "Maximum", above = 300
      seconds   = 60, of = 5, missing = "breaching"
    }
    outbox-parked = {
      text      = "A service refused a result for what it holds, and it is parked"
      namespace = var.name_prefix, metric = "OutboxParked", dimensions = {}, statistic = "Maximum", above = 0
      seconds   = 300, of = 1, missing = "notBreaching"
    }
    reconciliation-behind = {
      text      = "reconciliation is more than 5 minutes behind the tables"
      namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = { FunctionName = var.function_names["reconciliation"] }, statistic = "Maximum", above = 300000
      seconds   = 60, of = 5, missing = "notBreaching"
    }
    reconciliation-breaks = {
      text      = "An account's newest report has breaks that are a business day old"
      namespace = var.name_prefix, metric = "ReconciliationBreaksAged", dimensions = {}, statistic = "Maximum", above = 0
      seconds   = 86400, of = 1, missing = "notBreaching"
    }
    reconciliation-errors = {
      text      = "reconciliation goes on failing"
      namespace = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = var.function_names["reconciliation"] }, statistic = "Sum", above = 0
      seconds   = 300, of = 3, missing = "notBreaching"
    }
    requests-wait = {
      text      = "An entitlement request has waited for more than 5 minutes"
      namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = var.queue_names["entitlement_requests"] }, statistic = "Maximum", above = 300
      seconds   = 60, of = 5, missing = "notBreaching"
    }
  }
  of_engine = ["engine-down", "engine-errors", "held-facts", "outbox-behind", "outbox-parked"]
  alarms = {
    for name, alarm in local.possible_alarms : name => alarm
    if !contains(values(alarm.dimensions), "") && !(local.no_engine && contains(local.of_engine, name))
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name_prefix}-${each.key}"
  alarm_description   = "${each.value.text}. What to do: docs/runbook.md, ${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = can(each.value.above) ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = try(each.value.above, each.value.below)
  period              = each.value.seconds
  evaluation_periods  = each.value.of
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
  ok_actions          = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name_prefix

  dashboard_body = jsonencode({
    widgets = [for index, name in sort(keys(local.alarms)) : {
      type   = "metric"
      x      = index % 3 * 8
      y      = floor(index / 3) * 6
      width  = 8
      height = 6
      properties = {
        title  = name
        region = var.aws_region
        period = min(local.alarms[name].seconds, 300)
        stat   = local.alarms[name].statistic
        metrics = [concat(
          [local.alarms[name].namespace, local.alarms[name].metric],
          flatten([for dimension, value in local.alarms[name].dimensions : [dimension, value]]),
        )]
        annotations = { horizontal = [{ label = "alarm", value = try(local.alarms[name].above, local.alarms[name].below) }] }
      }
    }]
  })
}
