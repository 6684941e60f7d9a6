# Exactly seven roles: local.trust says who may assume each, functions.tf, engine.tf and delivery.tf what each may do.
# Lambda's trust has no condition: Lambda does not send aws:SourceAccount when it assumes an execution role.
locals {
  log_group = "arn:${var.partition}:logs:${var.aws_region}:${var.account_id}:log-group"

  trust = {
    api_handler      = { services = ["lambda.amazonaws.com"], conditional = false }
    build            = { services = ["codebuild.amazonaws.com"], conditional = true }
    engine_execution = { services = ["ecs-tasks.amazonaws.com"], conditional = true }
    engine_task      = { services = ["ecs-tasks.amazonaws.com"], conditional = true }
    ingest_normalizer = {
      services = ["lambda.amazonaws.com"], conditional = false
    }
    pipeline = {
      services    = ["codedeploy.amazonaws.com", "codepipeline.amazonaws.com", "events.amazonaws.com"]
      conditional = true
    }
    reconciliation = { services = ["lambda.amazonaws.com"], conditional = false }
  }

  statements = {
    api_handler       = local.api_handler_statements
    build             = local.build_statements
    engine_execution  = local.engine_execution_statements
    engine_task       = local.engine_task_statements
    ingest_normalizer = local.ingest_normalizer_statements
    pipeline          = local.pipeline_statements
    reconciliation    = local.reconciliation_statements
  }

  # The key, usable only by way of the services that a role works with.
  key_use = {
    for role, services in {
      api_handler       = ["dynamodb", "kinesis"]
      build             = ["codecommit", "ecr", "s3"]
      engine_execution  = ["ecr", "secretsmanager"]
      engine_task       = ["appconfig", "dynamodb", "events", "s3", "sqs"]
      ingest_normalizer = ["dynamodb", "kinesis", "s3", "sqs"]
      pipeline          = ["codecommit", "s3"]
      reconciliation    = ["dynamodb", "s3"]
      } : role => {
      Sid      = "UseKeyThroughServices"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
      Resource = var.kms_key_arn
      Condition = {
        StringEquals = { "kms:ViaService" = [for service in services : "${service}.${var.aws_region}.amazonaws.com"] }
      }
    }
  }

  function_logs = {
    for role in ["api_handler", "ingest_normalizer", "reconciliation"] : role => {
      Sid      = "WriteOwnLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${local.log_group}:/aws/lambda/${var.name_prefix}-${replace(role, "_", "-")}:*"
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.trust

  name        = "${var.name_prefix}-${replace(each.key, "_", "-")}"
  description = "Role ${each.key} of ${var.name_prefix}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Sid       = "ServiceAssumes"
        Effect    = "Allow"
        Principal = { Service = each.value.services }
        Action    = "sts:AssumeRole"
      },
      { for key, value in { Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } } } : key => value
      if each.value.conditional && var.require_source_account },
    )]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = aws_iam_role.this

  name   = "scope"
  role   = each.value.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.key] })
}
