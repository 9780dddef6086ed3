# A front door that nobody asked for makes nothing at all.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "./tests/mocks"
  override_during = plan
}

override_module {
  target          = module.package
  override_during = plan
  outputs = {
    bucket     = "packages"
    code_key   = "code/abc.zip"
    code_hash  = "Y29kZQ=="
    layer_key  = "layer/def.zip"
    layer_hash = "bGF5ZXI="
  }
}

variables {
  enable_bff                = true
  app_id                    = "demo"
  oidc_issuer               = "https://login.example.com"
  oidc_client_id            = "gatehouse"
  oidc_client_secret_arn    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3"
  bff_agentcore_runtime_arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/hello-a1B2c3D4e5"
  source_path               = "../../../src"
  requirements_path         = "../../../requirements"
  tenants                   = { acme = { name = "Acme" }, globex = { name = "Globex", claims = ["g-1"] } }
  agents                    = { hello = { title = "Hello", data = true } }
  spa_path                  = "tests/page"
}

run "nothing" {
  command = plan

  variables {
    enable_bff             = false
    oidc_issuer            = ""
    oidc_client_id         = ""
    oidc_client_secret_arn = ""
    tenants                = {}
    agents                 = {}
    spa_path               = ""
  }

  assert {
    condition = sum([for made in [
      aws_api_gateway_rest_api.api, aws_api_gateway_stage.api, aws_api_gateway_account.logs, aws_cloudfront_distribution.front,
      aws_cloudfront_function.page, aws_cloudfront_origin_access_control.spa, aws_cloudfront_response_headers_policy.api,
      aws_cloudfront_response_headers_policy.page, aws_cloudwatch_log_delivery.front, aws_cloudwatch_log_group.these,
      aws_cloudwatch_metric_alarm.these, aws_dynamodb_table.these, aws_ecs_service.bff, aws_iam_role.data, aws_iam_role.invoke,
      aws_iam_role.runner, aws_iam_role.api_logs, aws_iam_role.execution, aws_lambda_function.these, aws_lambda_permission.api,
      aws_lb.api, aws_route53_record.front, aws_s3_bucket.these, aws_s3_object.page, aws_secretsmanager_secret.session_keys,
      aws_wafv2_web_acl.front, aws_wafv2_web_acl.origin, module.package, terraform_data.session_keys,
    ] : length(made)]) == 0
    error_message = "enable_bff = false has to make nothing."
  }

  assert {
    condition     = output.url == "" && output.registry == "" && output.role_arns == {}
    error_message = "What is not there has no name."
  }
}
