output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue"
  value       = aws_sqs_queue.dead_letter.arn
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue"
  value       = aws_sqs_queue.dead_letter.url
}

output "notifications_topic_arn" {
  description = "ARN of the topic of completed entitlements"
  value       = aws_sns_topic.notifications.arn
}

output "queue_arns" {
  description = "Queue ARNs: entitlement_requests, notifications"
  value       = { for name, queue in aws_sqs_queue.this : name => queue.arn }
}

output "queue_names" {
  description = "Queue names: dead_letter, entitlement_requests, notifications"
  value       = { for name, queue in local.fed_queues : name => queue.name }
}

output "queue_urls" {
  description = "Queue URLs: entitlement_requests, notifications"
  value       = { for name, queue in aws_sqs_queue.this : name => queue.url }
}
