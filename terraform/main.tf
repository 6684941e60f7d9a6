# Asset Servicing Operations: a module per capability, wired together here and nowhere else.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id         = data.aws_caller_identity.current.account_id
  partition          = data.aws_partition.current.partition
  availability_zones = [for suffix in var.availability_zone_suffixes : "${var.aws_region}${suffix}"]

  # The services without which a module is not made.
  needs = {
    api        = ["apigateway"]
    database   = ["ec2", "rds"]
    delivery   = ["codebuild", "codecommit", "codedeploy", "codepipeline"]
    engine     = ["ec2", "ecr", "ecs"]
    monitoring = ["cloudwatch"]
    network    = ["ec2"]
    rules      = ["appconfig"]
  }
  modules = { for name, services in local.needs : name => length(setintersection(services, var.absent_services)) == 0 ? 1 : 0 }

  # No image pushed yet, or what its tasks need is absent: none runs.
  engine_desired_count = min(local.modules.database, local.modules.rules) == 0 || var.engine_image == null ? 0 : var.engine_desired_count

  # Values of a module that may be absent are "" then: an engine without database or rules is defined, but has no tasks.
  engine_environment = {
    APPCONFIG_APPLICATION_ID               = try(module.rules[0].application_id, "")
    APPCONFIG_ENVIRONMENT_ID               = try(module.rules[0].environment_id, "")
    APPCONFIG_MARKET_CALENDARS_PROFILE_ID  = try(module.rules[0].profile_ids["market_calendars"], "")
    APPCONFIG_WITHHOLDING_RATES_PROFILE_ID = try(module.rules[0].profile_ids["withholding_rates"], "")
    AWS_REGION                             = var.aws_region
    CALCULATIONS_BUCKET                    = module.storage.names["calculations"]
    DATABASE_HOST                          = try(module.database[0].address, "")
    DATABASE_NAME                          = try(module.database[0].name, "")
    DATABASE_PORT                          = try(tostring(module.database[0].port), "")
    DEAD_LETTER_QUEUE_URL                  = module.messaging.dead_letter_queue_url
    ENGINE_WORKERS                         = tostring(var.engine_workers)
    ENTITLEMENTS_TABLE                     = module.tables.names["entitlements"]
    ENTITLEMENT_REQUESTS_QUEUE_URL         = module.messaging.queue_urls["entitlement_requests"]
    EVENT_BUS_NAME                         = module.events.event_bus_name
    METRICS_NAMESPACE                      = var.name_prefix
    OUTBOX_DAYS                            = tostring(var.retention_days.outbox)
    QUEUE_STATE_DAYS                       = tostring(var.retention_days.queue_state)
    QUEUE_STATE_TABLE                      = module.tables.names["queue_state"]
    REPORTS_BUCKET                         = module.storage.names["reports"]
    RULES_POLL_SECONDS                     = tostring(var.rules_poll_seconds)
  }

  function_environments = {
    api_handler = {
      ENTITLEMENTS_TABLE   = module.tables.names["entitlements"]
      POSITIONS_TABLE      = module.tables.names["positions"]
      POSITION_STREAM_NAME = module.streaming.position_stream_name
      QUEUE_STATE_TABLE    = module.tables.names["queue_state"]
    }
    ingest_normalizer = {
      DEAD_LETTER_QUEUE_URL          = module.messaging.dead_letter_queue_url
      ENTITLEMENT_REQUESTS_QUEUE_URL = module.messaging.queue_urls["entitlement_requests"]
      POSITIONS_TABLE                = module.tables.names["positions"]
      QUEUE_STATE_DAYS               = tostring(var.retention_days.queue_state)
      QUEUE_STATE_TABLE              = module.tables.names["queue_state"]
      REPORTS_BUCKET                 = module.storage.names["reports"]
    }
    reconciliation = {
      ENTITLEMENTS_TABLE = module.tables.names["entitlements"]
      METRICS_NAMESPACE  = var.name_prefix
      POSITIONS_TABLE    = module.tables.names["positions"]
      QUEUE_STATE_TABLE  = module.tables.names["queue_state"]
      REPORTS_BUCKET     = module.storage.names["reports"]
    }
  }
}

module "encryption" {
  source = "./modules/encryption"

  account_id              = local.account_id
  aws_region              = var.aws_region
  deletion_window_in_days = var.deletion_protection ? 30 : 7
  name_prefix             = var.name_prefix
  partition               = local.partition
}

module "network" {
  source = "./modules/network"
  count  = local.modules.network

  availability_zones = local.availability_zones
  aws_region         = var.aws_region
  cidr_block         = "10.20.0.0/16"
  database_port      = var.database_port
  endpoints_enabled  = var.vpc_endpoints_enabled
  name_prefix        = var.name_prefix
}

module "streaming" {
  source = "./modules/streaming"

  kms_key_arn = module.encryption.key_arn
  name_prefix = var.name_prefix
  shard_count = 2
}

module "tables" {
  source = "./modules/tables"

  deletion_protection = var.deletion_protection
  kms_key_arn         = module.encryption.key_arn
  name_prefix         = var.name_prefix
}

module "storage" {
  source = "./modules/storage"

  account_id               = local.account_id
  aws_region               = var.aws_region
  force_destroy            = !var.deletion_protection
  kms_key_arn              = module.encryption.key_arn
  name_prefix              = var.name_prefix
  noncurrent_version_days  = var.retention_days.noncurrent_versions
  require_secure_transport = var.require_secure_transport
}

module "messaging" {
  source = "./modules/messaging"

  account_id               = local.account_id
  aws_region               = var.aws_region
  kms_key_arn              = module.encryption.key_arn
  name_prefix              = var.name_prefix
  partition                = local.partition
  request_time_outs        = var.time_outs
  require_secure_transport = var.require_secure_transport
}

module "events" {
  source = "./modules/events"

  dead_letter_queue_arn   = module.messaging.dead_letter_queue_arn
  kms_key_arn             = module.encryption.key_arn
  name_prefix             = var.name_prefix
  notifications_topic_arn = module.messaging.notifications_topic_arn
}

module "database" {
  source = "./modules/database"
  count  = local.modules.database

  deletion_protection            = var.deletion_protection
  engine_version                 = var.database_engine_version
  instance_class                 = var.database_instance_class
  kms_key_arn                    = module.encryption.key_arn
  name_prefix                    = var.name_prefix
  password                       = var.database_password
  password_version               = var.database_password_version
  port                           = var.database_port
  publicly_accessible            = var.database_publicly_accessible
  secret_recovery_window_in_days = var.secret_recovery_window_in_days
  security_group_id              = module.network[0].database_security_group_id
  subnet_ids                     = module.network[0].private_subnet_ids
}

module "rules" {
  source = "./modules/rules"
  count  = local.modules.rules

  documents = {
    market_calendars  = file("${path.root}/../rules/market_calendars.json")
    withholding_rates = file("${path.root}/../rules/withholding_rates.json")
  }
  kms_key_arn = module.encryption.key_arn
  name_prefix = var.name_prefix
}

module "identity" {
  source = "./modules/identity"

  account_id             = local.account_id
  aws_region             = var.aws_region
  bucket_arns            = module.storage.arns
  database_secret_arns   = module.database[*].secret_arn
  dead_letter_queue_arn  = module.messaging.dead_letter_queue_arn
  event_bus_arn          = module.events.event_bus_arn
  kms_key_arn            = module.encryption.key_arn
  name_prefix            = var.name_prefix
  partition              = local.partition
  position_stream_arn    = module.streaming.position_stream_arn
  queue_arns             = module.messaging.queue_arns
  require_source_account = var.require_source_account
  rules_application_arns = module.rules[*].application_arn
  table_arns             = module.tables.arns
}

module "functions" {
  source = "./modules/functions"

  endpoint_environment = var.endpoint_environment
  environments         = local.function_environments
  kms_key_arn          = module.encryption.key_arn
  name_prefix          = var.name_prefix
  package_directory    = var.package_directory
  position_stream_arn  = module.streaming.position_stream_arn
  reports_bucket_arn   = module.storage.arns["reports"]
  role_arns            = module.identity.role_arns
  table_stream_arns    = module.tables.stream_arns
  timeout_seconds      = var.time_outs.function_seconds
}

module "engine" {
  source = "./modules/engine"
  count  = local.modules.engine

  aws_region           = var.aws_region
  database_secret_arns = module.database[*].secret_arn
  desired_count        = local.engine_desired_count
  endpoint_environment = var.endpoint_environment
  environment          = local.engine_environment
  execution_role_arn   = module.identity.role_arns["engine_execution"]
  force_delete         = !var.deletion_protection
  image                = var.engine_image
  kms_key_arn          = module.encryption.key_arn
  name_prefix          = var.name_prefix
  secrets              = var.engine_secrets
  security_group_id    = module.network[0].engine_security_group_id
  subnet_ids           = module.network[0].private_subnet_ids
  task_role_arn        = module.identity.role_arns["engine_task"]
}

module "api" {
  source = "./modules/api"
  count  = local.modules.api

  access_log_enabled     = var.api_access_log_enabled
  account_id             = local.account_id
  handler_alias          = module.functions.aliases["api_handler"].name
  handler_invoke_arn     = module.functions.aliases["api_handler"].invoke_arn
  handler_name           = module.functions.names["api_handler"]
  kms_key_arn            = module.encryption.key_arn
  name_prefix            = var.name_prefix
  throttling_burst_limit = var.api_throttling_burst_limit
  throttling_rate_limit  = var.api_throttling_rate_limit
}

module "delivery" {
  source = "./modules/delivery"
  count  = local.modules.delivery

  artifacts_bucket      = module.storage.names["artifacts"]
  branch                = "main"
  build_role_arn        = module.identity.role_arns["build"]
  engine_repository_url = try(module.engine[0].repository_url, "")
  function_names        = module.functions.names
  kms_key_arn           = module.encryption.key_arn
  name_prefix           = var.name_prefix
  pipeline_role_arn     = module.identity.role_arns["pipeline"]
}

module "monitoring" {
  source = "./modules/monitoring"
  count  = local.modules.monitoring

  alarm_topic_arn      = var.alarm_topic_arn
  api_name             = try(module.api[0].name, "")
  aws_region           = var.aws_region
  cluster_name         = try(module.engine[0].cluster_name, "")
  database_identifier  = try(module.database[0].identifier, "")
  engine_desired_count = local.engine_desired_count
  function_names       = module.functions.names
  name_prefix          = var.name_prefix
  queue_names          = module.messaging.queue_names
  service_name         = try(module.engine[0].service_name, "")
}
