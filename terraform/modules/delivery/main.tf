# Source to running code: CodeCommit, two CodeBuild projects, CodeDeploy for the functions, and the V2 pipeline over them.
# CodePipeline's CodeDeploy action does not take Lambda bundles: the deploy stage is a Commands action that creates the
# CodeDeploy deployments, so it needs no third build project.
locals {
  projects = {
    image   = { buildspec = "terraform/buildspecs/image.yml", privileged = true }
    package = { buildspec = "terraform/buildspecs/package.yml", privileged = false }
  }
}

resource "aws_codecommit_repository" "this" {
  repository_name = var.name_prefix
  description     = "Source of ${var.name_prefix}"
  kms_key_id      = var.kms_key_arn
}

resource "aws_cloudwatch_log_group" "build" {
  for_each = local.projects

  name              = "/aws/codebuild/${var.name_prefix}-${each.key}"
  kms_key_id        = var.kms_key_arn
  retention_in_days = 30
}

resource "aws_cloudwatch_log_group" "pipeline" {
  name              = "/aws/codepipeline/${var.name_prefix}"
  kms_key_id        = var.kms_key_arn
  retention_in_days = 30
}

resource "aws_codebuild_project" "this" {
  for_each = local.projects

  name           = "${var.name_prefix}-${each.key}"
  description    = "Builds the ${each.key} of ${var.name_prefix}"
  service_role   = var.build_role_arn
  encryption_key = var.kms_key_arn
  build_timeout  = 20

  artifacts {
    type = "CODEPIPELINE"
  }

  environment {
    compute_type    = "BUILD_GENERAL1_SMALL"
    image           = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    type            = "LINUX_CONTAINER"
    privileged_mode = each.value.privileged # Building a container image needs it.

    environment_variable {
      name  = "ENGINE_REPOSITORY_URL"
      value = var.engine_repository_url
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.build[each.key].name
      status     = "ENABLED"
    }
  }

  source {
    type      = "CODEPIPELINE"
    buildspec = each.value.buildspec
  }
}

resource "aws_codedeploy_app" "functions" {
  name             = var.name_prefix
  compute_platform = "Lambda"
}

resource "aws_codedeploy_deployment_group" "functions" {
  for_each = var.function_names

  app_name               = aws_codedeploy_app.functions.name
  deployment_group_name  = each.value
  deployment_config_name = "CodeDeployDefault.LambdaAllAtOnce"
  service_role_arn       = var.pipeline_role_arn

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE"]
  }

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }
}

resource "aws_codepipeline" "this" {
  name           = var.name_prefix
  role_arn       = var.pipeline_role_arn
  pipeline_type  = "V2"
  execution_mode = "QUEUED"

  artifact_store {
    location = var.artifacts_bucket
    type     = "S3"

    encryption_key {
      id   = var.kms_key_arn
      type = "KMS"
    }
  }

  stage {
    name = "Source"

    action {
      name             = "Repository"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeCommit"
      version          = "1"
      output_artifacts = ["source"]
      configuration = {
        BranchName           = var.branch
        PollForSourceChanges = "false"
        RepositoryName       = aws_codecommit_repository.this.repository_name
      }
    }
  }

  stage {
    name = "Build"

    dynamic "action" {
      for_each = aws_codebuild_project.this
      content {
        name             = title(action.key)
        category         = "Build"
        owner            = "AWS"
        provider         = "CodeBuild"
        version          = "1"
        input_artifacts  = ["source"]
        output_artifacts = [action.key]
        configuration    = { ProjectName = action.value.name }
      }
    }
  }

  stage {
    name = "Deploy"

    action {
      name            = "Functions"
      category        = "Compute"
      owner           = "AWS"
      provider        = "Commands"
      version         = "1"
      input_artifacts = ["package"]
      commands = [
        "python3 -m pip install --quiet --require-hashes --requirement functions.lock", # boto3, at our version
        "python3 deploy_functions.py ${aws_codedeploy_app.functions.name}",
      ]
    }
  }

  depends_on = [aws_cloudwatch_log_group.pipeline]
}

resource "aws_cloudwatch_event_rule" "source_changed" {
  name        = "${var.name_prefix}-source-changed"
  description = "A commit on ${var.branch} starts the pipeline"
  event_pattern = jsonencode({
    source      = ["aws.codecommit"]
    detail-type = ["CodeCommit Repository State Change"]
    resources   = [aws_codecommit_repository.this.arn]
    detail      = { event = ["referenceCreated", "referenceUpdated"], referenceName = [var.branch], referenceType = ["branch"] }
  })
}

resource "aws_cloudwatch_event_target" "pipeline" {
  rule      = aws_cloudwatch_event_rule.source_changed.name
  target_id = "pipeline"
  arn       = aws_codepipeline.this.arn
  role_arn  = var.pipeline_role_arn
}
