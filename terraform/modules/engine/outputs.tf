output "cluster_name" {
  description = "Name of the cluster"
  value       = aws_ecs_cluster.this.name
}

output "repository_url" {
  description = "URL of the image repository"
  value       = aws_ecr_repository.this.repository_url
}

output "service_name" {
  description = "Name of the service"
  value       = aws_ecs_service.this.name
}
