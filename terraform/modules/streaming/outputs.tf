output "position_stream_arn" {
  description = "ARN of the position feed stream"
  value       = aws_kinesis_stream.positions.arn
}

output "position_stream_name" {
  description = "Name of the position feed stream"
  value       = aws_kinesis_stream.positions.name
}
