# The five modules together, as people set them.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "bedrock"
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "bff"
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  agent_name = "my-agent"
}

run "a_name_is_enough" {
  command = plan

  assert {
    condition     = output.agentcore_region == "us-east-1" && output.bedrock_region == "us-east-1" && output.bff_region == "us-east-1" && local.app_id == "my-agent"
    error_message = "Regions and app fall back on one another."
  }

  assert {
    condition     = output.bridge_prefix == "/gatehouse/my-agent/dev/my-agent" && output.url == "" && output.guardrail == null && output.memory == null && output.deployment_bucket != ""
    error_message = "The defaults make a gateway, a code interpreter and a runtime."
  }

  assert {
    condition     = toset(local.log_types) == toset(["gateway", "code-interpreter", "runtime"])
    error_message = "Only what is made has logs."
  }

  assert {
    condition     = [for key in sort(keys(local.tags)) : "${key}=${local.tags[key]}"] == ["agent_name=my-agent", "app_id=my-agent", "environment=dev", "managed_by=terraform"]
    error_message = "Everything says whose it is."
  }

  assert {
    condition     = toset(output.runtime_environment) == toset(["HOST", "PORT", "BEDROCK_REGION", "GATEWAY_URL", "CODE_INTERPRETER_ID"])
    error_message = "The agent is told of its tools."
  }
}

run "the_seeds_own_example" {
  command = plan

  variables {
    region                        = "eu-west-2"
    environment                   = "dev"
    enable_gateway                = true
    enable_runtime                = true
    runtime_source_path           = "./agent-code"
    enable_code_interpreter       = true
    code_interpreter_network_mode = "SANDBOX"
    enable_observability          = true
    enable_memory                 = true
    memory_type                   = "BOTH"
  }

  assert {
    condition     = output.agentcore_region == "eu-west-2" && contains(output.runtime_environment, "MEMORY_ID")
    error_message = "The seed's example has to plan as it stands."
  }
}

run "regions_fall_back_in_order" {
  command = plan

  variables {
    app_id           = "shop"
    region           = "eu-west-1"
    agentcore_region = "eu-central-1"
    bff_region       = "eu-west-3"
    tags             = { team = "red" }
  }

  assert {
    condition     = output.agentcore_region == "eu-central-1" && output.bedrock_region == "eu-central-1" && output.bff_region == "eu-west-3"
    error_message = "bedrock_region is agentcore_region's unless it is set."
  }

  assert {
    condition     = output.bridge_prefix == "/gatehouse/shop/dev/my-agent" && local.tags["app_id"] == "shop" && local.tags["team"] == "red"
    error_message = "The app stands before the agent."
  }
}

run "a_front_door_with_the_seeds_variables" {
  command = plan

  variables {
    enable_bff             = true
    oidc_issuer            = "https://login.example.com"
    oidc_client_id         = "gatehouse"
    oidc_client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:client-a1B2c3"
    enable_waf             = true
    runtime_protocol       = "AGUI"
  }

  override_module {
    target = module.runtime.module.runtime
    outputs = {
      id      = "my_agent_dev_runtime-abcdefghij"
      arn     = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/my_agent_dev_runtime-abcdefghij"
      outputs = { agentRuntimeVersion = "1" }
    }
  }

  assert {
    condition     = local.agents["my-agent"].qualifier == "dev" && local.agents["my-agent"].protocol == "AGUI" && join(",", keys(local.tenants)) == "my-agent"
    error_message = "The front door stands before the runtime that is made, for the app's own people."
  }

  assert {
    condition     = local.runtime_arn == "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/my_agent_dev_runtime-abcdefghij" && local.web_acl_arn != ""
    error_message = "The BFF gets the runtime's ARN and the foundation's web ACL."
  }
}

run "a_front_door_before_another_runtime" {
  command = plan

  variables {
    enable_bff                = true
    enable_runtime            = false
    enable_gateway            = false
    enable_code_interpreter   = false
    oidc_issuer               = "https://login.example.com"
    oidc_client_id            = "gatehouse"
    oidc_client_secret_arn    = "arn:aws:secretsmanager:us-east-1:123456789012:secret:client-a1B2c3"
    bff_agentcore_runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
    tenants                   = { acme = { name = "Acme" } }
    agents                    = { hello = { title = "Hello" } }
    lambda_architecture       = "x86_64"
    python_version            = "3.13"
  }

  assert {
    condition     = local.runtime_arn == var.bff_agentcore_runtime_arn && join(",", keys(local.tenants)) == "acme" && join(",", keys(local.agents)) == "hello" && output.runtime == null
    error_message = "What is named is used, and nothing is added."
  }
}

run "everything_on" {
  command = plan

  variables {
    app_id                             = "shop"
    environment                        = "prod"
    enable_identity                    = true
    enable_browser                     = true
    enable_browser_recording           = true
    enable_memory                      = true
    enable_policy_engine               = true
    enable_guardrails                  = true
    enable_evaluations                 = true
    evaluation_type                    = "ALL"
    enable_waf                         = true
    enable_inference_profile           = true
    inference_profile_model_source_arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
    enable_kms                         = true
    kms_key_arn                        = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234567890abcdef1234567890abcdef"
    bff_region                         = "eu-west-1"
    mcp_targets                        = { titanic = { name = "titanic", lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:titanic" } }
    oauth2_credential_providers        = { github = { vendor = "GithubOauth2", client_id = "id", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-AbCdEf" } }
  }

  assert {
    condition     = local.kms_keys.agentcore == "arn:aws:kms:us-east-1:123456789012:key/mrk-1234567890abcdef1234567890abcdef" && local.kms_keys.bff == var.kms_key_arn
    error_message = "Each region uses its own replica of the key."
  }

  assert {
    condition     = length(setsubtract(["GATEWAY_URL", "BROWSER_ID", "CODE_INTERPRETER_ID", "MEMORY_ID", "WORKLOAD_IDENTITY", "GUARDRAIL_ID", "GUARDRAIL_VERSION", "BEDROCK_MODEL_ID"], output.runtime_environment)) == 0
    error_message = "The agent is told of all that it may use."
  }
}

run "everything_off" {
  command = plan

  variables {
    enable_gateway          = false
    enable_observability    = false
    enable_xray             = false
    enable_code_interpreter = false
    enable_runtime          = false
    enable_packaging        = false
  }

  assert {
    condition     = length(local.log_types) == 0 && output.gateway_url == "" && output.runtime == null && output.deployment_bucket == ""
    error_message = "What is switched off is not made."
  }
}

run "a_key_in_one_region_for_two" {
  command = plan

  variables {
    enable_kms  = true
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    bff_region  = "eu-west-1"
  }

  expect_failures = [terraform_data.rules]
}

run "core_rules" {
  command = plan

  variables {
    agent_name       = "My-Agent"
    app_id           = "my_app"
    region           = "europe"
    agentcore_region = "europe"
    bedrock_region   = "europe"
    bff_region       = "europe"
    environment      = "production"
    python           = "python3 -m"
    tags             = { "aws:owner" = "me" }
  }

  expect_failures = [var.agent_name, var.app_id, var.region, var.agentcore_region, var.bedrock_region, var.bff_region, var.environment, var.python, var.tags]
}

run "values_that_agentcore_does_not_have" {
  command = plan

  variables {
    browser_network_mode         = "SANDBOX"
    runtime_reserved_concurrency = 100
    policy_engine_schema         = "entity User;"
    enable_packaging             = false
    enable_kms                   = true
    tags                         = { tenant_id = "acme" }
  }

  expect_failures = [var.browser_network_mode, var.runtime_reserved_concurrency, var.policy_engine_schema, var.enable_packaging, var.kms_key_arn, var.tags]
}
