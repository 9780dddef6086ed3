module "decided" {
  source = "../../vault/module"

  app_id     = var.app_id
  agents     = toset(keys(var.agents))
  mounts     = var.mounts
  identities = local.identities
}

locals {
  workloads = merge({ bff = var.bff }, { for agent, one in var.agents : "agent:${agent}" => one })

  by_spiffe     = { for name, one in local.workloads : name => one if one.spiffe_id != "" }
  by_aws        = { for name, one in local.workloads : name => one if length(one.iam_principal_arns) > 0 }
  by_kubernetes = { for name, one in local.workloads : name => one if one.service_account != null }

  identities = merge(
    { for name, one in local.by_spiffe : name => {
      auth = "jwt-svid", mount = try(var.spire.mount, ""), audience = try(var.spire.audience, ""), spiffe = one.spiffe_id
    } },
    { for name, one in local.by_aws : name => {
      auth = "aws-iam", mount = try(var.aws_login.mount, ""), server = try(var.aws_login.server_id, "")
    } },
    { for name, one in local.by_kubernetes : name => { auth = "kubernetes", mount = try(var.kubernetes.mount, "") } },
  )

  # A workload's token carries its own policy and the one for looking after itself.
  token_policies = { for name in keys(local.workloads) : name => [
    vault_policy.this["token"].name, vault_policy.this[name].name,
  ] }
}

resource "vault_policy" "this" {
  # What is secret in nothing: the keys are names, the texts are in this repository.
  for_each = module.decided.policies

  name   = "gatehouse_${module.decided.names[each.key]}"
  policy = each.value
}
