output "id" {
  description = "Id of the delivery."
  value       = aws_cloudwatch_log_delivery.logs.id
}
