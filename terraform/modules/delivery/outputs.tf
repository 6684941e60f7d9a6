output "codebuild_project_names" {
  description = "Build projects: package, image"
  value       = { for name, project in aws_codebuild_project.this : name => project.name }
}

output "codecommit_repository_name" {
  description = "Source repository"
  value       = aws_codecommit_repository.this.repository_name
}

output "codedeploy_application_name" {
  description = "CodeDeploy application"
  value       = aws_codedeploy_app.functions.name
}

output "codepipeline_name" {
  description = "Pipeline"
  value       = aws_codepipeline.this.name
}
