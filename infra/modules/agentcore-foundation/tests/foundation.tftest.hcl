mock_provider "aws" {
  source = "../../tests/mocks"
}

mock_provider "aws" {
  alias  = "edge"
  source = "../../tests/mocks"
}

variables {
  agent_name = "my-agent"
  region     = "us-east-1"
}

run "defaults" {
  command = plan

  assert {
    condition     = length(module.gateway) == 1 && length(module.workload_identity) == 0 && length(module.credential_provider) == 0
    error_message = "By default there is a gateway and no identity."
  }

  assert {
    condition     = local.gateway_desired.name == "my-agent-dev-gateway" && local.gateway_desired.authorizerType == "AWS_IAM" && local.gateway_desired.authorizerConfiguration == null && local.gateway_desired.protocolConfiguration.mcp.searchType == "SEMANTIC" && local.gateway_desired.policyEngineConfiguration == null && local.gateway_desired.kmsKeyArn == null && local.gateway_desired.tags["agent_name"] == "my-agent"
    error_message = "Callers sign, and HYBRID is the API's SEMANTIC."
  }

  assert {
    condition     = aws_iam_role.gateway["gateway"].name == "gatehouse-my-agent-dev-gateway"
    error_message = "The role's name is not derived from the coordinates."
  }

  assert {
    condition     = length(aws_iam_role_policy.gateway) == 0
    error_message = "A gateway without targets may invoke nothing."
  }

  assert {
    condition = jsondecode(aws_iam_role.gateway["gateway"].assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "123456789012" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/my-agent-dev-gateway-*" }
    }
    error_message = "The trust has to demand account and gateway."
  }

  assert {
    condition     = aws_cloudwatch_log_group.agentcore["gateway"].name == "/aws/bedrock/agentcore/gateway/my-agent/dev" && aws_cloudwatch_log_group.agentcore["runtime"].retention_in_days == 30
    error_message = "Log groups have their names and retention."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.errors) == 6 && length(aws_cloudwatch_metric_alarm.errors["gateway"].alarm_actions) == 0
    error_message = "Each log group has its alarm, which tells nobody without a topic."
  }

  assert {
    condition     = aws_xray_sampling_rule.agent["agent"].service_name == "my_agent_dev_runtime*" && aws_xray_group.agent["agent"].group_name == "my_agent_dev_runtime"
    error_message = "X-Ray has to name the runtime."
  }

  assert {
    condition     = length(aws_wafv2_web_acl.bff) == 0 && output.web_acl_arn == ""
    error_message = "WAF is off by default."
  }
}

run "everything_off" {
  command = plan

  variables {
    enable_gateway       = false
    enable_observability = false
    enable_xray          = false
    oauth2_credential_providers = {
      github = { vendor = "GithubOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-AbCdEf" }
    }
    mcp_targets = { titanic = { name = "titanic", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:titanic" } }
  }

  assert {
    condition = (
      length(module.gateway) == 0 && length(module.target) == 0 && length(aws_iam_role.gateway) == 0 && length(aws_iam_role_policy.gateway) == 0
      && length(aws_cloudwatch_log_group.agentcore) == 0 && length(aws_cloudwatch_log_resource_policy.delivery) == 0 && length(module.delivery) == 0
      && length(aws_cloudwatch_log_metric_filter.errors) == 0 && length(aws_cloudwatch_metric_alarm.errors) == 0
      && length(aws_xray_sampling_rule.agent) == 0 && length(aws_xray_group.agent) == 0 && length(module.credential_provider) == 0
    )
    error_message = "What is switched off is not made."
  }

  assert {
    condition     = output.gateway_id == "" && output.gateway_url == "" && output.gateway_role_arn == "" && output.workload_identity == null
    error_message = "Outputs of what is not made are empty."
  }
}

run "everything_on" {
  command = plan

  variables {
    app_id              = "shop"
    environment         = "prod"
    gateway_search_type = "SEMANTIC"
    enable_identity     = true
    enable_waf          = true
    enable_kms          = true
    kms_key_arn         = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    alarm_sns_topic_arn = "arn:aws:sns:us-east-1:123456789012:alarms"
    log_retention_days  = 365
    tags                = { team = "red" }
    oauth_return_urls   = ["https://app.example.com/done", "http://localhost:8000/done"]
    policy_engine       = { arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/rules-abcdefghij", mode = "ENFORCE" }

    gateway_jwt_authorizer = {
      discovery_url    = "https://id.example.com/.well-known/openid-configuration"
      allowed_audience = ["tools"]
    }

    mcp_targets = {
      plain = { name = "plain", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:plain" }
      file  = { name = "titanic", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:titanic:live", tool_schema_file = "tests/tools.json" }
      s3    = { name = "stored", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:stored", tool_schema_s3_uri = "s3://schemas/stored.json" }
    }

    oauth2_credential_providers = {
      corp   = { vendor = "CustomOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:corp-AbCdEf", discovery_url = "https://id.example.com/.well-known/openid-configuration" }
      github = { vendor = "GithubOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-AbCdEf" }
      okta   = { vendor = "OktaOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:okta-AbCdEf", issuer = "https://corp.okta.com" }
    }
  }

  assert {
    condition     = local.gateway_desired.authorizerType == "CUSTOM_JWT" && local.gateway_desired.authorizerConfiguration.customJWTAuthorizer.allowedAudience == tolist(["tools"]) && local.gateway_desired.authorizerConfiguration.customJWTAuthorizer.allowedClients == null && local.gateway_desired.policyEngineConfiguration.mode == "ENFORCE" && local.gateway_desired.kmsKeyArn == var.kms_key_arn && local.gateway_desired.tags["team"] == "red"
    error_message = "Tokens, policies and the key reach the gateway."
  }

  assert {
    condition     = toset(jsondecode(aws_iam_role_policy.gateway["targets"].policy).Statement[0].Resource) == toset([for name in ["plain", "stored", "titanic:live"] : "arn:aws:lambda:us-east-1:123456789012:function:${name}"])
    error_message = "The gateway may invoke its targets and no other function."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.gateway)) == toset(["targets", "schemas", "policy-engine", "kms"])
    error_message = "Each document of the gateway's role stands for one thing that is switched on."
  }

  assert {
    condition     = alltrue([for policy in values(aws_iam_role_policy.gateway) : !strcontains(policy.policy, "@")]) && !strcontains(aws_cloudwatch_log_resource_policy.delivery["delivery"].policy_document, "@")
    error_message = "A placeholder was left unfilled."
  }

  assert {
    condition     = local.tool_schemas["plain"].inlinePayload[0].name == "plain" && local.tool_schemas["file"].inlinePayload[0].name == "survival_rate" && local.tool_schemas["s3"].s3.uri == "s3://schemas/stored.json"
    error_message = "A target's tools come from its file, its S3 object, or are one by its name."
  }

  assert {
    condition = (
      local.provider_configs["corp"].oauthDiscovery.discoveryUrl == "https://id.example.com/.well-known/openid-configuration"
      && local.provider_configs["github"].clientSecretSource == "EXTERNAL"
      && local.provider_configs["github"].clientSecretConfig.secretId == "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-AbCdEf"
      && local.provider_configs["okta"].issuer == "https://corp.okta.com"
      && alltrue([for config in values(local.provider_configs) : !contains(keys(config), "clientSecret")])
    )
    error_message = "Providers name their secrets and do not hold them."
  }

  assert {
    condition     = alltrue([for group in values(aws_cloudwatch_log_group.agentcore) : group.kms_key_id == var.kms_key_arn && group.retention_in_days == 365 && group.tags["team"] == "red"]) && aws_cloudwatch_log_group.agentcore["memory"].name == "/aws/bedrock/agentcore/memory/my-agent/shop/prod"
    error_message = "Log groups take the key, the days, the tags, and the app's name where it is another."
  }

  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.errors) : alarm.alarm_actions == toset([var.alarm_sns_topic_arn])])
    error_message = "Alarms go to the topic."
  }

  assert {
    condition     = aws_wafv2_web_acl.bff["bff"].scope == "REGIONAL" && one([for rule in aws_wafv2_web_acl.bff["bff"].rule : rule.statement[0].rate_based_statement[0].aggregate_key_type if rule.name == "rate"]) == "CUSTOM_KEYS" && length(aws_wafv2_web_acl.bff["bff"].rule) == 4 && startswith(aws_cloudwatch_log_group.waf["bff"].name, "aws-waf-logs-")
    error_message = "The web ACL has the rate and three managed groups, and its log group the name that WAF wants."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_logging_configuration.bff["bff"].redacted_fields) == 3
    error_message = "WAF's logs hold neither cookies, tokens nor queries."
  }

  # What the rule groups' documentation lists as reading bodies ("Baseline rule groups" in WAF's Developer Guide).
  assert {
    condition = jsonencode({ for rule in aws_wafv2_web_acl.bff["bff"].rule : rule.name => sort([
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
      for rule in aws_wafv2_web_acl.bff["bff"].rule : one(one(rule.statement).managed_rule_group_statement).rule_action_override[*].name if rule.name == "AWSManagedRulesCommonRuleSet"
    ]))) == 0
    error_message = "A provider's answer is a long query with an address in it: it has to come through."
  }

  assert {
    condition = anytrue([
      for rule in aws_wafv2_web_acl.bff["bff"].rule : contains(one(one(rule.statement).managed_rule_group_statement).rule_action_override[*].name, "NoUserAgent_HEADER") if rule.name == "AWSManagedRulesCommonRuleSet"
    ])
    error_message = "A provider's logout has to come through, whatever its server calls itself."
  }

  assert {
    condition     = length(module.gateway) == 1 && length(module.target) == 3 && length(module.credential_provider) == 3 && length(module.delivery) == 2
    error_message = "All is made that is switched on."
  }
}

run "own_role_and_name" {
  command = plan

  variables {
    gateway_role_arn    = "arn:aws:iam::123456789012:role/mine"
    gateway_name        = "My-Tools"
    gateway_search_type = "NONE"
    log_types           = ["gateway"]
    enable_waf          = true
    waf_scope           = "CLOUDFRONT"
    mcp_targets         = { titanic = { name = "titanic", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:titanic" } }
  }

  assert {
    condition     = length(aws_iam_role.gateway) == 0 && length(aws_iam_role_policy.gateway) == 0 && output.gateway_role_arn == "arn:aws:iam::123456789012:role/mine"
    error_message = "Your own role is used as it is."
  }

  assert {
    condition     = local.gateway_desired.name == "My-Tools" && local.gateway_desired.roleArn == "arn:aws:iam::123456789012:role/mine" && local.gateway_desired.protocolConfiguration == null && length(aws_cloudwatch_log_group.agentcore) == 1 && aws_wafv2_web_acl.bff["bff"].scope == "CLOUDFRONT" && one([for rule in aws_wafv2_web_acl.bff["bff"].rule : rule.statement[0].rate_based_statement[0].aggregate_key_type if rule.name == "rate"]) == "IP"
    error_message = "Names, groups and the scope are as they were set."
  }
}
