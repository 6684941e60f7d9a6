locals {
  engine_execution_statements = flatten([
    {
      Sid      = "EnterRegistry"
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*" # AWS knows no narrower resource for this action.
    },
    {
      Sid      = "PullEngineImage"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = local.engine_repository_arn
    },
    [for secret_arn in var.database_secret_arns : {
      Sid      = "ReadDatabaseCredentials"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = secret_arn
    }],
    {
      Sid      = "WriteTaskLogs" # CreateLogStream is of the group, PutLogEvents of a stream (Service Authorization Reference).
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [for part in ["", ":*"] : "${local.log_group}:/ecs/${var.name_prefix}-engine${part}"]
    },
    local.key_use["engine_execution"],
  ])

  engine_task_statements = flatten([
    {
      Sid    = "WorkOnRequests" # It splits and shards requests, so it sends them too.
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
        # AWS has no such actions (the ones above cover batches); MiniStack asks for them by these names.
        "sqs:ChangeMessageVisibilityBatch", "sqs:DeleteMessageBatch", "sqs:SendMessageBatch",
      ]
      Resource = var.queue_arns["entitlement_requests"]
    },
    {
      Sid      = "Quarantine"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage", "sqs:SendMessageBatch"]
      Resource = var.dead_letter_queue_arn
    },
    {
      Sid    = "WriteProjection"
      Effect = "Allow"
      Action = [
        "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
        # Of the engine before migration 0016, which drains beside this one: what an engine calls goes a release later (ADR 21).
        "dynamodb:BatchWriteItem",
      ]
      Resource = [
        var.table_arns["entitlements"], "${var.table_arns["entitlements"]}/index/*",
        var.table_arns["queue_state"], "${var.table_arns["queue_state"]}/index/*",
      ]
    },
    {
      Sid      = "WriteCalculations"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${var.bucket_arns["calculations"]}/*"
    },
    {
      Sid      = "KeepLargeOriginals"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${var.bucket_arns["reports"]}/quarantine/*"
    },
    {
      Sid      = "AnnounceEntitlements"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = var.event_bus_arn
    },
    [for application_arn in var.rules_application_arns : [
      {
        Sid      = "ReadRules"
        Effect   = "Allow"
        Action   = ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"]
        Resource = "${application_arn}/environment/*/configuration/*"
      },
      {
        Sid      = "ReadRulesVersions"
        Effect   = "Allow"
        Action   = ["appconfig:GetDeployment", "appconfig:ListDeployments"]
        Resource = [application_arn, "${application_arn}/environment/*"]
      },
      {
        Sid    = "CompareRulesContent"
        Effect = "Allow"
        Action = "appconfig:GetHostedConfigurationVersion"
        Resource = [
          application_arn, "${application_arn}/configurationprofile/*",
          "${application_arn}/configurationprofile/*/hostedconfigurationversion/*",
        ]
      },
    ]],
    local.key_use["engine_task"],
  ])
}
