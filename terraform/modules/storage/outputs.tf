output "arns" {
  description = "Bucket ARNs by bucket: artifacts, calculations, reports"
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.arn }
}

output "names" {
  description = "Bucket names by bucket"
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.bucket }
}
