output "alarm_names" {
  description = "Alarms, by their entry in docs/runbook.md"
  value       = try(module.monitoring[0].alarm_names, {})
}

output "api_base_url" {
  description = "Base URL of the API"
  value = try(
    var.api_base_url_template == null ? module.api[0].invoke_url : format(var.api_base_url_template, module.api[0].id, module.api[0].stage_name), ""
  )
}

output "appconfig_application_id" {
  description = "AppConfig application of the rules"
  value       = try(module.rules[0].application_id, "")
}

output "appconfig_environment_id" {
  description = "AppConfig environment of the rules"
  value       = try(module.rules[0].environment_id, "")
}

output "appconfig_profile_ids" {
  description = "AppConfig profiles: withholding_rates, market_calendars"
  value       = try(module.rules[0].profile_ids, {})
}

output "artifacts_bucket" {
  description = "Bucket of pipeline artifacts"
  value       = module.storage.names["artifacts"]
}

output "aws_region" {
  description = "Region of everything"
  value       = var.aws_region
}

output "calculations_bucket" {
  description = "Bucket of calculations"
  value       = module.storage.names["calculations"]
}

output "codebuild_project_names" {
  description = "Build projects: package, image"
  value       = try(module.delivery[0].codebuild_project_names, {})
}

output "codecommit_repository_name" {
  description = "Source repository"
  value       = try(module.delivery[0].codecommit_repository_name, "")
}

output "codedeploy_application_name" {
  description = "CodeDeploy application of the functions"
  value       = try(module.delivery[0].codedeploy_application_name, "")
}

output "codepipeline_name" {
  description = "Pipeline"
  value       = try(module.delivery[0].codepipeline_name, "")
}

output "dashboard_name" {
  description = "CloudWatch dashboard"
  value       = try(module.monitoring[0].dashboard_name, "")
}

output "database_address" {
  description = "Host name of PostgreSQL"
  value       = try(module.database[0].address, "")
}

output "database_name" {
  description = "Name of the database"
  value       = try(module.database[0].name, "")
}

output "database_port" {
  description = "TCP port of PostgreSQL"
  value       = try(module.database[0].port, "")
}

output "database_secret_arn" {
  description = "Secret with username and password"
  value       = try(module.database[0].secret_arn, "")
}

output "dead_letter_queue_url" {
  description = "Dead-letter queue"
  value       = module.messaging.dead_letter_queue_url
}

output "engine_cluster_name" {
  description = "ECS cluster"
  value       = try(module.engine[0].cluster_name, "")
}

output "engine_repository_url" {
  description = "Image repository of the engine"
  value       = try(module.engine[0].repository_url, "")
}

output "engine_service_name" {
  description = "ECS service of the engine"
  value       = try(module.engine[0].service_name, "")
}

output "entitlement_requests_queue_url" {
  description = "Queue of entitlement requests"
  value       = module.messaging.queue_urls["entitlement_requests"]
}

output "entitlements_table_name" {
  description = "Read projection of entitlements"
  value       = module.tables.names["entitlements"]
}

output "event_bus_name" {
  description = "Bus of completed entitlements"
  value       = module.events.event_bus_name
}

output "function_names" {
  description = "Functions: ingest_normalizer, api_handler, reconciliation"
  value       = module.functions.names
}

output "kms_key_arn" {
  description = "The one customer-managed key"
  value       = module.encryption.key_arn
}

output "notifications_queue_url" {
  description = "Queue of notifications"
  value       = module.messaging.queue_urls["notifications"]
}

output "notifications_topic_arn" {
  description = "Topic of completed entitlements"
  value       = module.messaging.notifications_topic_arn
}

output "position_stream_name" {
  description = "Stream of the position feed"
  value       = module.streaming.position_stream_name
}

output "positions_table_name" {
  description = "Table of positions"
  value       = module.tables.names["positions"]
}

output "queue_state_table_name" {
  description = "Table of what became of records and requests"
  value       = module.tables.names["queue_state"]
}

output "reports_bucket" {
  description = "Bucket of reconciliation reports"
  value       = module.storage.names["reports"]
}

output "role_arns" {
  description = "The seven roles"
  value       = module.identity.role_arns
}
