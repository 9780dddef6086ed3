resource "aws_api_gateway_deployment" "api" {
  count = local.lambda

  rest_api_id = aws_api_gateway_rest_api.api[0].id

  # A deployment is a copy: what changes the API has to make a new one.
  triggers = {
    api = sha256(jsonencode([local.api_body, local.api_policy]))
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "api" {
  #checkov:skip=CKV_AWS_120:An answer that is cached would be another person's.
  #checkov:skip=CKV2_AWS_51:The client is CloudFront, which its networks and origin_secret tell.
  #checkov:skip=CKV2_AWS_29:CloudFront's web ACL is the first line (enable_waf); a second one is web_acl_arn.
  #checkov:skip=CKV2_AWS_4:Execution logs hold whole requests, cookies among them; the access log tells status, error and time.
  #checkov:skip=CKV2_AWS_77:Known bad inputs, Log4j's among them, are refused at CloudFront (enable_waf).
  #checkov:skip=CKV_AWS_73:Tracing is enable_xray's business.
  #checkov:skip=CKV_AWS_76:Access logs are enable_access_logs's business.
  count = local.lambda

  rest_api_id          = aws_api_gateway_rest_api.api[0].id
  deployment_id        = aws_api_gateway_deployment.api[0].id
  stage_name           = "live"
  description          = "What CloudFront asks."
  xray_tracing_enabled = var.enable_xray

  dynamic "access_log_settings" {
    for_each = var.enable_access_logs ? [aws_cloudwatch_log_group.these["api"].arn] : []

    content {
      destination_arn = access_log_settings.value
      # The path without its query, which holds codes; no header, so no cookie and no token.
      format = jsonencode({
        time        = "$context.requestTimeEpoch"
        request     = "$context.requestId"
        trace       = "$context.xrayTraceId"
        method      = "$context.httpMethod"
        path        = "$context.path"
        status      = "$context.status"
        bytes       = "$context.responseLength"
        ms          = "$context.responseLatency"
        function_ms = "$context.integration.latency"
        function    = "$context.integration.status"
        tenant      = "$context.authorizer.tenant_id"
        refusal     = "$context.authorizer.code"
        error       = "$context.error.responseType"
        failure     = "$context.integrationErrorMessage"
      })
    }
  }

  tags = local.tags

  depends_on = [aws_api_gateway_account.logs]
}

resource "aws_api_gateway_method_settings" "api" {
  #checkov:skip=CKV_AWS_225:An answer that is cached would be another person's.
  #checkov:skip=CKV_AWS_308:Nothing is cached, so nothing is to be encrypted.
  count = local.lambda

  rest_api_id = aws_api_gateway_rest_api.api[0].id
  stage_name  = aws_api_gateway_stage.api[0].stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    throttling_rate_limit  = var.throttling_rate
    throttling_burst_limit = var.throttling_burst
    caching_enabled        = false
    # Never: these write requests, cookies and all, into a log group that nobody bounds.
    data_trace_enabled = false
    logging_level      = "OFF"
  }
}

# One setting of the account and region, for every API in it.
resource "aws_iam_role" "api_logs" {
  count = local.lambda == 1 && var.enable_access_logs && var.manage_api_gateway_account ? 1 : 0

  name               = "${local.name}-api-logs"
  description        = "Lets the APIs of this account write their logs."
  assume_role_policy = local.filled["apigateway-trust"]
  tags               = local.tags
}

resource "aws_iam_role_policy" "api_logs" {
  count = length(aws_iam_role.api_logs)

  name   = "logs"
  role   = aws_iam_role.api_logs[0].name
  policy = local.filled["apigateway-logs"]
}

resource "aws_api_gateway_account" "logs" {
  count = length(aws_iam_role.api_logs)

  cloudwatch_role_arn = aws_iam_role.api_logs[0].arn

  depends_on = [aws_iam_role_policy.api_logs]
}
