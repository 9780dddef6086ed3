# Foundation stands first; tools, runtime and BFF stand on it, and governance on foundation and runtime.
# Two values go the other way, since nothing would obey them otherwise: the policy engine to the gateway,
# and the guardrail to the agent. Neither of the two depends on anything here, so there is no circle.

locals {
  app_id = coalesce(var.app_id, var.agent_name)

  # What has logs, and so a group for them.
  log_types = [
    for type, made in {
      gateway           = var.enable_gateway
      workload-identity = var.enable_identity
      code-interpreter  = var.enable_code_interpreter
      browser           = var.enable_browser
      runtime           = var.enable_runtime
      memory            = var.enable_memory
    } : type if made
  ]

  # A key is used in its own region, a multi-Region one by its replica in each.
  kms_key_region = var.enable_kms ? try(split(":", var.kms_key_arn)[3], "") : ""
  kms_key_multi  = var.enable_kms && strcontains(var.kms_key_arn, ":key/mrk-")
  kms_keys = {
    for use, region in { agentcore = local.agentcore_region, bedrock = local.bedrock_region, bff = local.bff_region } : use =>
    local.kms_key_multi ? replace(var.kms_key_arn, ":kms:${local.kms_key_region}:", ":kms:${region}:") : var.kms_key_arn
  }
}

# A rule that no single variable can hold. Makes nothing.
resource "terraform_data" "rules" {
  lifecycle {
    precondition {
      condition     = !var.enable_kms || local.kms_key_multi || alltrue([for region in [local.agentcore_region, local.bedrock_region, local.bff_region] : region == local.kms_key_region])
      error_message = "kms_key_arn is in ${local.kms_key_region}, and something is made elsewhere: use one region, or a multi-Region key (mrk-…) with a replica in each of ${join(", ", distinct([local.agentcore_region, local.bedrock_region, local.bff_region]))}."
    }
  }
}

module "foundation" {
  source        = "./modules/agentcore-foundation"
  allow_replace = var.allow_replace

  providers = {
    aws      = aws
    aws.edge = aws.bff
  }

  agent_name  = var.agent_name
  app_id      = var.app_id
  environment = var.environment
  region      = local.agentcore_region
  tags        = var.tags
  python      = var.python

  enable_gateway              = var.enable_gateway
  gateway_name                = var.gateway_name
  gateway_search_type         = var.gateway_search_type
  gateway_role_arn            = var.gateway_role_arn
  gateway_jwt_authorizer      = var.gateway_jwt_authorizer
  mcp_targets                 = var.mcp_targets
  policy_engine               = var.enable_policy_engine ? { arn = module.governance.policy_engine.arn, mode = var.policy_engine_mode } : null
  enable_identity             = var.enable_identity
  oauth_return_urls           = var.oauth_return_urls
  oauth2_credential_providers = var.oauth2_credential_providers
  enable_observability        = var.enable_observability
  log_types                   = local.log_types
  log_retention_days          = var.log_retention_days
  enable_xray                 = var.enable_xray
  alarm_sns_topic_arn         = var.alarm_sns_topic_arn
  enable_waf                  = var.enable_waf
  waf_rate_limit              = var.waf_rate_limit
  enable_kms                  = var.enable_kms
  kms_key_arn                 = local.kms_keys.agentcore
  edge_kms_key_arn            = local.kms_keys.bff
}

module "tools" {
  source        = "./modules/agentcore-tools"
  allow_replace = var.allow_replace

  agent_name  = var.agent_name
  app_id      = var.app_id
  environment = var.environment
  region      = local.agentcore_region
  tags        = var.tags
  python      = var.python

  enable_code_interpreter       = var.enable_code_interpreter
  code_interpreter_network_mode = var.code_interpreter_network_mode
  code_interpreter_vpc_config   = var.code_interpreter_vpc_config
  enable_browser                = var.enable_browser
  browser_network_mode          = var.browser_network_mode
  browser_vpc_config            = var.browser_vpc_config
  enable_browser_recording      = var.enable_browser_recording
  browser_recording_s3_bucket   = var.browser_recording_s3_bucket
  browser_recording_days        = var.browser_recording_days
  enable_observability          = var.enable_observability
  log_group_arns                = module.foundation.log_group_arns
  enable_kms                    = var.enable_kms
  kms_key_arn                   = local.kms_keys.agentcore
}

module "runtime" {
  source        = "./modules/agentcore-runtime"
  allow_replace = var.allow_replace

  providers = {
    aws         = aws
    aws.bedrock = aws.bedrock
  }

  agent_name     = var.agent_name
  app_id         = var.app_id
  environment    = var.environment
  region         = local.agentcore_region
  bedrock_region = local.bedrock_region
  tags           = var.tags
  python         = var.python

  enable_runtime                     = var.enable_runtime
  runtime_source_path                = var.runtime_source_path
  runtime_entry_file                 = var.runtime_entry_file
  runtime_also                       = var.runtime_also
  runtime_files                      = var.runtime_files
  runtime_requirements_file          = var.runtime_requirements_file
  runtime_config                     = var.runtime_config
  runtime_environment                = var.runtime_environment
  runtime_protocol                   = var.runtime_protocol
  runtime_header_allowlist           = var.runtime_header_allowlist
  runtime_network_mode               = var.runtime_network_mode
  runtime_vpc_config                 = var.runtime_vpc_config
  runtime_idle_seconds               = var.runtime_idle_seconds
  runtime_max_lifetime_seconds       = var.runtime_max_lifetime_seconds
  runtime_container_uri              = var.runtime_container_uri
  runtime_role_arn                   = var.runtime_role_arn
  runtime_policy_arns                = var.runtime_policy_arns
  runtime_inline_policies            = var.runtime_inline_policies
  runtime_model_arns                 = var.runtime_model_arns
  runtime_reserved_concurrency       = var.runtime_reserved_concurrency
  enable_memory                      = var.enable_memory
  memory_type                        = var.memory_type
  memory_event_days                  = var.memory_event_days
  memory_runtime_access              = var.memory_runtime_access
  enable_packaging                   = var.enable_packaging
  python_version                     = var.python_version
  lambda_architecture                = var.lambda_architecture
  deployment_bucket_name             = var.deployment_bucket_name
  enable_inference_profile           = var.enable_inference_profile
  inference_profile_name             = var.inference_profile_name
  inference_profile_model_source_arn = var.inference_profile_model_source_arn
  enable_observability               = var.enable_observability
  enable_xray                        = var.enable_xray
  log_group_arns                     = module.foundation.log_group_arns
  enable_kms                         = var.enable_kms
  kms_key_arn                        = local.kms_keys.agentcore

  gateway           = var.enable_gateway ? { arn = module.foundation.gateway_arn, url = module.foundation.gateway_url } : null
  code_interpreter  = module.tools.code_interpreter
  browser           = module.tools.browser
  workload_identity = module.foundation.workload_identity
  guardrail         = var.enable_guardrails ? module.governance.guardrail : null
  credential_providers = {
    for name, provider in var.oauth2_credential_providers : name => {
      arn               = module.foundation.credential_providers[name].arn
      client_secret_arn = provider.client_secret_arn
    } if var.enable_identity
  }
}

module "governance" {
  source        = "./modules/agentcore-governance"
  allow_replace = var.allow_replace

  providers = {
    aws         = aws
    aws.bedrock = aws.bedrock
  }

  agent_name     = var.agent_name
  app_id         = var.app_id
  environment    = var.environment
  region         = local.agentcore_region
  bedrock_region = local.bedrock_region
  tags           = var.tags
  python         = var.python

  enable_policy_engine             = var.enable_policy_engine
  policy_engine_mode               = var.policy_engine_mode
  cedar_policy_files               = var.cedar_policy_files
  policy_engine_schema             = var.policy_engine_schema
  enable_guardrails                = var.enable_guardrails
  guardrail_name                   = var.guardrail_name
  guardrail_filters                = var.guardrail_filters
  guardrail_sensitive_info_filters = var.guardrail_sensitive_info_filters
  enable_evaluations               = var.enable_evaluations
  evaluation_type                  = var.evaluation_type
  evaluator_model_id               = var.evaluator_model_id
  evaluation_prompt                = var.evaluation_prompt
  evaluation_criteria              = var.evaluation_criteria
  evaluation_sampling_percentage   = var.evaluation_sampling_percentage
  enable_kms                       = var.enable_kms
  kms_key_arn                      = local.kms_keys.agentcore
  bedrock_kms_key_arn              = local.kms_keys.bedrock

  gateway = var.enable_gateway ? { arn = module.foundation.gateway_arn } : null
  runtime = var.enable_runtime ? { id = module.runtime.runtime.id, name = module.runtime.runtime.name, endpoint = module.runtime.runtime.endpoint } : null
}
