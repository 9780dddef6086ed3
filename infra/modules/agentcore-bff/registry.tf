# The registry as the application reads it (docs/configuration.md). A JSON text is a TOML text: what
# jsonencode escapes, TOML escapes in the same way.

locals {
  tenant_members = {
    for slug, tenant in var.tenants : "tenants.${slug}" => {
      name      = tenant.name
      claims    = tenant.claims
      issuer    = tenant.issuer
      suspended = tenant.suspended
    }
  }

  provider_members = {
    for slug, provider in var.providers_of_tenants : "providers.${slug}" => {
      issuer          = provider.issuer
      client_id       = provider.client_id
      tenant_claim    = provider.tenant_claim
      client_secret   = provider.client_auth == "private_key_jwt" ? null : "awssm:${provider.client_secret_arn}"
      client_key      = provider.client_auth == "private_key_jwt" ? "awssm:${provider.client_secret_arn}" : null
      client_auth     = provider.client_auth
      scopes          = provider.scopes
      own_callback    = provider.own_callback
      dpop            = provider.dpop
      private_network = provider.private_network
    }
  }

  agent_members = {
    for slug, agent in local.agents : "agents.${slug}" => {
      title              = agent.title
      description        = agent.description
      protocol           = agent.protocol
      runtime_arn        = agent.runtime_arn
      auth               = agent.auth
      invoke_role_arn    = agent.auth == "sigv4" ? "arn:${local.partition}:iam::${local.account}:role/${local.invoke_roles[slug]}" : null
      data_role_arn      = agent.data ? "arn:${local.partition}:iam::${local.account}:role/${local.data_roles[slug]}" : null
      data_bucket        = agent.data ? local.data_bucket : null
      data_table         = agent.data ? local.data_table : null
      tenants            = agent.tenants
      qualifier          = agent.qualifier
      relay              = agent.relay
      for_user           = agent.for_user ? true : null
      acr_values         = agent.acr_values
      max_age_s          = agent.max_age_s
      stop_on_disconnect = agent.stop_on_disconnect
      websocket          = agent.websocket ? true : null
      stop_by            = agent.stop_by
      stop_body          = agent.stop_body
      detach             = agent.detach
    }
  }

  registry = join("\n", flatten([
    for entries in [local.tenant_members, local.provider_members, local.agent_members] : [
      for section, members in entries : concat(
        ["[${section}]"],
        [for name, value in members : "${name} = ${jsonencode(value)}" if value != null],
        [""],
      )
    ]
  ]))

  # Every agent with its runtime and the tenants that may use it.
  agents = {
    for slug, agent in var.agents : slug => merge(agent, {
      runtime_arn = agent.runtime_arn == "" ? var.bff_agentcore_runtime_arn : agent.runtime_arn
      tenants     = agent.tenants == null ? sort(keys(var.tenants)) : sort(distinct(agent.tenants))
    })
  }
}
