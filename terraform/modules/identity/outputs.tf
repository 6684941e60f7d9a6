output "role_arns" {
  description = "Role ARNs: the seven roles by name, usable once their policies are attached"
  value       = { for name, role in aws_iam_role.this : name => role.arn }
  depends_on  = [aws_iam_role_policy.this]
}
