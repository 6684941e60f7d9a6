output "aliases" {
  description = "Alias by function: arn, invoke_arn, name"
  value       = { for name, alias in aws_lambda_alias.live : name => { arn = alias.arn, invoke_arn = alias.invoke_arn, name = alias.name } }
}

output "names" {
  description = "Function names: api_handler, ingest_normalizer, reconciliation"
  value       = { for name, function in aws_lambda_function.this : name => function.function_name }
}
