locals {
  ports = { HTTP = "8080", AGUI = "8080", MCP = "8000", A2A = "9000" }

  environment = merge(
    # AgentCore's contract: all addresses, and the protocol's own port.
    { HOST = "0.0.0.0", PORT = local.ports[var.runtime_protocol], BEDROCK_REGION = var.bedrock_region },
    length(var.runtime_config) == 0 ? {} : { RUNTIME_CONFIG = jsonencode(var.runtime_config) },
    var.gateway == null ? {} : { GATEWAY_URL = try(var.gateway.url, "") },
    var.code_interpreter == null ? {} : { CODE_INTERPRETER_ID = try(var.code_interpreter.id, "") },
    var.browser == null ? {} : { BROWSER_ID = try(var.browser.id, "") },
    var.workload_identity == null ? {} : { WORKLOAD_IDENTITY = try(var.workload_identity.name, "") },
    var.enable_memory ? { MEMORY_ID = module.memory["memory"].id } : {},
    var.guardrail == null ? {} : {
      GUARDRAIL_ID      = try(var.guardrail.id, "")
      GUARDRAIL_VERSION = try(var.guardrail.version, "")
    },
    var.enable_inference_profile ? { BEDROCK_MODEL_ID = aws_bedrock_inference_profile.model["model"].arn } : {},
    var.runtime_environment,
  )

  # By way of JSON, since the two have no common type that the branches could agree on.
  artifact = jsondecode(
    var.runtime_container_uri != "" ? jsonencode({ containerConfiguration = { containerUri = var.runtime_container_uri } }) :
    local.packaged ? jsonencode({
      codeConfiguration = {
        code       = { s3 = { bucket = module.package["package"].bucket, prefix = module.package["package"].code_key } }
        runtime    = "PYTHON_${replace(var.python_version, ".", "_")}"
        entryPoint = [var.runtime_entry_file]
      }
    }) : "null"
  )

  runtime_desired = {
    agentRuntimeName     = local.name
    description          = "${var.agent_name} (${var.environment})"
    agentRuntimeArtifact = local.artifact
    roleArn              = local.role_arn
    networkConfiguration = {
      networkMode = var.runtime_network_mode
      networkModeConfig = var.runtime_vpc_config == null ? null : {
        subnets        = var.runtime_vpc_config.subnet_ids
        securityGroups = var.runtime_vpc_config.security_group_ids
      }
    }
    protocolConfiguration      = { serverProtocol = var.runtime_protocol }
    requestHeaderConfiguration = length(var.runtime_header_allowlist) == 0 ? null : { requestHeaderAllowlist = var.runtime_header_allowlist }
    lifecycleConfiguration = {
      idleRuntimeSessionTimeout = var.runtime_idle_seconds
      maxLifetime               = var.runtime_max_lifetime_seconds
    }
    environmentVariables = local.environment
    tags                 = local.tags
  }
}

module "runtime" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_runtime ? toset(["runtime"]) : []

  kind    = "runtime"
  name    = "runtime"
  desired = local.runtime_desired
  prefix  = module.names.prefix
  region  = var.region
  python  = var.python

  depends_on = [aws_iam_role_policy.runtime, aws_iam_role_policy.inline, aws_iam_role_policy_attachment.further]
}

# DEFAULT always runs the newest version. This one runs the version that was deployed, and can be put
# back to the one before.
module "endpoint" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_runtime ? toset(["endpoint"]) : []

  kind   = "runtime_endpoint"
  name   = "endpoint"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    agentRuntimeId      = module.runtime["runtime"].id
    name                = var.environment
    agentRuntimeVersion = lookup(module.runtime["runtime"].outputs, "agentRuntimeVersion", null)
    description         = "${var.agent_name} (${var.environment})"
    tags                = local.tags
  }
}

# Whose logs are delivered to the foundation's groups.
locals {
  delivered = var.enable_observability ? merge(
    var.enable_runtime ? { runtime = module.runtime["runtime"].arn } : {},
    var.enable_memory ? { memory = module.memory["memory"].arn } : {},
  ) : {}
}

module "delivery" {
  source   = "../../delivery/module"
  for_each = local.delivered

  name          = module.names.hyphenated["logs-${each.key}"]
  resource_arn  = each.value
  log_group_arn = var.log_group_arns[each.key]
  tags          = local.tags
}
