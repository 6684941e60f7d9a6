variable "absent_services" {
  description = "Services that the target lacks; the modules that need them are not made, and their outputs are empty"
  type        = set(string)
  default     = []

  validation {
    condition = length(setsubtract(var.absent_services, [
      "apigateway", "appconfig", "cloudwatch", "codebuild", "codecommit", "codedeploy", "codepipeline", "ec2", "ecr", "ecs", "rds",
    ])) == 0
    error_message = "absent_services: of apigateway, appconfig, cloudwatch, codebuild, codecommit, codedeploy, codepipeline, ec2, ecr, ecs and rds only; the system needs every other service."
  }
}

variable "alarm_topic_arn" {
  description = "Topic of yours that is told when an alarm fires and when it is over; \"\": nobody is told. CloudWatch must be able to use its key"
  type        = string
  default     = ""

  validation {
    condition     = var.alarm_topic_arn == "" || can(regex("^arn:[a-z-]+:sns:", var.alarm_topic_arn))
    error_message = "alarm_topic_arn: the ARN of an SNS topic, or \"\"."
  }
}

variable "api_access_log_enabled" {
  description = "Write API access logs; the account must have API Gateway's log role, which is not one of our seven"
  type        = bool
  default     = false
}

variable "api_base_url_template" {
  description = "Base URL of the API with %s for its id and %s for the stage, on targets with addresses of their own; null: the stage's invoke URL"
  type        = string
  default     = null

  validation {
    condition     = var.api_base_url_template == null ? true : length(split("%s", var.api_base_url_template)) == 3
    error_message = "api_base_url_template: %s must stand twice, for the API's id and for the stage."
  }
}

variable "api_throttling_burst_limit" {
  description = "Requests that each API method takes at once; beyond them it answers 429"
  type        = number
  default     = 200

  validation {
    condition     = var.api_throttling_burst_limit >= 1 && floor(var.api_throttling_burst_limit) == var.api_throttling_burst_limit
    error_message = "api_throttling_burst_limit: a whole number from 1 on."
  }
}

variable "api_throttling_rate_limit" {
  description = "Requests a second that each API method takes in the long run"
  type        = number
  default     = 100

  validation {
    condition     = var.api_throttling_rate_limit > 0
    error_message = "api_throttling_rate_limit: greater than 0, else the API answers nobody."
  }
}

variable "availability_zone_suffixes" {
  description = "Letters of the zones that hold private subnets; RDS wants at least two"
  type        = list(string)
  default     = ["a", "b"]

  validation {
    condition     = length(distinct(var.availability_zone_suffixes)) >= 2
    error_message = "availability_zone_suffixes: at least two different zones."
  }
}

variable "aws_region" {
  description = "Region of everything"
  type        = string
  default     = "us-east-1"
}

variable "database_engine_version" {
  description = "PostgreSQL version of the database; a major version alone takes its newest minor version"
  type        = string
  default     = "17"
}

variable "database_instance_class" {
  description = "Instance class of the database"
  type        = string
  default     = "db.t4g.medium"
}

variable "database_password" {
  description = "Master password of the database, by TF_VAR_database_password; in neither plan nor state"
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "database_password_version" {
  description = "Raise it when the password changes"
  type        = number
  default     = 1

  validation {
    condition     = var.database_password_version >= 1
    error_message = "database_password_version: a whole number from 1 on."
  }
}

variable "database_port" {
  description = "TCP port of PostgreSQL"
  type        = number
  default     = 5432

  validation {
    condition     = var.database_port >= 1150 && var.database_port <= 65535
    error_message = "database_port: RDS takes 1150 to 65535."
  }
}

variable "database_publicly_accessible" {
  description = "Give the database a public address; for emulators whose private database the test machine cannot reach"
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Protect what holds data: database, tables, buckets, images, key"
  type        = bool
  default     = true
}

variable "endpoint_environment" {
  description = "Environment for functions and engine that the target does not inject itself, such as AWS_ENDPOINT_URL"
  type        = map(string)
  default     = {}
}

variable "engine_desired_count" {
  description = "Engine tasks to run once there is an image"
  type        = number
  default     = 2

  validation {
    condition     = var.engine_desired_count >= 0 && floor(var.engine_desired_count) == var.engine_desired_count
    error_message = "engine_desired_count: a whole number from 0 on."
  }
}

variable "engine_image" {
  description = "Image of the engine with its tag; null: none pushed yet, so no task runs"
  type        = string
  default     = null
}

variable "engine_secrets" {
  description = "Further secrets in the engine's environment, name to valueFrom; for session keys, where SDKs refuse the target's container credentials"
  type        = map(string)
  default     = {}
}

variable "engine_workers" {
  description = "Workers in each engine task"
  type        = number
  default     = 4
}

variable "name_prefix" {
  description = "Start of every name"
  type        = string
  default     = "asset-servicing"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,17}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix: 3 to 19 small letters, digits and hyphens, as bucket names must hold account and region beside it."
  }
}

variable "package_directory" {
  description = "Folder of the zips that `make package` makes"
  type        = string
  default     = "../build"
}

variable "require_secure_transport" {
  description = "Deny requests to buckets and queues that do not come over TLS; off for emulators spoken to over http"
  type        = bool
  default     = true
}

variable "require_source_account" {
  description = "Roles trust services only when they act for this account (aws:SourceAccount); off for emulators whose STS does not set that key"
  type        = bool
  default     = true
}

variable "retention_days" {
  description = "Days for which is kept what nobody needs for ever: published outbox rows, outcomes in queue-state, noncurrent versions of objects"
  type = object({
    noncurrent_versions = optional(number, 30)
    outbox              = optional(number, 7)
    queue_state         = optional(number, 30)
  })
  default = {}

  validation {
    condition     = alltrue([for days in values(var.retention_days) : days >= 1 && floor(days) == days])
    error_message = "retention_days: whole numbers of days from 1 on."
  }

  validation {
    condition     = var.retention_days.queue_state > 14
    error_message = "retention_days.queue_state: 15 or more, as stream and dead-letter queue keep records for up to 14 days, whose outcomes are asked for."
  }
}

variable "rules_poll_seconds" {
  description = "Seconds between the engine's looks at the rules"
  type        = number
  default     = 15

  validation {
    condition     = var.rules_poll_seconds >= 15
    error_message = "rules_poll_seconds: AppConfig answers no more often than every 15 seconds."
  }
}

variable "secret_recovery_window_in_days" {
  description = "Days in which a deleted secret can be restored, 7 to 30; 0: none, so that destroy and apply again works"
  type        = number
  default     = 30

  validation {
    condition = var.secret_recovery_window_in_days == 0 || (
      var.secret_recovery_window_in_days >= 7 && var.secret_recovery_window_in_days <= 30
    )
    error_message = "secret_recovery_window_in_days: 0, or 7 to 30."
  }
}

variable "time_outs" {
  description = "How soon work is given to another, shorter in tests of faults: seconds of every function (null: each its own) and of a request's visibility; times a request is received before it is a dead letter"
  type = object({
    function_seconds           = optional(number)
    request_receives           = optional(number, 5)
    request_visibility_seconds = optional(number, 60)
  })
  default = {}
}

variable "vpc_endpoints_enabled" {
  description = "Make VPC endpoints of the services that engine tasks use; without them tasks on AWS reach no service"
  type        = bool
  default     = true
}
