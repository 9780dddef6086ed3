# AgentCore writes nothing of its gateways, memories and tools unless a delivery asks for it.

resource "aws_cloudwatch_log_delivery_source" "logs" {
  name         = var.name
  log_type     = "APPLICATION_LOGS"
  resource_arn = var.resource_arn
  tags         = var.tags
}

resource "aws_cloudwatch_log_delivery_destination" "logs" {
  name          = var.name
  output_format = "json"
  tags          = var.tags

  delivery_destination_configuration {
    destination_resource_arn = var.log_group_arn
  }
}

resource "aws_cloudwatch_log_delivery" "logs" {
  delivery_source_name     = aws_cloudwatch_log_delivery_source.logs.name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.logs.arn
  tags                     = var.tags
}
