# Private subnets only: no internet gateway, no public address; engine tasks reach AWS services through endpoints (endpoints.tf).
resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = var.name_prefix }
}

resource "aws_subnet" "private" {
  for_each = { for index, zone in var.availability_zones : zone => cidrsubnet(var.cidr_block, 4, index) }

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name_prefix}-private-${each.key}" }
}

resource "aws_security_group" "this" {
  for_each = {
    database  = "PostgreSQL, reached by engine tasks only"
    endpoints = "Endpoints of AWS services, reached by engine tasks only"
    engine    = "Engine tasks, reached by nobody"
  }

  name        = "${var.name_prefix}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "database_from_engine" {
  security_group_id            = aws_security_group.this["database"].id
  referenced_security_group_id = aws_security_group.this["engine"].id
  description                  = "PostgreSQL from engine tasks"
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
}

resource "aws_vpc_security_group_egress_rule" "engine_to_database" {
  security_group_id            = aws_security_group.this["engine"].id
  referenced_security_group_id = aws_security_group.this["database"].id
  description                  = "Engine tasks to PostgreSQL"
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
}

resource "aws_vpc_security_group_egress_rule" "engine_to_services" {
  security_group_id = aws_security_group.this["engine"].id
  cidr_ipv4         = "0.0.0.0/0" # Gateway endpoints of S3 and DynamoDB answer at public addresses.
  description       = "Engine tasks to AWS services over TLS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
