# Three functions, each called by its alias "live". Terraform creates function and alias and configures $LATEST; code and
# configuration go live by the deploy step that `make apply` and the pipeline share, so code, version and routing are ignored
# afterwards. `publish` gives the alias its first version; versions that it publishes later go live by the deploy step too.
locals {
  functions = {
    api_handler       = { memory_size = 512, timeout = 29 }
    ingest_normalizer = { memory_size = 512, timeout = 60 }
    reconciliation    = { memory_size = 512, timeout = 60 }
  }

  # Table streams that reconciliation follows; of queue-state only what it compares with.
  followed_tables = {
    entitlements = []
    positions    = []
    queue_state = [ # what is deleted has no new image
      for image in ["NewImage", "OldImage"] :
      jsonencode({ dynamodb = { (image) = { kind = { S = ["confirmation", "second_source", "statement", "tax_lots"] } } } })
    ]
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.functions

  name              = "/aws/lambda/${var.name_prefix}-${replace(each.key, "_", "-")}"
  kms_key_id        = var.kms_key_arn
  retention_in_days = 30
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name = "${var.name_prefix}-${replace(each.key, "_", "-")}"
  description   = "Function ${each.key} of ${var.name_prefix}"
  role          = var.role_arns[each.key]
  runtime       = "python3.13"
  architectures = ["x86_64"]
  handler       = "functions.${each.key}.handler.handle"
  filename      = "${var.package_directory}/${each.key}.zip"
  kms_key_arn   = var.kms_key_arn
  memory_size   = each.value.memory_size
  timeout       = coalesce(var.timeout_seconds, each.value.timeout)
  publish       = true
  depends_on    = [aws_cloudwatch_log_group.this]

  environment {
    variables = merge(
      { POWERTOOLS_LOG_LEVEL = "WARNING", POWERTOOLS_SERVICE_NAME = each.key },
      { AWS_MAX_ATTEMPTS = "3", AWS_RETRY_MODE = "standard" }, # with jitter and a quota; the default mode has none
      var.endpoint_environment,
      var.environments[each.key],
    )
  }

  lifecycle {
    ignore_changes = [code_sha256, filename, source_code_hash]
  }
}

resource "aws_lambda_alias" "live" {
  for_each = aws_lambda_function.this

  name             = "live"
  description      = "What callers call; moved by deployments"
  function_name    = each.value.function_name
  function_version = each.value.version

  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

resource "aws_lambda_event_source_mapping" "position_feed" {
  event_source_arn                   = var.position_stream_arn
  function_name                      = aws_lambda_alias.live["ingest_normalizer"].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100
  maximum_batching_window_in_seconds = 1
  parallelization_factor             = 2
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 10
  maximum_record_age_in_seconds      = 86400
  function_response_types            = ["ReportBatchItemFailures"]

  destination_config {
    on_failure {
      destination_arn = var.reports_bucket_arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "table_changes" {
  for_each = local.followed_tables

  event_source_arn                   = var.table_stream_arns[each.key]
  function_name                      = aws_lambda_alias.live["reconciliation"].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100
  maximum_batching_window_in_seconds = 1
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 10
  maximum_record_age_in_seconds      = 86400
  function_response_types            = ["ReportBatchItemFailures"]

  destination_config {
    on_failure {
      destination_arn = var.reports_bucket_arn
    }
  }

  dynamic "filter_criteria" {
    for_each = length(each.value) == 0 ? [] : [each.value]
    content {
      dynamic "filter" {
        for_each = filter_criteria.value
        content {
          pattern = filter.value
        }
      }
    }
  }
}
