data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "names" {
  source      = "../../naming/module"
  agent_name  = var.agent_name
  app_id      = var.app_id
  environment = var.environment
  resources   = ["code-interpreter", "browser", "recordings", "logs-code-interpreter", "logs-browser"]
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  policies  = "${path.module}/../../policies"
  tags      = merge(var.tags, module.names.tags)

  # Both have no update in the API: a change makes a new one, with a new id.
  interpreter_desired = {
    name        = module.names.identifiers["code-interpreter"]
    description = "Python sandbox of ${var.agent_name} (${var.environment})"

    # No execution role: code that a model wrote gets no credentials.
    networkConfiguration = {
      networkMode = var.code_interpreter_network_mode
      vpcConfig = var.code_interpreter_vpc_config == null ? null : {
        subnets        = var.code_interpreter_vpc_config.subnet_ids
        securityGroups = var.code_interpreter_vpc_config.security_group_ids
      }
    }
    tags = local.tags
  }

  browser_desired = {
    name             = module.names.identifiers["browser"]
    description      = "Web browser of ${var.agent_name} (${var.environment})"
    executionRoleArn = local.recorded ? aws_iam_role.browser["browser"].arn : null
    networkConfiguration = {
      networkMode = var.browser_network_mode
      vpcConfig = var.browser_vpc_config == null ? null : {
        subnets        = var.browser_vpc_config.subnet_ids
        securityGroups = var.browser_vpc_config.security_group_ids
      }
    }
    recording = local.recorded ? { enabled = true, s3Location = { bucket = local.recording_bucket, prefix = local.recording_prefix } } : null
    tags      = local.tags
  }
}

module "code_interpreter" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_code_interpreter ? toset(["code-interpreter"]) : []

  kind    = "code_interpreter"
  name    = "code-interpreter"
  desired = local.interpreter_desired
  prefix  = module.names.prefix
  region  = var.region
  python  = var.python
}

module "browser" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_browser ? toset(["browser"]) : []

  kind    = "browser"
  name    = "browser"
  desired = local.browser_desired
  prefix  = module.names.prefix
  region  = var.region
  python  = var.python

  depends_on = [aws_iam_role_policy.browser, module.recordings]
}

# Whose logs are delivered to the foundation's groups.
locals {
  delivered = var.enable_observability ? merge(
    var.enable_code_interpreter ? { code-interpreter = module.code_interpreter["code-interpreter"].arn } : {},
    var.enable_browser ? { browser = module.browser["browser"].arn } : {},
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
