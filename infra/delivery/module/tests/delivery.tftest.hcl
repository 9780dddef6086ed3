mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  resource_arn  = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/tools-abcdefghij"
  log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:tools"
}

run "delivers_the_resource_to_the_group" {
  command = plan

  variables {
    name = "logs-tools"
  }

  assert {
    condition     = aws_cloudwatch_log_delivery_source.logs.resource_arn == var.resource_arn && aws_cloudwatch_log_delivery_destination.logs.delivery_destination_configuration[0].destination_resource_arn == var.log_group_arn
    error_message = "The delivery leads from the resource to the group."
  }
}

run "rules" {
  command = plan

  variables {
    name = "logs of tools"
  }

  expect_failures = [var.name]
}
