# The REST API, spelled out from one map. Every method is IAM-signed and handed on to the alias of the API handler.
locals {
  # "METHOD /path" => names of query parameters the caller must give.
  routes = {
    "DELETE /corporate-actions/{corporate_action_event_id}"               = []
    "DELETE /positions/{safekeeping_account}/{isin}"                      = ["as_of_date", "safekeeping_place", "sequence"]
    "GET /corporate-actions/{corporate_action_event_id}"                  = []
    "GET /entitlements"                                                   = []
    "GET /entitlements/{corporate_action_event_id}/{safekeeping_account}" = []
    "GET /positions"                                                      = ["safekeeping_account"]
    "GET /positions/{safekeeping_account}/{isin}"                         = []
    "POST /corporate-actions"                                             = []
    "PUT /positions/{safekeeping_account}/{isin}"                         = []
  }

  methods = {
    for route, query in local.routes : route => {
      http_method = split(" ", route)[0]
      path        = trimprefix(split(" ", route)[1], "/")
      query       = query
    }
  }
  segments = { for path in distinct([for method in local.methods : method.path]) : path => split("/", path) }

  # Every prefix of every path is a resource, at its depth; a resource cannot refer to its own kind, hence three.
  depth_1 = toset([for path, parts in local.segments : parts[0]])
  depth_2 = toset([for path, parts in local.segments : join("/", slice(parts, 0, 2)) if length(parts) >= 2])
  depth_3 = toset([for path, parts in local.segments : path if length(parts) == 3])

  resource_ids = {
    for path, resource in merge(
      aws_api_gateway_resource.depth_1, aws_api_gateway_resource.depth_2, aws_api_gateway_resource.depth_3
    ) : path => resource.id
  }
}

resource "aws_api_gateway_rest_api" "this" {
  name        = var.name_prefix
  description = "Positions, corporate actions and entitlements"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "depth_1" {
  for_each = local.depth_1

  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = each.value
}

resource "aws_api_gateway_resource" "depth_2" {
  for_each = local.depth_2

  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.depth_1[dirname(each.value)].id
  path_part   = basename(each.value)
}

resource "aws_api_gateway_resource" "depth_3" {
  for_each = local.depth_3

  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.depth_2[dirname(each.value)].id
  path_part   = basename(each.value)
}

# Refuses a request without a required parameter before it reaches the handler, which checks bodies itself.
resource "aws_api_gateway_request_validator" "parameters" {
  rest_api_id                 = aws_api_gateway_rest_api.this.id
  name                        = "parameters"
  validate_request_body       = false
  validate_request_parameters = true
}

resource "aws_api_gateway_method" "this" {
  for_each = local.methods

  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = local.resource_ids[each.value.path]
  http_method          = each.value.http_method
  authorization        = "AWS_IAM"
  request_validator_id = aws_api_gateway_request_validator.parameters.id

  request_parameters = merge(
    { for name in regexall("{(\\w+)}", each.value.path) : "method.request.path.${name[0]}" => true },
    { for name in each.value.query : "method.request.querystring.${name}" => true },
  )
}

resource "aws_api_gateway_integration" "this" {
  for_each = local.methods

  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = local.resource_ids[each.value.path]
  http_method             = aws_api_gateway_method.this[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = var.handler_invoke_arn
}

resource "aws_lambda_permission" "api" {
  statement_id   = "ApiGatewayInvokes"
  action         = "lambda:InvokeFunction"
  function_name  = var.handler_name
  qualifier      = var.handler_alias
  principal      = "apigateway.amazonaws.com"
  source_account = var.account_id
  source_arn     = "${aws_api_gateway_rest_api.this.execution_arn}/*/*/*"
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  triggers    = { routes = sha256(jsonencode([local.routes, var.handler_invoke_arn, aws_api_gateway_request_validator.parameters.id])) }
  depends_on  = [aws_api_gateway_integration.this, aws_api_gateway_method.this]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "access" {
  count = var.access_log_enabled ? 1 : 0

  name              = "/aws/apigateway/${var.name_prefix}"
  kms_key_id        = var.kms_key_arn
  retention_in_days = 30
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  deployment_id        = aws_api_gateway_deployment.this.id
  stage_name           = "live"
  description          = "What clients call"
  xray_tracing_enabled = true

  # Access logs need the account-wide role of API Gateway, an eighth role: off unless the account has one.
  dynamic "access_log_settings" {
    for_each = aws_cloudwatch_log_group.access
    content {
      destination_arn = access_log_settings.value.arn
      format = jsonencode({
        requestId = "$context.requestId", method = "$context.httpMethod", path = "$context.resourcePath",
        status    = "$context.status", latency = "$context.responseLatency", caller = "$context.identity.userArn"
      })
    }
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    data_trace_enabled     = false
    logging_level          = "OFF" # Execution logs need the account-wide role, as access logs do.
    metrics_enabled        = true
    throttling_burst_limit = var.throttling_burst_limit
    throttling_rate_limit  = var.throttling_rate_limit
  }
}
