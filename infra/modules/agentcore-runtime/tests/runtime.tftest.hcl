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
  agent_name          = "my-agent"
  region              = "us-east-1"
  bedrock_region      = "us-east-1"
  runtime_source_path = "tests/agent"
  log_group_arns = {
    runtime = "arn:aws:logs:us-east-1:123456789012:log-group:runtime"
    memory  = "arn:aws:logs:us-east-1:123456789012:log-group:memory"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = length(module.runtime) == 1 && length(module.endpoint) == 1 && length(module.package) == 1 && length(module.bucket) == 1 && length(module.memory) == 0 && length(aws_bedrock_inference_profile.model) == 0 && length(module.delivery) == 1
    error_message = "By default there is a runtime with its endpoint, package and bucket."
  }

  assert {
    condition     = local.name == "my_agent_dev_runtime" && aws_iam_role.runtime["runtime"].name == "gatehouse-my-agent-dev-runtime"
    error_message = "Names are derived from the coordinates."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.runtime)) == toset(["logs", "xray"])
    error_message = "The role may log and trace, and nothing that is not switched on."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.runtime["logs"].policy).Statement : startswith(statement.Resource, "arn:aws:logs:us-east-1:123456789012:log-group:/aws/bedrock-agentcore/runtimes/my_agent_dev_runtime-*")])
    error_message = "The role writes its own runtime's logs."
  }

  assert {
    condition = (
      local.runtime_desired.requestHeaderConfiguration.requestHeaderAllowlist == tolist(["X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"])
      && local.runtime_desired.networkConfiguration.networkMode == "PUBLIC"
      && local.runtime_desired.protocolConfiguration.serverProtocol == "HTTP"
      && local.runtime_desired.lifecycleConfiguration.idleRuntimeSessionTimeout == 900
    )
    error_message = "The runtime gets the data grant's header, and AgentCore's defaults."
  }

  assert {
    condition     = local.environment["HOST"] == "0.0.0.0" && local.environment["PORT"] == "8080" && !contains(keys(local.environment), "RUNTIME_CONFIG")
    error_message = "The agent listens as AgentCore wants it."
  }
}

run "all_off" {
  command = plan

  variables {
    enable_runtime       = false
    enable_packaging     = false
    enable_observability = false
    enable_xray          = false
    runtime_source_path  = "nowhere"
  }

  assert {
    condition     = length(module.runtime) == 0 && length(module.endpoint) == 0 && length(module.package) == 0 && length(module.bucket) == 0 && length(aws_iam_role.runtime) == 0 && length(aws_iam_role_policy.runtime) == 0 && length(module.delivery) == 0
    error_message = "What is switched off is not made."
  }

  assert {
    condition     = output.runtime == null && output.runtime_role_arn == "" && output.memory == null && output.deployment_bucket == ""
    error_message = "Outputs of what is not made are empty."
  }
}

run "all_on" {
  command = plan

  override_module {
    target  = module.memory
    outputs = { id = "memory-abcdefghij", arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:memory/memory-abcdefghij", outputs = {} }
  }

  variables {
    environment                        = "prod"
    bedrock_region                     = "eu-west-1"
    python_version                     = "3.13"
    runtime_protocol                   = "MCP"
    runtime_config                     = { depth = 3 }
    runtime_environment                = { BEDROCK_MODEL_ID = "mine" }
    runtime_policy_arns                = ["arn:aws:iam::123456789012:policy/further"]
    runtime_inline_policies            = { topic = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"sns:Publish\", \"Resource\": \"arn:aws:sns:us-east-1:123456789012:topic\"}}" }
    runtime_model_arns                 = ["arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"]
    runtime_network_mode               = "VPC"
    runtime_vpc_config                 = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] }
    runtime_idle_seconds               = 300
    enable_memory                      = true
    memory_runtime_access              = true
    memory_type                        = "LONG_TERM"
    deployment_bucket_name             = "my-packages"
    enable_inference_profile           = true
    inference_profile_model_source_arn = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
    enable_kms                         = true
    kms_key_arn                        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    gateway                            = { arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/tools-abcdefghij", url = "https://tools.example/mcp" }
    code_interpreter                   = { id = "code-abcdefghij", arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:code-interpreter-custom/code-abcdefghij" }
    browser                            = { id = "web-abcdefghij", arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:browser-custom/web-abcdefghij" }
    workload_identity                  = { name = "me", arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/me" }
    credential_providers               = { corp = { arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/corp", client_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:corp-AbCdEf" } }
    guardrail                          = { id = "abcdefghij12", arn = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/abcdefghij12", version = "1" }
    tags                               = { team = "red" }
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.runtime)) == toset(["logs", "xray", "models", "guardrail", "gateway", "code-interpreter", "browser", "memory", "identity", "credential-providers", "kms"])
    error_message = "Each document of the role stands for one thing that is switched on."
  }

  assert {
    condition     = alltrue([for policy in values(aws_iam_role_policy.runtime) : !strcontains(policy.policy, "@")]) && !strcontains(aws_iam_role.runtime["runtime"].assume_role_policy, "@")
    error_message = "A placeholder was left unfilled."
  }

  assert {
    condition     = contains(local.behind, "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0") && contains(local.named_models, "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0")
    error_message = "The models behind profiles may be called too."
  }

  assert {
    condition     = toset(keys(local.environment)) == toset(["HOST", "PORT", "BEDROCK_REGION", "RUNTIME_CONFIG", "GATEWAY_URL", "CODE_INTERPRETER_ID", "BROWSER_ID", "WORKLOAD_IDENTITY", "MEMORY_ID", "GUARDRAIL_ID", "GUARDRAIL_VERSION", "BEDROCK_MODEL_ID"])
    error_message = "The agent is told of all that it may use."
  }

  assert {
    condition     = local.runtime_desired.environmentVariables["PORT"] == "8000" && local.runtime_desired.environmentVariables["RUNTIME_CONFIG"] == "{\"depth\":3}" && local.runtime_desired.environmentVariables["BEDROCK_MODEL_ID"] == "mine"
    error_message = "Settings reach the agent, and what people set comes last."
  }

  assert {
    condition     = local.memory_desired.eventExpiryDuration == 3 && length(local.memory_desired.memoryStrategies) == 3 && local.memory_desired.encryptionKeyArn == var.kms_key_arn
    error_message = "A long-term memory extracts, and forgets events soon."
  }

  assert {
    condition     = length(module.bucket) == 0 && output.deployment_bucket == "my-packages" && aws_iam_role_policy.inline["topic"].name == "further-topic" && length(aws_iam_role_policy_attachment.further) == 1 && local.runtime_desired.networkConfiguration.networkMode == "VPC" && local.runtime_desired.networkConfiguration.networkModeConfig.subnets == tolist(["subnet-0123456789abcdef0"]) && aws_bedrock_inference_profile.model["model"].name == "my-agent-prod-model"
    error_message = "Your own bucket, policies and network are used."
  }
}

run "image" {
  command = plan

  variables {
    runtime_container_uri    = "123456789012.dkr.ecr.eu-west-2.amazonaws.com/agents/hello:1"
    runtime_header_allowlist = []
    enable_memory            = true
    memory_type              = "SHORT_TERM"
    memory_event_days        = 30
  }

  assert {
    condition     = local.artifact.containerConfiguration.containerUri == var.runtime_container_uri && length(module.package) == 0 && length(module.bucket) == 0 && local.runtime_desired.requestHeaderConfiguration == null
    error_message = "An image needs no package."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runtime["image"].policy).Statement[0].Resource == "arn:aws:ecr:eu-west-2:123456789012:repository/agents/hello"
    error_message = "The role pulls this repository alone."
  }

  assert {
    condition     = local.memory_desired.memoryStrategies == null && local.memory_desired.eventExpiryDuration == 30 && !contains(keys(local.documents), "memory")
    error_message = "A short-term memory extracts nothing, and the role does not reach it unasked."
  }
}

run "own_role" {
  command = plan

  variables {
    runtime_role_arn          = "arn:aws:iam::123456789012:role/mine"
    memory_type               = "BOTH"
    runtime_requirements_file = "runtime.py"
    runtime_files             = ["*.txt", "none/*.md"]
  }

  assert {
    condition     = local.files == toset(["notes.txt"])
    error_message = "Data files go along by their patterns; code does not by being there."
  }

  assert {
    condition     = length(aws_iam_role.runtime) == 0 && length(aws_iam_role_policy.runtime) == 0 && local.runtime_desired.roleArn == "arn:aws:iam::123456789012:role/mine" && output.runtime_role_arn == "arn:aws:iam::123456789012:role/mine"
    error_message = "Your own role is used as it is."
  }

  assert {
    condition     = local.memory_desired.eventExpiryDuration == 90 && length(local.memory_desired.memoryStrategies) == 3
    error_message = "BOTH extracts, and keeps events."
  }
}
