# Terraform ships the first document of each profile. After that people ship rules live, as a new hosted version and a
# deployment of their own; Terraform ignores their content and so never takes a change back.
resource "aws_appconfig_application" "this" {
  name        = "${var.name_prefix}-rules"
  description = "Dividend processing rules"
}

resource "aws_appconfig_environment" "this" {
  application_id = aws_appconfig_application.this.id
  name           = "live"
  description    = "The rules that the engine uses"
}

resource "aws_appconfig_configuration_profile" "this" {
  for_each = var.documents

  application_id     = aws_appconfig_application.this.id
  name               = each.key
  description        = "Rules document ${each.key}"
  location_uri       = "hosted"
  type               = "AWS.Freeform"
  kms_key_identifier = var.kms_key_arn

  validator {
    type    = "JSON_SCHEMA"
    content = jsonencode(jsondecode(file("${path.module}/schemas/${each.key}.json")))
  }
}

resource "aws_appconfig_hosted_configuration_version" "this" {
  for_each = var.documents

  application_id           = aws_appconfig_application.this.id
  configuration_profile_id = aws_appconfig_configuration_profile.this[each.key].configuration_profile_id
  content                  = each.value
  content_type             = "application/json"
  description              = "First document, shipped with the infrastructure"

  lifecycle {
    ignore_changes = [content]
  }
}

resource "aws_appconfig_deployment_strategy" "at_once" {
  name                           = "${var.name_prefix}-at-once"
  description                    = "All targets at once, no bake time"
  deployment_duration_in_minutes = 0
  final_bake_time_in_minutes     = 0
  growth_factor                  = 100
  growth_type                    = "LINEAR"
  replicate_to                   = "NONE"
}

# An environment takes one deployment at a time: the second waits for the first.
resource "aws_appconfig_deployment" "withholding_rates" {
  application_id           = aws_appconfig_application.this.id
  environment_id           = aws_appconfig_environment.this.environment_id
  configuration_profile_id = aws_appconfig_configuration_profile.this["withholding_rates"].configuration_profile_id
  configuration_version    = aws_appconfig_hosted_configuration_version.this["withholding_rates"].version_number
  deployment_strategy_id   = aws_appconfig_deployment_strategy.at_once.id
  kms_key_identifier       = var.kms_key_arn
}

resource "aws_appconfig_deployment" "market_calendars" {
  application_id           = aws_appconfig_application.this.id
  environment_id           = aws_appconfig_environment.this.environment_id
  configuration_profile_id = aws_appconfig_configuration_profile.this["market_calendars"].configuration_profile_id
  configuration_version    = aws_appconfig_hosted_configuration_version.this["market_calendars"].version_number
  deployment_strategy_id   = aws_appconfig_deployment_strategy.at_once.id
  kms_key_identifier       = var.kms_key_arn
  depends_on               = [aws_appconfig_deployment.withholding_rates]
}
