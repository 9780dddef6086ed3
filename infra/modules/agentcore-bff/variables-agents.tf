# The registry: what tenants there are, what agents, and which tenant may use which.

variable "bff_agentcore_runtime_arn" {
  description = "The AgentCore runtime of every agent that names none of its own."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.bff_agentcore_runtime_arn == "" || can(regex("^arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[A-Za-z][A-Za-z0-9_-]{0,99}$", var.bff_agentcore_runtime_arn))
    error_message = "bff_agentcore_runtime_arn has to be arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID."
  }
}

variable "tenants" {
  description = "The tenants, by their slugs. `claims`: the values of the provider's tenant claim that mean it (default: the slug). `issuer`: whose claims count (default: oidc_issuer)."
  type = map(object({
    name      = string
    claims    = optional(list(string))
    issuer    = optional(string)
    suspended = optional(bool)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for slug in keys(var.tenants) : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", slug))])
    error_message = "The keys of tenants have to be slugs: 1 to 63 lower-case letters, digits and inner hyphens."
  }

  validation {
    condition     = length(var.tenants) > 0 || !var.enable_bff
    error_message = "tenants is empty; enable_bff needs at least one, or nobody could log in."
  }
}

variable "providers_of_tenants" {
  description = "Identity providers that tenants bring along, by their slugs. `client_secret_arn` names a secret in Secrets Manager; with `client_auth = \"private_key_jwt\"` it holds our key."
  type = map(object({
    issuer            = string
    client_id         = string
    tenant_claim      = string
    client_secret_arn = string
    client_auth       = optional(string)
    scopes            = optional(string)
    own_callback      = optional(bool)
    dpop              = optional(bool)
    private_network   = optional(bool)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for slug in keys(var.providers_of_tenants) : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", slug))])
    error_message = "The keys of providers_of_tenants have to be slugs: 1 to 63 lower-case letters, digits and inner hyphens."
  }

  validation {
    condition     = alltrue([for provider in values(var.providers_of_tenants) : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$", provider.client_secret_arn))])
    error_message = "client_secret_arn of providers_of_tenants has to be the ARN of a secret in Secrets Manager, not the secret itself."
  }
}

variable "agents" {
  description = "The agents, by their slugs, as in the registry (docs/configuration.md). `runtime_arn` defaults to bff_agentcore_runtime_arn, `tenants` to all of them; `data = true` gives the agent the caller's tenant's own storage."
  type = map(object({
    title              = string
    description        = optional(string)
    protocol           = optional(string, "AGUI")
    runtime_arn        = optional(string, "")
    auth               = optional(string, "sigv4")
    tenants            = optional(list(string))
    data               = optional(bool, false)
    qualifier          = optional(string)
    relay              = optional(string)
    for_user           = optional(bool, false)
    acr_values         = optional(list(string))
    max_age_s          = optional(number)
    stop_on_disconnect = optional(bool)
    websocket          = optional(bool, false)
    stop_by            = optional(string)
    stop_body          = optional(string)
    detach             = optional(bool)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for slug in keys(var.agents) : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", slug))])
    error_message = "The keys of agents have to be slugs: 1 to 63 lower-case letters, digits and inner hyphens."
  }

  validation {
    condition     = length(var.agents) > 0 || !var.enable_bff
    error_message = "agents is empty; enable_bff needs at least one."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : contains(["AGUI", "HTTP", "MCP", "A2A"], agent.protocol)])
    error_message = "protocol of agents has to be AGUI, HTTP, MCP or A2A."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : contains(["sigv4", "jwt"], agent.auth)])
    error_message = "auth of agents has to be sigv4 (a grant of AWS) or jwt (the person's access token)."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : length(setsubtract(coalesce(agent.tenants, []), keys(var.tenants))) == 0])
    error_message = "tenants of agents has to name keys of tenants."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.tenants == null ? true : length(agent.tenants) > 0])
    error_message = "tenants of agents must not be empty: leave it out for all tenants, or leave out the agent."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.runtime_arn == "" ? var.bff_agentcore_runtime_arn != "" : can(regex("^arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[A-Za-z][A-Za-z0-9_-]{0,99}$", agent.runtime_arn))])
    error_message = "runtime_arn of agents has to be arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID; without one, bff_agentcore_runtime_arn has to be set."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : !(agent.websocket && var.compute == "lambda")])
    error_message = "websocket of agents needs compute = \"fargate\": behind a REST API and a function there are no WebSockets."
  }
}
