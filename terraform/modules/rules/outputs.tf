output "application_arn" {
  description = "ARN of the AppConfig application"
  value       = aws_appconfig_application.this.arn
}

output "application_id" {
  description = "AppConfig application"
  value       = aws_appconfig_application.this.id
}

output "environment_id" {
  description = "AppConfig environment"
  value       = aws_appconfig_environment.this.environment_id
}

output "profile_ids" {
  description = "AppConfig profiles: withholding_rates, market_calendars"
  value       = { for name, profile in aws_appconfig_configuration_profile.this : name => profile.configuration_profile_id }
}
