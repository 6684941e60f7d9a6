resource "aws_cloudwatch_event_bus" "this" {
  name               = var.name_prefix
  description        = "Entitlements that became CALCULATED and are committed"
  kms_key_identifier = var.kms_key_arn
}

resource "aws_cloudwatch_event_rule" "entitlement_completed" {
  name           = "${var.name_prefix}-entitlement-completed"
  description    = "Every EntitlementCompleted of the engine"
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = jsonencode({ source = ["asset-servicing"], detail-type = ["EntitlementCompleted"] })
}

resource "aws_cloudwatch_event_target" "notifications" {
  event_bus_name = aws_cloudwatch_event_bus.this.name
  rule           = aws_cloudwatch_event_rule.entitlement_completed.name
  target_id      = "notifications"
  arn            = var.notifications_topic_arn

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}
