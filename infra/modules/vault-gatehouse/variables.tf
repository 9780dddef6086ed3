variable "app_id" {
  type        = string
  description = "The app's slug, the entry point that people log in at. It stands in Vault's paths as it is."
  nullable    = false

  validation {
    # A `+`, `*`, `/`, `{{` or quotation mark here would be a wildcard, another path or another policy.
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.app_id))
    error_message = "app_id is a slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end."
  }
}

variable "vault_address" {
  type        = string
  description = "Where the workloads reach Vault, https://host:port; only told on, as VAULT_ADDR."
  nullable    = false

  validation {
    condition     = can(regex("^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?$", var.vault_address))
    error_message = "vault_address is https://host or https://host:port: a login sent without TLS is anybody's."
  }
}

variable "mounts" {
  type = object({
    kv       = optional(string, "gatehouse")
    transit  = optional(string, "gatehouse-transit")
    database = optional(string, "gatehouse-database")
    aws      = optional(string, "gatehouse-aws")
  })
  description = "Where the engines are made: one part of a path each, since a reference's mount is its first part."
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

variable "token_ttl_seconds" {
  type        = number
  description = "How long a workload's token is good for before it has to be renewed."
  default     = 600
  nullable    = false

  validation {
    condition     = var.token_ttl_seconds >= 60 && var.token_ttl_seconds <= 900
    error_message = "token_ttl_seconds is 60 to 900: a stolen token is good for no longer."
  }
}

variable "token_max_ttl_seconds" {
  type        = number
  description = "After how long a workload has to log in anew, with an identity that is still its own."
  default     = 3600
  nullable    = false

  validation {
    condition     = var.token_max_ttl_seconds >= 900 && var.token_max_ttl_seconds <= 14400
    error_message = "token_max_ttl_seconds is 900 to 14400: an identity that was taken away counts until then."
  }
}

variable "signing_key_type" {
  type        = string
  description = "The key by which Gatehouse says to the provider which client it is: ecdsa-p256 (ES256) or rsa-… (RS256)."
  default     = "ecdsa-p256"
  nullable    = false

  validation {
    condition     = contains(["ecdsa-p256", "rsa-2048", "rsa-3072", "rsa-4096"], var.signing_key_type)
    error_message = "signing_key_type is ecdsa-p256, rsa-2048, rsa-3072 or rsa-4096: Gatehouse signs ES256 and RS256."
  }
}
