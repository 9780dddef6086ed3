# The engine knows nothing of the gateway, and the gateway names the engine; the policies are made after
# both, since they are checked against the gateway's tools.

module "policy_engine" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_policy_engine ? toset(["engine"]) : []

  kind   = "policy_engine"
  name   = "policy-engine"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    name             = module.names.identifiers["policies"]
    description      = "Tool calls of ${var.agent_name} (${var.environment})"
    encryptionKeyArn = local.kms_key
    tags             = local.tags
  }
}

locals {
  statements = {
    for name, file in var.cedar_policy_files : name =>
    trimspace(replace(file(startswith(file, "/") ? file : "${path.root}/${file}"), "@GATEWAY_ARN@", try(var.gateway.arn, "")))
  }
}

module "policy" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = { for name, file in var.cedar_policy_files : name => file if var.enable_policy_engine }

  kind   = "policy"
  name   = "policy-${substr(sha256(each.key), 0, 12)}"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    policyEngineId = module.policy_engine["engine"].id
    name           = replace(each.key, "-", "_")
    definition     = { cedar = { statement = local.statements[each.key] } }

    # A policy that permits everything, or nothing, or names a tool that is not there, is a mistake.
    # Without a gateway there are no tools to check against.
    validationMode = var.gateway == null ? "IGNORE_ALL_FINDINGS" : "FAIL_ON_ANY_FINDINGS"
  }
}
