# Everything about Vault that is decided before any provider is asked: names, policies, and what the
# workloads are told. Terraform runs these tests without Vault's provider.

locals {
  # Slugs hold no `_`: the app `a` with the agent `b-c` is not the app `a-b` with the agent `c`.
  workloads = merge(
    { bff = "${var.app_id}_bff" },
    { for agent in var.agents : "agent:${agent}" => "${var.app_id}_agent_${agent}" },
  )

  places = merge(var.mounts, { app = var.app_id })

  policies = merge(
    {
      token    = templatefile("${path.module}/policies/token.hcl", local.places)
      bff      = templatefile("${path.module}/policies/bff.hcl", local.places)
      operator = templatefile("${path.module}/policies/operator.hcl", local.places)
    },
    {
      for agent in var.agents :
      "agent:${agent}" => templatefile("${path.module}/policies/agent.hcl", merge(local.places, { agent = agent }))
    },
  )

  names = merge(
    local.workloads,
    { token = "${var.app_id}_token", operator = "${var.app_id}_operator" },
  )

  logins = {
    for workload, one in var.identities : workload => {
      for name, value in {
        BFF_VAULT_AUTH          = one.auth
        BFF_VAULT_MOUNT         = one.mount
        BFF_VAULT_ROLE          = one.role != "" ? one.role : "gatehouse_${local.workloads[workload]}"
        BFF_VAULT_AUDIENCE      = contains(["jwt-svid"], one.auth) ? one.audience : ""
        BFF_VAULT_AWS_SERVER_ID = one.auth == "aws-iam" ? one.server : ""
        BFF_VAULT_JWT_FILE      = one.jwt_file
        BFF_SPIFFE_ID           = one.auth == "jwt-svid" ? one.spiffe : ""
      } : name => value if value != ""
    }
  }
}
