output "policies" {
  description = "The policies' texts, by what they are for: token, bff, operator, agent:<name>."
  value       = local.policies
}

output "names" {
  description = "What the policies, roles and keys are called in Vault, by the same names."
  value       = local.names
}

output "variables" {
  description = "What each workload is told about its login, by its name: no value is a secret."
  value       = local.logins
}

output "references" {
  description = "Where Gatehouse's own secrets are, as its configuration names them; `<…>` is to be filled in."
  value = {
    BFF_OIDC_CLIENT_KEY    = "vault-transit:${var.mounts.transit}/${local.names["bff"]}"
    BFF_OIDC_CLIENT_SECRET = "vault-kv:${var.mounts.kv}/${var.app_id}/bff/oidc#client_secret"
    BFF_SESSION_KEYS       = "vault-kv:${var.mounts.kv}/${var.app_id}/bff/session-keys#keys"
  }
}

output "agent_references" {
  description = "Where an agent's secrets are, by its slug: the beginning of a key-value reference, and two whole ones."
  value = {
    for agent in var.agents : agent => {
      secrets  = "vault-kv:${var.mounts.kv}/${var.app_id}/agents/${agent}/"
      database = "vault-db:${var.mounts.database}/${local.names["agent:${agent}"]}"
      aws      = "vault-aws:${var.mounts.aws}/${local.names["agent:${agent}"]}"
    }
  }
}
