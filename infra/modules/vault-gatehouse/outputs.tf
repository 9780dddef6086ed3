output "variables" {
  description = "The environment of Gatehouse: addresses, names and references. None of it is a secret."
  value = merge(
    { VAULT_ADDR = var.vault_address, BFF_OIDC_CLIENT_AUTH = "private_key_jwt" },
    module.decided.variables["bff"],
    { for name in ["BFF_OIDC_CLIENT_KEY", "BFF_SESSION_KEYS"] : name => module.decided.references[name] },
  )
}

output "agent_variables" {
  description = "The environment of each agent, by its slug: how it logs in."
  value = {
    for agent in keys(var.agents) : agent => merge({ VAULT_ADDR = var.vault_address }, module.decided.variables["agent:${agent}"])
  }
}

output "agent_references" {
  description = "Where each agent's secrets are, by its slug: the beginning of a key-value reference, and two whole ones."
  value       = module.decided.agent_references
}

output "client_secret_reference" {
  description = "Where to put a client secret, should the provider take no other credential (BFF_OIDC_CLIENT_SECRET)."
  value       = module.decided.references["BFF_OIDC_CLIENT_SECRET"]
}

output "operator_policy" {
  description = "The policy for whoever rotates, to be given to a login of people."
  value       = vault_policy.this["operator"].name
}
