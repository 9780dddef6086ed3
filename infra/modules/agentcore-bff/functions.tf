locals {
  functions = local.lambda == 1 ? {
    # API Gateway waits for an authorizer for 10 s.
    authorizer = { handler = "authorizer.handler.handler", timeout_s = 5, memory_mb = var.memory_mb.authorizer, reserved = -1 }
    # … and for an answer that does not stream for 29 s.
    json   = { handler = "bff.lambda_handler.handler", timeout_s = 28, memory_mb = var.memory_mb.json, reserved = -1 }
    stream = { handler = "bff.streaming:app", timeout_s = local.stream_timeout_s, memory_mb = var.memory_mb.stream, reserved = var.proxy_reserved_concurrency }
  } : {}

  # Spelled, not referred to: the API names the functions, CloudFront the API, and the functions CloudFront's
  # name as their public one. The ring is open here.
  function_arns = { for name in ["authorizer", "json", "stream"] :
    name => "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.name}-${name}"
  }

  log_groups = merge(
    { for name in ["authorizer", "json", "stream"] : name => "/aws/lambda/${local.name}-${name}" if local.lambda == 1 },
    local.lambda == 1 && var.enable_access_logs ? { api = "/aws/apigateway/${local.name}" } : {},
    local.fargate == 1 ? { container = "/aws/ecs/${local.name}" } : {},
  )
}

resource "aws_cloudwatch_log_group" "these" {
  #checkov:skip=CKV_AWS_158:The customer's key is enable_kms's business; CloudWatch encrypts without it.
  #checkov:skip=CKV_AWS_338:How long logs are kept is log_retention_days.
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key
  tags              = local.tags
}

resource "aws_lambda_function" "these" {
  #checkov:skip=CKV_AWS_117:It calls AWS and the provider alone, both over the internet's TLS; a VPC would add a NAT and take nothing away.
  #checkov:skip=CKV_AWS_116:It is called synchronously: there is no event that a dead letter queue could keep.
  #checkov:skip=CKV_AWS_115:The function that streams has its concurrency reserved; the others share the account's, which API Gateway's throttling bounds.
  #checkov:skip=CKV_AWS_173:No variable is a secret; the customer's key is enable_kms's business.
  #checkov:skip=CKV_AWS_272:Packages are named by their SHA-256, which the function is told.
  #checkov:skip=CKV_AWS_50:Tracing is enable_xray's business.
  for_each = local.functions

  function_name                  = "${local.name}-${each.key}"
  description                    = "Gatehouse ${var.app_id}, ${var.environment}: the ${each.key}."
  role                           = aws_iam_role.runner[each.key].arn
  runtime                        = "python${var.python_version}"
  architectures                  = [var.lambda_architecture]
  handler                        = each.value.handler
  s3_bucket                      = module.package[each.key].bucket
  s3_key                         = module.package[each.key].code_key
  source_code_hash               = module.package[each.key].code_hash
  layers                         = [aws_lambda_layer_version.dependencies[each.key].arn]
  timeout                        = each.value.timeout_s
  memory_size                    = each.value.memory_mb
  reserved_concurrent_executions = each.value.reserved
  kms_key_arn                    = local.key
  tags                           = local.tags

  environment {
    variables = local.environments[each.key]
  }

  tracing_config {
    mode = var.enable_xray ? "Active" : "PassThrough"
  }

  # No logging_config: its log group has the name that Lambda looks for, and its lines are JSON by
  # themselves. Without the group Lambda would have none, since it may not make one; without its rights the
  # function would fail at its first request.
  depends_on = [aws_cloudwatch_log_group.these, aws_iam_role_policy.runner, terraform_data.session_keys]
}

# This API alone, by any of its methods; the authorizer is called by API Gateway itself.
resource "aws_lambda_permission" "api" {
  for_each = local.functions

  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.these[each.key].function_name
  principal     = "apigateway.amazonaws.com"
  # Without it, anybody's API in this account could be the deputy.
  source_arn     = "${aws_api_gateway_rest_api.api[0].execution_arn}/${each.key == "authorizer" ? "authorizers/*" : "*/*"}"
  source_account = local.account
}
