output "address" {
  description = "Host name of PostgreSQL"
  value       = aws_db_instance.this.address
}

output "identifier" {
  description = "Identifier of the instance"
  value       = aws_db_instance.this.identifier
}

output "name" {
  description = "Name of the database"
  value       = aws_db_instance.this.db_name
}

output "port" {
  description = "TCP port of PostgreSQL"
  value       = aws_db_instance.this.port
}

output "secret_arn" {
  description = "ARN of the secret with username and password"
  value       = aws_secretsmanager_secret.this.arn
}
