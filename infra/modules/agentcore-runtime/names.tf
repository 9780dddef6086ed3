data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "names" {
  source      = "../../naming/module"
  agent_name  = var.agent_name
  app_id      = var.app_id
  environment = var.environment
  resources   = ["runtime", "memory", "packages", "model", "logs-runtime", "logs-memory"]
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  policies  = "${path.module}/../../policies"
  tags      = merge(var.tags, module.names.tags)
  name      = module.names.identifiers["runtime"]

  # An image wins over a package.
  packaged    = var.enable_runtime && var.enable_packaging && var.runtime_container_uri == ""
  make_bucket = local.packaged && var.deployment_bucket_name == ""
}
