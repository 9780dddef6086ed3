# CloudFront and API Gateway: what a browser meets.

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

run "answers_of_agents_stream_and_nothing_else_does" {
  command = plan

  assert {
    condition = jsondecode(aws_api_gateway_rest_api.api[0].body).paths["/api/agents/{agent}/invocations"]["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"] == {
      type                 = "aws_proxy"
      httpMethod           = "POST"
      uri                  = "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/arn:aws:lambda:eu-west-1:123456789012:function:gatehouse-demo-dev-stream/response-streaming-invocations"
      responseTransferMode = "STREAM"
      timeoutInMillis      = 900000
    }
    error_message = "Answers of agents have to stream, from the function that can."
  }

  assert {
    condition     = endswith(jsondecode(aws_api_gateway_rest_api.api[0].body).paths["/api/agents/{agent}/invocations"].delete["x-amazon-apigateway-integration"].uri, "function:gatehouse-demo-dev-json/invocations")
    error_message = "The end of an MCP session has to be the function's for JSON, which may list what is kept of a chat."
  }

  assert {
    condition = [for path, methods in jsondecode(aws_api_gateway_rest_api.api[0].body).paths : path if alltrue([
      for method in values(methods) : endswith(method["x-amazon-apigateway-integration"].uri, "function:gatehouse-demo-dev-json/invocations") && !can(method["x-amazon-apigateway-integration"].responseTransferMode)
    ])] == ["/api/{proxy+}", "/auth/{proxy+}", "/healthz", "/readyz"]
    error_message = "Everything else has to be the function's for JSON, and must not stream."
  }
}

run "the_api_is_guarded_and_login_is_not" {
  command = plan

  assert {
    condition = [for path, methods in jsondecode(aws_api_gateway_rest_api.api[0].body).paths : path if alltrue([
      for method in values(methods) : can(method.security[0].session)
    ])] == ["/api/agents/{agent}/invocations", "/api/{proxy+}"]
    error_message = "Just /api has to be behind the authorizer."
  }

  assert {
    condition = jsondecode(aws_api_gateway_rest_api.api[0].body).components.securitySchemes.session["x-amazon-apigateway-authorizer"] == {
      type                         = "request"
      authorizerUri                = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:gatehouse-demo-dev-authorizer/invocations"
      authorizerResultTtlInSeconds = 0
      identitySource               = "method.request.header.Cookie"
    }
    error_message = "The authorizer has to be asked each time: a cached answer outlives a logout."
  }

  assert {
    condition     = aws_api_gateway_rest_api.api[0].endpoint_configuration[0].types == tolist(["REGIONAL"])
    error_message = "An edge-optimized API ends a silent stream after 30 s."
  }

  assert {
    condition = jsondecode(aws_api_gateway_rest_api.api[0].policy).Statement == [{
      Sid       = "OnlyFromCloudFront"
      Effect    = "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "arn:aws:execute-api:eu-west-1:123456789012:*/live/*"
      Condition = { IpAddress = { "aws:SourceIp" = ["192.0.2.0/24", "198.51.100.0/25"] } }
    }]
    error_message = "The API has to be closed to everybody but CloudFront."
  }
}

run "api_gateway_answers_in_the_applications_form" {
  command = plan

  assert {
    condition     = jsondecode(jsondecode(aws_api_gateway_rest_api.api[0].body)["x-amazon-apigateway-gateway-responses"].UNAUTHORIZED.responseTemplates["application/json"]) == { type = "urn:gatehouse:error:not_logged_in", title = "You are not logged in.", status = 401, code = "not_logged_in", login_url = "/auth/login", request_id = "$context.requestId" }
    error_message = "A request without a cookie has to be told where the login is."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.api[0].body)["x-amazon-apigateway-gateway-responses"].ACCESS_DENIED.statusCode == 401 && strcontains(jsondecode(aws_api_gateway_rest_api.api[0].body)["x-amazon-apigateway-gateway-responses"].ACCESS_DENIED.responseTemplates["application/json"], "\"code\": \"$context.authorizer.code\"")
    error_message = "A session that has ended has to be a 401 with the authorizer's code: as a 403 nobody would be led to the login."
  }

  assert {
    condition     = alltrue([for response in values(jsondecode(aws_api_gateway_rest_api.api[0].body)["x-amazon-apigateway-gateway-responses"]) : can(jsondecode(response.responseTemplates["application/json"])) && response.responseParameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'" && response.responseParameters["gatewayresponse.header.Cache-Control"] == "'no-store'"])
    error_message = "Every answer of API Gateway's has to be a problem document that nobody keeps."
  }
}

run "logs_hold_no_query_no_header_and_no_token" {
  command = plan

  assert {
    condition     = alltrue([for value in values(jsondecode(aws_api_gateway_stage.api[0].access_log_settings[0].format)) : !can(regex("(?i)header|cookie|token|identity|query|override|rawpath", value))])
    error_message = "API Gateway's access log must not hold a header, a cookie, a token or a query."
  }

  assert {
    condition     = length(setintersection(aws_cloudwatch_log_delivery.front[0].record_fields, ["cs-uri-query", "cs(Cookie)", "cs(Referer)", "cs-headers", "cs-header-names"])) == 0 && length(aws_cloudwatch_log_delivery.front[0].record_fields) > 10
    error_message = "CloudFront's access log must not hold a query, a cookie or a referer: codes are among them."
  }

  assert {
    condition     = one(aws_api_gateway_method_settings.api[0].settings).data_trace_enabled == false && one(aws_api_gateway_method_settings.api[0].settings).logging_level == "OFF"
    error_message = "Execution logs hold whole requests."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.front[0].logging_config) == 0
    error_message = "CloudFront's older logs cannot leave the query out."
  }
}

run "cloudfront_serves_one_domain_and_lets_streams_live" {
  command = plan

  assert {
    condition     = [for behaviour in aws_cloudfront_distribution.front[0].ordered_cache_behavior : behaviour.path_pattern] == ["/api/*", "/auth/*", "/healthz", "/readyz"]
    error_message = "Just the application's paths go to the API."
  }

  assert {
    condition     = alltrue([for behaviour in aws_cloudfront_distribution.front[0].ordered_cache_behavior : behaviour.target_origin_id == "api" && behaviour.cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" && behaviour.origin_request_policy_id == "b689b0a8-53d0-40ab-baf2-68738e2966ac" && !behaviour.compress && behaviour.viewer_protocol_policy == "https-only"])
    error_message = "The API has to be uncached and uncompressed, and get all headers but Host."
  }

  assert {
    condition = [for origin in aws_cloudfront_distribution.front[0].origin : [origin.domain_name, origin.origin_path, origin.connection_attempts, origin.custom_origin_config] if origin.origin_id == "api"] == [[
      "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "/live", 1,
      tolist([{ http_port = 80, https_port = 443, origin_protocol_policy = "https-only", origin_ssl_protocols = toset(["TLSv1.2"]), origin_read_timeout = 60, origin_keepalive_timeout = 60 }]),
    ]]
    error_message = "The API's origin has to be the stage, over TLS 1.2, never asked twice, and waited for longer than a heartbeat."
  }

  assert {
    condition     = [for origin in aws_cloudfront_distribution.front[0].origin : origin.origin_access_control_id if origin.origin_id == "spa"] == ["E1EXAMPLEOAC"] && aws_cloudfront_origin_access_control.spa[0].signing_behavior == "always"
    error_message = "The page's bucket has to be reached by OAC."
  }

  assert {
    condition     = output.url == "https://d111111abcdef8.cloudfront.net" && output.redirect_uris.callback == "https://d111111abcdef8.cloudfront.net/auth/callback"
    error_message = "Without a name of its own the app has CloudFront's."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.front[0].viewer_certificate).cloudfront_default_certificate
    error_message = "Without a name of its own the app has CloudFront's certificate."
  }
}

run "the_page_is_hardened_and_kept_as_the_application_would" {
  command = plan

  assert {
    condition     = one(one(aws_cloudfront_response_headers_policy.page[0].security_headers_config).content_security_policy).override && one(one(aws_cloudfront_response_headers_policy.page[0].security_headers_config).strict_transport_security).access_control_max_age_sec == 31536000
    error_message = "The page has to be hardened."
  }

  assert {
    condition     = !one(one(aws_cloudfront_response_headers_policy.api[0].security_headers_config).content_security_policy).override
    error_message = "The callback page has a policy of its own, with a nonce, which has to stay."
  }

  assert {
    condition     = aws_s3_object.page["index.html"].cache_control == "no-cache" && aws_s3_object.page["index.html"].content_type == "text/html; charset=utf-8"
    error_message = "The page names the assets, so it has to be asked for anew."
  }

  assert {
    condition     = aws_s3_object.page["assets/main-0123abcd.js"].cache_control == "public, max-age=31536000, immutable" && aws_s3_object.page["assets/main-0123abcd.js"].content_type == "text/javascript; charset=utf-8"
    error_message = "Assets have to be kept for ever, and to be scripts."
  }
}

run "a_domain_of_its_own_brings_tls_1_2_and_its_records" {
  command = plan

  variables {
    domain_names    = ["app.example.com", "www.example.com"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
    hosted_zone_id  = "Z0123456789ABCDEFGHIJ"
  }

  assert {
    condition     = one(aws_cloudfront_distribution.front[0].viewer_certificate).minimum_protocol_version == "TLSv1.2_2021" && one(aws_cloudfront_distribution.front[0].viewer_certificate).ssl_support_method == "sni-only"
    error_message = "TLS 1.2 at least."
  }

  assert {
    condition     = keys(aws_route53_record.front) == ["app.example.com/A", "app.example.com/AAAA", "www.example.com/A", "www.example.com/AAAA"]
    error_message = "Each name has to point at CloudFront, by IPv4 and IPv6."
  }

  assert {
    condition     = output.url == "https://app.example.com" && aws_lambda_function.these["json"].environment[0].variables.BFF_PUBLIC_URL == "https://app.example.com"
    error_message = "The first name is the public one."
  }
}

run "administration_has_its_path_where_it_is_set_up" {
  command = plan

  variables {
    admin_issuer   = "https://admin.example.com"
    admin_audience = "gatehouse-admin"
  }

  assert {
    condition     = contains(keys(jsondecode(aws_api_gateway_rest_api.api[0].body).paths), "/admin/{proxy+}") && contains([for behaviour in aws_cloudfront_distribution.front[0].ordered_cache_behavior : behaviour.path_pattern], "/admin/*")
    error_message = "/admin has to be reachable."
  }

  assert {
    condition     = aws_lambda_function.these["json"].environment[0].variables.BFF_ADMIN_AUDIENCE == "gatehouse-admin"
    error_message = "The application has to know whose administrators count."
  }
}

run "a_web_acl_stands_before_cloudfront_on_demand" {
  command = plan

  variables {
    enable_waf = true
  }

  assert {
    condition     = aws_wafv2_web_acl.front[0].scope == "CLOUDFRONT" && aws_cloudfront_distribution.front[0].web_acl_id == "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mocked/0123"
    error_message = "The web ACL has to be CloudFront's."
  }

  assert {
    condition     = alltrue([for rule in aws_wafv2_web_acl.front[0].rule : !one(rule.visibility_config).sampled_requests_enabled])
    error_message = "Samples hold whole requests, with their cookies."
  }

  # What the rule groups' documentation lists as reading bodies ("Baseline rule groups" in WAF's Developer Guide).
  assert {
    condition = jsonencode({ for rule in aws_wafv2_web_acl.front[0].rule : rule.name => sort([
      for action in one(one(rule.statement).managed_rule_group_statement).rule_action_override : action.name if endswith(action.name, "_BODY")
      ]) if startswith(rule.name, "AWSManagedRules") }) == jsonencode({
      AWSManagedRulesAmazonIpReputationList = []
      AWSManagedRulesKnownBadInputsRuleSet  = ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"]
      AWSManagedRulesCommonRuleSet          = ["CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY"]
    })
    error_message = "A body is what somebody writes to an agent: rules that read it have to count, and not to block."
  }

  assert {
    condition = length(setsubtract(["EC2MetaDataSSRF_QUERYARGUMENTS", "GenericRFI_QUERYARGUMENTS", "SizeRestrictions_QUERYSTRING"], one([
      for rule in aws_wafv2_web_acl.front[0].rule : one(one(rule.statement).managed_rule_group_statement).rule_action_override[*].name if rule.name == "AWSManagedRulesCommonRuleSet"
    ]))) == 0
    error_message = "A provider's answer is a long query with an address in it: it has to come through."
  }

  assert {
    condition = anytrue([
      for rule in aws_wafv2_web_acl.front[0].rule : contains(one(one(rule.statement).managed_rule_group_statement).rule_action_override[*].name, "NoUserAgent_HEADER") if rule.name == "AWSManagedRulesCommonRuleSet"
    ])
    error_message = "A provider's logout has to come through, whatever its server calls itself."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.api) == 0 && length(aws_wafv2_web_acl.origin) == 0
    error_message = "Nobody asked for one at the API."
  }
}

run "the_origin_secret_is_sent_and_asked_for" {
  command = plan

  variables {
    origin_secret = "0123456789abcdef0123456789abcdef"
  }

  assert {
    condition     = [for origin in nonsensitive(aws_cloudfront_distribution.front[0].origin) : one(origin.custom_header).value if origin.origin_id == "api"] == ["0123456789abcdef0123456789abcdef"]
    error_message = "CloudFront has to send it."
  }

  assert {
    condition     = length(aws_wafv2_web_acl.origin[0].default_action[0].block) == 1 && nonsensitive(one(one(one(aws_wafv2_web_acl.origin[0].rule).statement).byte_match_statement).search_string) == "0123456789abcdef0123456789abcdef" && length(aws_wafv2_web_acl_association.api) == 1
    error_message = "Who does not know it has to be refused."
  }
}

run "a_regional_web_acl_is_put_before_the_api" {
  command = plan

  variables {
    web_acl_arn = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shared/0123"
  }

  assert {
    condition     = aws_wafv2_web_acl_association.api[0].web_acl_arn == "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shared/0123"
    error_message = "The foundation's web ACL has to stand before the API."
  }
}

run "without_access_logs_there_is_nowhere_to_write_them" {
  command = plan

  variables {
    enable_access_logs = false
  }

  assert {
    condition     = length(aws_cloudwatch_log_delivery.front) == 0 && !contains(keys(aws_s3_bucket.these), "logs") && length(aws_api_gateway_stage.api[0].access_log_settings) == 0 && length(aws_api_gateway_account.logs) == 0
    error_message = "No bucket, no delivery, no account setting."
  }
}
