mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_region" {
  defaults = { id = "us-east-1", name = "us-east-1" }
}

mock_data "aws_ssm_parameter" {
  defaults = {
    insecure_value = "{\"id\": \"thing-abcdefghij\", \"arn\": \"arn:aws:bedrock-agentcore:us-east-1:123456789012:thing/thing-abcdefghij\", \"outputs\": {\"gatewayUrl\": \"https://thing.example/mcp\"}}"
  }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/made" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:made" }
}

mock_resource "aws_wafv2_web_acl" {
  defaults = { arn = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/made/11111111-2222-3333-4444-555555555555" }
}

mock_resource "aws_cloudwatch_log_delivery_destination" {
  defaults = { arn = "arn:aws:logs:us-east-1:123456789012:delivery-destination:made" }
}

mock_resource "aws_bedrock_inference_profile" {
  defaults = { arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghij12" }
}

mock_resource "aws_bedrock_guardrail" {
  defaults = {
    guardrail_arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abcdefghij12"
    guardrail_id  = "abcdefghij12"
  }
}

mock_resource "aws_bedrock_guardrail_version" {
  defaults = { version = "1" }
}
