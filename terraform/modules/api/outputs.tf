output "id" {
  description = "Id of the REST API"
  value       = aws_api_gateway_rest_api.this.id
}

output "invoke_url" {
  description = "Base URL of the stage on AWS"
  value       = aws_api_gateway_stage.live.invoke_url
}

output "name" {
  description = "Name of the REST API"
  value       = aws_api_gateway_rest_api.this.name
}

output "stage_name" {
  description = "Name of the stage"
  value       = aws_api_gateway_stage.live.stage_name
}
