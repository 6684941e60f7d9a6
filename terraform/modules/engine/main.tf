# The servicing engine: image repository, cluster, task definition and service on Fargate in private subnets.
locals {
  environment = merge(var.endpoint_environment, var.environment)
  secrets = merge(var.secrets, [for secret_arn in var.database_secret_arns : {
    DATABASE_PASSWORD = "${secret_arn}:password::"
    DATABASE_USERNAME = "${secret_arn}:username::"
  }]...)
}

resource "aws_ecr_repository" "this" {
  name                 = "${var.name_prefix}-engine"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Untagged images go after a week"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "The newest 30 images stay"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
        action       = { type = "expire" }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name_prefix}-engine"
  kms_key_id        = var.kms_key_arn
  retention_in_days = 30
}

resource "aws_ecs_cluster" "this" {
  name = var.name_prefix

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = "${var.name_prefix}-engine"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "run"
  }

  container_definitions = jsonencode([{
    name                   = "engine"
    image                  = coalesce(var.image, "${aws_ecr_repository.this.repository_url}:none")
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 60
    # For its heartbeat: all else is read-only. Fargate gives the volume the owner that the image's VOLUME of this path has.
    mountPoints = [{ sourceVolume = "run", containerPath = "/opt/engine/run" }]
    healthCheck = {
      command     = ["CMD", "python3", "-m", "servicing_engine", "health"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    environment = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    secrets     = [for name in sort(keys(local.secrets)) : { name = name, valueFrom = local.secrets[name] }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.aws_region
        awslogs-stream-prefix = "engine"
      }
    }
  }])
}

resource "aws_ecs_service" "this" {
  name                               = "${var.name_prefix}-engine"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.desired_count
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }
}
