# PostgreSQL, the source of truth, and its credentials. The password reaches only write-only arguments: neither plan nor
# state holds it; a new password counts when password_version is raised.
locals {
  username = "asset_servicing"
}

resource "aws_db_subnet_group" "this" {
  name        = var.name_prefix
  description = "Private subnets of ${var.name_prefix}"
  subnet_ids  = var.subnet_ids
}

resource "aws_db_instance" "this" {
  identifier                      = var.name_prefix
  engine                          = "postgres"
  engine_version                  = var.engine_version
  instance_class                  = var.instance_class
  allocated_storage               = 20
  max_allocated_storage           = 200
  storage_type                    = "gp3"
  storage_encrypted               = true
  kms_key_id                      = var.kms_key_arn
  db_name                         = "asset_servicing"
  port                            = var.port
  username                        = local.username
  password_wo                     = var.password
  password_wo_version             = var.password_version
  db_subnet_group_name            = aws_db_subnet_group.this.name
  vpc_security_group_ids          = [var.security_group_id]
  publicly_accessible             = var.publicly_accessible
  multi_az                        = var.deletion_protection
  backup_retention_period         = 7
  copy_tags_to_snapshot           = true
  deletion_protection             = var.deletion_protection
  skip_final_snapshot             = !var.deletion_protection
  final_snapshot_identifier       = "${var.name_prefix}-final"
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
}

resource "aws_secretsmanager_secret" "this" {
  name                    = "${var.name_prefix}/database"
  description             = "Database credentials: JSON with username and password"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.secret_recovery_window_in_days
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo         = jsonencode({ username = local.username, password = var.password })
  secret_string_wo_version = var.password_version
}
