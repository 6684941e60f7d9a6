# What engine tasks need of AWS, without a way to the internet: an interface in each private subnet, whose private DNS name
# takes the place of the public one; S3 and DynamoDB by gateways, which cost nothing, on the main route table.
locals {
  endpoints = {
    gateway   = ["dynamodb", "s3"]
    interface = ["appconfig", "appconfigdata", "ecr.api", "ecr.dkr", "events", "kms", "logs", "secretsmanager", "sqs"]
  }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(var.endpoints_enabled ? local.endpoints.gateway : [])

  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${var.aws_region}.${each.value}"
  route_table_ids   = [aws_vpc.this.main_route_table_id]
  tags              = { Name = "${var.name_prefix}-${each.value}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(var.endpoints_enabled ? local.endpoints.interface : [])

  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.aws_region}.${each.value}"
  private_dns_enabled = true
  security_group_ids  = [aws_security_group.this["endpoints"].id]
  subnet_ids          = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  tags                = { Name = "${var.name_prefix}-${each.value}" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_engine" {
  security_group_id            = aws_security_group.this["endpoints"].id
  referenced_security_group_id = aws_security_group.this["engine"].id
  description                  = "AWS services over TLS from engine tasks"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
