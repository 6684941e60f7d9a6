# Exactly seven roles: local.trust says who may assume each, functions.tf, engine.tf and delivery.tf what each may do.
locals {
  log_group = "arn:${var.partition}:logs:${var.aws_region}:${var.account_id}:log-group"

  trust = {
    api_handler       = ["lambda.amazonaws.com"]
    build             = ["codebuild.amazonaws.com"]
    engine_execution  = ["ecs-tasks.amazonaws.com"]
    engine_task       = ["ecs-tasks.amazonaws.com"]
    ingest_normalizer = ["lambda.amazonaws.com"]
    pipeline          = ["codedeploy.amazonaws.com", "codepipeline.amazonaws.com", "events.amazonaws.com"]
    reconciliation    = ["lambda.amazonaws.com"]
  }

  # Services that assume a role without the key aws:SourceAccount. Lambda sends none for an execution role. No page says that
  # CodeDeploy sends it, and without it a condition would make CreateDeploymentGroup fail: remove it here once it is seen on AWS.
  unconditional = var.require_source_account ? ["codedeploy.amazonaws.com", "lambda.amazonaws.com"] : flatten(values(local.trust))
  our_account   = { Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } } }

  statements = {
    api_handler       = local.api_handler_statements
    build             = local.build_statements
    engine_execution  = local.engine_execution_statements
    engine_task       = local.engine_task_statements
    ingest_normalizer = local.ingest_normalizer_statements
    pipeline          = local.pipeline_statements
    reconciliation    = local.reconciliation_statements
  }

  # The key, usable only by way of the services that a role works with. Lambda decrypts a function's environment under the
  # function's own role, and shows it to whom may update the function.
  key_use = {
    for role, services in {
      api_handler       = ["dynamodb", "kinesis", "lambda"]
      build             = ["codecommit", "ecr", "s3"]
      engine_execution  = ["ecr", "secretsmanager"]
      engine_task       = ["appconfig", "dynamodb", "events", "s3", "sqs"]
      ingest_normalizer = ["dynamodb", "kinesis", "lambda", "s3", "sqs"]
      pipeline          = ["codecommit", "lambda", "s3"]
      reconciliation    = ["dynamodb", "lambda", "s3"]
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
    Statement = [
      for sid, trusted in {
        ServiceAssumes           = { services = setintersection(each.value, local.unconditional), condition = {} }
        ServiceAssumesForAccount = { services = setsubtract(each.value, local.unconditional), condition = local.our_account }
        } : merge(trusted.condition, {
          Sid       = sid
          Effect    = "Allow"
          Principal = { Service = trusted.services }
          Action    = "sts:AssumeRole"
      }) if length(trusted.services) > 0
    ]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = aws_iam_role.this

  name   = "scope"
  role   = each.value.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.key] })
}
