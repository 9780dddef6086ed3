# What a planned test reads instead of a record:
#   mock_provider "aws" { source = "<path>/infra/bridge/module/tests/mocks" }
mock_data "aws_ssm_parameter" {
  defaults = {
    insecure_value = "{\"id\":\"mock-0123456789\",\"arn\":\"arn:aws:bedrock-agentcore:us-east-1:111122223333:mock/mock-0123456789\",\"outputs\":{}}"
  }
}

mock_data "aws_region" {
  defaults = {
    id = "us-east-1"
  }
}
