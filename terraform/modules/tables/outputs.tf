output "arns" {
  description = "Table ARNs by table: positions, entitlements, queue_state"
  value       = { for name, table in aws_dynamodb_table.this : name => table.arn }
}

output "names" {
  description = "Table names by table"
  value       = { for name, table in aws_dynamodb_table.this : name => table.name }
}

output "stream_arns" {
  description = "Stream ARNs by table"
  value       = { for name, table in aws_dynamodb_table.this : name => table.stream_arn }
}
