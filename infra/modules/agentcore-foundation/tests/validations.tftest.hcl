# Each run breaks one rule of each variable it names, and no other.

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

run "first_rules" {
  command = plan

  variables {
    agent_name          = "My-Agent"
    app_id              = "-shop"
    environment         = "production"
    region              = "europe"
    python              = "python3; rm"
    tags                = { "aws:owner" = "me" }
    gateway_name        = "under_score"
    gateway_search_type = "KEYWORD"
    gateway_role_arn    = "role/mine"
    alarm_sns_topic_arn = "alarms"
    log_retention_days  = 31
    waf_rate_limit      = 9
    waf_scope           = "GLOBAL"
    log_types           = ["lambda"]
    kms_key_arn         = "arn:aws:kms:us-east-1:123456789012:alias/mine"
    edge_kms_key_arn    = "alias/mine"
    oauth_return_urls   = ["http://app.example.com/done"]

    gateway_jwt_authorizer = { discovery_url = "http://id.example.com/.well-known/openid-configuration", allowed_audience = ["tools"] }

    mcp_targets = { one = { name = "under_score", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:one" } }

    oauth2_credential_providers = {
      "a b" = { vendor = "GithubOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-AbCdEf" }
    }
  }

  expect_failures = [
    var.agent_name, var.app_id, var.environment, var.region, var.python, var.tags, var.gateway_name, var.gateway_search_type,
    var.gateway_role_arn, var.alarm_sns_topic_arn, var.log_retention_days, var.waf_rate_limit, var.waf_scope, var.log_types,
    var.kms_key_arn, var.edge_kms_key_arn, var.oauth_return_urls, var.gateway_jwt_authorizer, var.mcp_targets, var.oauth2_credential_providers,
  ]
}

run "second_rules" {
  command = plan

  variables {
    tags       = { tenant_id = "acme" }
    enable_kms = true

    gateway_jwt_authorizer = { discovery_url = "https://id.example.com/.well-known/openid-configuration" }

    mcp_targets = { one = { name = "one", lambda_arn = "one" } }

    oauth2_credential_providers = {
      github = { vendor = "GithubOauth3", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-AbCdEf" }
    }
  }

  expect_failures = [var.tags, var.kms_key_arn, var.gateway_jwt_authorizer, var.mcp_targets, var.oauth2_credential_providers]
}

run "third_rules" {
  command = plan

  variables {
    mcp_targets = {
      one = { name = "one", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:one" }
      two = { name = "one", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:two" }
    }

    oauth2_credential_providers = { github = { vendor = "GithubOauth2", client_id = "id", client_secret_arn = "a-secret-in-clear" } }
  }

  expect_failures = [var.mcp_targets, var.oauth2_credential_providers]
}

run "fourth_rules" {
  command = plan

  variables {
    mcp_targets = { one = { name = "one", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:one", tool_schema_file = "tests/tools.json", tool_schema_s3_uri = "s3://schemas/one.json" } }

    oauth2_credential_providers = {
      corp = { vendor = "CustomOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:corp-AbCdEf" }
    }
  }

  expect_failures = [var.mcp_targets, var.oauth2_credential_providers]
}

run "schema_is_no_s3_uri" {
  command = plan

  variables {
    mcp_targets = { one = { name = "one", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:one", tool_schema_s3_uri = "https://schemas/one.json" } }
  }

  expect_failures = [var.mcp_targets]
}

run "schema_file_is_no_list_of_tools" {
  command = plan

  variables {
    mcp_targets = { one = { name = "one", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:one", tool_schema_file = "tests/foundation.tftest.hcl" } }
  }

  expect_failures = [var.mcp_targets]
}

run "description_is_too_long" {
  command = plan

  variables {
    mcp_targets = { one = { name = "one", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:one", description = join("", [for number in range(201) : "x"]) } }
  }

  expect_failures = [var.mcp_targets]
}
