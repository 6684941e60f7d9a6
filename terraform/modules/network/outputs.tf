output "database_security_group_id" {
  description = "Security group of the database"
  value       = aws_security_group.this["database"].id
}

output "engine_security_group_id" {
  description = "Security group of engine tasks"
  value       = aws_security_group.this["engine"].id
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of their zones"
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
}
