locals {
  code_prefix           = "${var.partition}:%s:${var.aws_region}:${var.account_id}"
  engine_repository_arn = "arn:${format(local.code_prefix, "ecr")}:repository/${var.name_prefix}-engine"
  source_repository_arn = "arn:${format(local.code_prefix, "codecommit")}:${var.name_prefix}"
  codedeploy            = "arn:${format(local.code_prefix, "codedeploy")}"
  function_arns = [
    for role in ["api-handler", "ingest-normalizer", "reconciliation"] :
    "arn:${format(local.code_prefix, "lambda")}:function:${var.name_prefix}-${role}"
  ]
  artifacts = "${var.bucket_arns["artifacts"]}/*"

  build_statements = [
    {
      Sid      = "ExchangeArtifacts"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
      Resource = local.artifacts
    },
    {
      Sid      = "EnterRegistry"
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*" # AWS knows no narrower resource for this action.
    },
    {
      Sid    = "PushEngineImage"
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
        "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
      ]
      Resource = local.engine_repository_arn
    },
    {
      Sid      = "WriteBuildLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${local.log_group}:/aws/codebuild/${var.name_prefix}-*"
    },
    local.key_use["build"],
  ]

  pipeline_statements = [
    {
      Sid      = "ExchangeArtifacts"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
      Resource = local.artifacts
    },
    {
      Sid      = "FindArtifactsBucket"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:GetBucketVersioning"]
      Resource = var.bucket_arns["artifacts"]
    },
    {
      Sid    = "ReadSource"
      Effect = "Allow"
      Action = [
        "codecommit:CancelUploadArchive", "codecommit:GetBranch", "codecommit:GetCommit", "codecommit:GetRepository",
        "codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive",
      ]
      Resource = local.source_repository_arn
    },
    {
      Sid      = "RunBuilds"
      Effect   = "Allow"
      Action   = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
      Resource = [for name in ["image", "package"] : "arn:${format(local.code_prefix, "codebuild")}:project/${var.name_prefix}-${name}"]
    },
    {
      Sid      = "StartPipeline" # As the target of EventBridge's rule on source changes.
      Effect   = "Allow"
      Action   = "codepipeline:StartPipelineExecution"
      Resource = "arn:${format(local.code_prefix, "codepipeline")}:${var.name_prefix}"
    },
    {
      Sid    = "DeployFunctions"
      Effect = "Allow"
      Action = [
        "codedeploy:CreateDeployment", "codedeploy:GetApplicationRevision", "codedeploy:GetDeployment",
        "codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision",
      ]
      Resource = [
        "${local.codedeploy}:application:${var.name_prefix}",
        "${local.codedeploy}:deploymentconfig:CodeDeployDefault.LambdaAllAtOnce",
        "${local.codedeploy}:deploymentgroup:${var.name_prefix}/*",
      ]
    },
    {
      Sid    = "ShiftAliases"
      Effect = "Allow"
      Action = [
        "lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:GetProvisionedConcurrencyConfig",
        "lambda:PublishVersion", "lambda:UpdateAlias", "lambda:UpdateFunctionCode",
      ]
      Resource = concat(local.function_arns, [for arn in local.function_arns : "${arn}:*"])
    },
    {
      Sid      = "WriteCommandLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${local.log_group}:/aws/codepipeline/${var.name_prefix}:*"
    },
    local.key_use["pipeline"],
  ]
}
