data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "names" {
  source      = "../../naming/module"
  agent_name  = var.agent_name
  app_id      = var.app_id
  environment = var.environment
  resources   = ["policies", "guardrail", "evaluation", "judge-tool-call", "judge-reasoning", "judge-response", "runtime"]
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  policies  = "${path.module}/../../policies"
  tags      = merge(var.tags, module.names.tags)
  kms_key   = var.enable_kms ? var.kms_key_arn : null
}
