variable "app_id" {
  type        = string
  description = "The app's slug. It stands in Vault's paths as it is, so nothing is folded or escaped."
  nullable    = false

  validation {
    # A `+`, `*`, `/`, `{{` or quotation mark here would be a wildcard, another path or another policy.
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.app_id))
    error_message = "app_id is a slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end."
  }
}

variable "agents" {
  type        = set(string)
  description = "The agents' slugs: each gets a policy that reaches its own secrets and no other's."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for agent in var.agents : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", agent))])
    error_message = "agents are slugs: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end."
  }
}

variable "mounts" {
  type = object({
    kv       = optional(string, "gatehouse")
    transit  = optional(string, "gatehouse-transit")
    database = optional(string, "gatehouse-database")
    aws      = optional(string, "gatehouse-aws")
  })
  description = "Where the engines are: one part of a path each, since a reference's mount is its first part."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for mount in values(var.mounts) : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", mount))])
    error_message = "mounts are slugs: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end, no slash."
  }

  validation {
    condition     = length(distinct(values(var.mounts))) == 4
    error_message = "mounts are four different ones: each engine's paths mean something else."
  }

  validation {
    condition     = length(setintersection(values(var.mounts), ["sys", "auth", "identity", "cubbyhole"])) == 0
    error_message = "mounts: sys, auth, identity and cubbyhole are Vault's own."
  }
}

variable "identities" {
  type = map(object({
    auth     = string
    mount    = string
    role     = optional(string, "")
    audience = optional(string, "vault")
    spiffe   = optional(string, "")
    server   = optional(string, "")
    jwt_file = optional(string, "")
  }))
  description = "How each workload logs in, by its name: `bff`, or an agent's slug after `agent:`."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for one in values(var.identities) : contains(["jwt-svid", "jwt-file", "aws-iam", "kubernetes"], one.auth)])
    error_message = "identities: auth is jwt-svid, jwt-file, aws-iam or kubernetes."
  }
}
