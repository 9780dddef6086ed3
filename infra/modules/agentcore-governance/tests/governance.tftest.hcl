mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "bedrock"
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  agent_name     = "my-agent"
  region         = "us-east-1"
  bedrock_region = "us-east-1"
}

run "defaults_make_nothing" {
  command = plan

  variables {
    cedar_policy_files = { everywhere = "tests/policies/everywhere.cedar" }
    runtime            = { id = "runtime-abcdefghij", name = "runtime", endpoint = "dev" }
  }

  assert {
    condition = (
      length(module.policy_engine) == 0 && length(module.policy) == 0 && length(aws_bedrock_guardrail.this) == 0 && length(aws_bedrock_guardrail_version.this) == 0
      && length(module.evaluator) == 0 && length(module.online_evaluation) == 0 && length(aws_iam_role.evaluation) == 0 && length(aws_iam_role_policy.evaluation) == 0
    )
    error_message = "Governance is off by default."
  }

  assert {
    condition     = output.policy_engine == null && output.guardrail == null && output.online_evaluation_id == "" && length(output.evaluator_ids) == 0
    error_message = "Outputs of what is not made are empty."
  }
}

run "all_on" {
  command = plan

  variables {
    environment                      = "prod"
    enable_policy_engine             = true
    policy_engine_mode               = "LOG_ONLY"
    cedar_policy_files               = { read-only = "tests/policies/read.cedar", everywhere = "tests/policies/everywhere.cedar" }
    gateway                          = { arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/tools-abcdefghij" }
    enable_guardrails                = true
    guardrail_sensitive_info_filters = [{ type = "EMAIL", action = "ANONYMIZE" }, { type = "PASSWORD", action = "BLOCK" }]
    enable_evaluations               = true
    evaluation_type                  = "ALL"
    evaluation_criteria              = { grounded = "Is every claim backed by a source?", on-topic = "Does it stay with the question?" }
    evaluation_sampling_percentage   = 100
    runtime                          = { id = "my_agent_prod_runtime-abcdefghij", name = "my_agent_prod_runtime", endpoint = "prod" }
    enable_kms                       = true
    kms_key_arn                      = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    tags                             = { team = "red" }
  }

  assert {
    condition     = length(module.policy_engine) == 1 && length(module.policy) == 2 && length(module.evaluator) == 3 && length(module.online_evaluation) == 1
    error_message = "All is made that is switched on."
  }

  assert {
    condition     = strcontains(local.statements["read-only"], "AgentCore::Gateway::\"arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/tools-abcdefghij\"") && !strcontains(local.statements["read-only"], "@")
    error_message = "A policy names the gateway that is made."
  }

  assert {
    condition     = { for filter in aws_bedrock_guardrail.this["guardrail"].content_policy_config[0].filters_config : filter.type => [filter.input_strength, filter.output_strength] } == { for type in ["HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT", "PROMPT_ATTACK"] : type => ["HIGH", type == "PROMPT_ATTACK" ? "NONE" : "HIGH"] }
    error_message = "The six filters stand there, and an attack is looked for in what comes in."
  }

  assert {
    condition     = [for filter in aws_bedrock_guardrail.this["guardrail"].sensitive_information_policy_config[0].pii_entities_config : "${filter.type} ${filter.action}"] == ["EMAIL ANONYMIZE", "PASSWORD BLOCK"] && aws_bedrock_guardrail.this["guardrail"].kms_key_arn == var.kms_key_arn && aws_bedrock_guardrail.this["guardrail"].name == "my-agent-prod-guardrail"
    error_message = "Personal data are treated as set, under the key."
  }

  assert {
    condition     = { for type, desired in local.evaluator_desired : type => desired.level } == { TOOL_CALL = "TOOL_CALL", REASONING = "TRACE", RESPONSE = "TRACE" } && alltrue([for desired in values(local.evaluator_desired) : can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,47}$", desired.evaluatorName)) && desired.kmsKeyArn == var.kms_key_arn])
    error_message = "The seed's types become the API's levels."
  }

  assert {
    condition     = [for dimension in local.rating_scale.multiDimensional : dimension.dimensionName] == ["grounded", "on_topic"] && local.judge_model == "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
    error_message = "Criteria become dimensions, and the model's short name its profile."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.evaluation)) == toset(["evaluation", "kms"]) && alltrue([for policy in values(aws_iam_role_policy.evaluation) : !strcontains(policy.policy, "@")]) && !strcontains(aws_iam_role.evaluation["evaluation"].assume_role_policy, "@")
    error_message = "A placeholder was left unfilled."
  }

  assert {
    condition     = jsondecode(aws_iam_role.evaluation["evaluation"].assume_role_policy).Statement[0].Condition.ArnLike["aws:SourceArn"][1] == "arn:aws:bedrock-agentcore:us-east-1:123456789012:online-evaluation-config/my_agent_prod*" && jsondecode(aws_iam_role.evaluation["evaluation"].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only these evaluations take the role on."
  }

  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.evaluation["evaluation"].policy).Statement[1].Resource, "arn:aws:logs:us-east-1:123456789012:log-group:/aws/bedrock-agentcore/runtimes/my_agent_prod_runtime-*")
    error_message = "The role reads this runtime's logs."
  }
}

run "evaluators_without_a_runtime" {
  command = plan

  variables {
    enable_evaluations = true
    evaluator_model_id = "amazon.nova-pro-v1:0"
    evaluation_prompt  = "Look at {tool_turn}."
    enable_guardrails  = true
    guardrail_name     = "mine"
    guardrail_filters  = [{ type = "INSULT", input_strength = "LOW", output_strength = "MEDIUM" }]
  }

  assert {
    condition     = length(module.evaluator) == 1 && length(module.online_evaluation) == 0 && length(aws_iam_role.evaluation) == 0 && local.evaluator_desired["TOOL_CALL"].evaluatorConfig.llmAsAJudge.instructions == "Look at {tool_turn}." && one(local.judge_arns) == "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0" && local.rating_scale.numerical[2].label == "good"
    error_message = "Evaluators are made without a runtime, by the prompt and model that were set."
  }

  assert {
    condition     = one(aws_bedrock_guardrail.this["guardrail"].content_policy_config[0].filters_config).type == "INSULTS" && one(aws_bedrock_guardrail.this["guardrail"].content_policy_config[0].filters_config).output_strength == "MEDIUM" && aws_bedrock_guardrail.this["guardrail"].name == "mine"
    error_message = "The seed's spelling is the API's."
  }
}

run "reasoning" {
  command = plan

  variables {
    enable_evaluations = true
    evaluation_type    = "REASONING"
    evaluation_prompt  = "Look at {assistant_turn}."
  }

  assert {
    condition     = keys(local.judged) == ["REASONING"] && local.judged["REASONING"].level == "TRACE"
    error_message = "REASONING is about one turn."
  }
}

run "a_guardrail_against_nothing" {
  command = plan

  variables {
    enable_guardrails = true
    guardrail_filters = []
  }

  expect_failures = [aws_bedrock_guardrail.this]
}
