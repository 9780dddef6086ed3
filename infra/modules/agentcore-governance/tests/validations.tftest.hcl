# Each run breaks one rule of each variable it names, and no other.

mock_provider "aws" {
  source = "../../tests/mocks"
}

mock_provider "aws" {
  alias  = "bedrock"
  source = "../../tests/mocks"
}

variables {
  agent_name     = "my-agent"
  region         = "us-east-1"
  bedrock_region = "us-east-1"
}

run "first_rules" {
  command = plan

  variables {
    agent_name                       = "my_agent"
    app_id                           = "shop-"
    environment                      = "live"
    region                           = "here"
    bedrock_region                   = "there"
    python                           = "a b"
    tags                             = { key = "tab\there" }
    kms_key_arn                      = "key/1"
    bedrock_kms_key_arn              = "key/2"
    policy_engine_mode               = "OFF"
    policy_engine_schema             = "entity User;"
    cedar_policy_files               = { "1st" = "tests/policies/everywhere.cedar" }
    guardrail_name                   = "with space"
    guardrail_filters                = [{ type = "SPAM" }]
    guardrail_sensitive_info_filters = [{ type = "SHOE_SIZE", action = "BLOCK" }]
    evaluation_type                  = "STYLE"
    evaluator_model_id               = "claude"
    evaluation_prompt                = "Is it good? {context}"
    evaluation_criteria              = { "1st" = "Good?" }
    evaluation_sampling_percentage   = 0
  }

  expect_failures = [
    var.agent_name, var.app_id, var.environment, var.region, var.bedrock_region, var.python, var.tags, var.kms_key_arn, var.bedrock_kms_key_arn,
    var.policy_engine_mode, var.policy_engine_schema, var.cedar_policy_files, var.guardrail_name, var.guardrail_filters, var.guardrail_sensitive_info_filters,
    var.evaluation_type, var.evaluator_model_id, var.evaluation_criteria, var.evaluation_sampling_percentage,
  ]
}

run "second_rules" {
  command = plan

  variables {
    enable_kms                       = true
    tags                             = { app_id = "another" }
    cedar_policy_files               = { a-b = "tests/policies/everywhere.cedar", a_b = "tests/policies/everywhere.cedar" }
    guardrail_filters                = [{ type = "HATE", input_strength = "MAXIMUM" }]
    guardrail_sensitive_info_filters = [{ type = "EMAIL", action = "HIDE" }]
    evaluation_prompt                = "Is it good?"
    evaluation_criteria              = { a-b = "Good?", a_b = "Good?" }
  }

  expect_failures = [var.kms_key_arn, var.tags, var.cedar_policy_files, var.guardrail_filters, var.guardrail_sensitive_info_filters, var.evaluation_prompt, var.evaluation_criteria]
}

run "third_rules" {
  command = plan

  variables {
    cedar_policy_files               = { short = "tests/policies/short.cedar" }
    guardrail_filters                = [{ type = "PROMPT_ATTACK", output_strength = "HIGH" }]
    guardrail_sensitive_info_filters = [{ type = "EMAIL", action = "BLOCK" }, { type = "EMAIL", action = "ANONYMIZE" }]
    evaluation_type                  = "RESPONSE"
    evaluation_prompt                = "Look at {tool_turn}."
  }

  expect_failures = [var.cedar_policy_files, var.guardrail_filters, var.guardrail_sensitive_info_filters, var.evaluation_prompt]
}

run "fourth_rules" {
  command = plan

  variables {
    cedar_policy_files = { none = "tests/policies/none.cedar" }
    guardrail_filters  = [{ type = "INSULT" }, { type = "INSULTS" }]
  }

  expect_failures = [var.cedar_policy_files, var.guardrail_filters]
}

run "a_file_that_is_no_policy" {
  command = plan

  variables {
    cedar_policy_files = { text = "tests/policies/policy.txt" }
  }

  expect_failures = [var.cedar_policy_files]
}

run "a_policy_about_a_gateway_that_is_not_there" {
  command = plan

  variables {
    cedar_policy_files = { read = "tests/policies/read.cedar" }
  }

  expect_failures = [var.gateway]
}
