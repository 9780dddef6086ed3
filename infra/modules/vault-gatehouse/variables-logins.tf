variable "spire" {
  type = object({
    mount              = optional(string, "jwt-spire")
    oidc_discovery_url = optional(string, "")
    jwks_url           = optional(string, "")
    public_keys        = optional(list(string), [])
    issuer             = optional(string, "")
    audience           = optional(string, "vault")
  })
  description = "How Vault knows SPIRE's signatures: its OIDC discovery provider, a JWKS, or keys in PEM. Null: no SPIFFE ids."
  default     = null

  validation {
    condition = var.spire == null || try(length([for given in [
      var.spire.oidc_discovery_url != "", var.spire.jwks_url != "", length(var.spire.public_keys) > 0,
    ] : given if given]) == 1, false)
    error_message = "spire is exactly one of oidc_discovery_url, jwks_url, public_keys."
  }

  validation {
    condition     = var.spire == null || try(alltrue([for url in [var.spire.oidc_discovery_url, var.spire.jwks_url] : url == "" || startswith(url, "https://")]), false)
    error_message = "spire: oidc_discovery_url and jwks_url are https: who changes the keys on the way is every workload."
  }

  validation {
    condition     = var.spire == null || try(can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.spire.mount)) && length(var.spire.audience) > 0, false)
    error_message = "spire: mount is a slug, and audience is not empty: without one, a token for anybody logs in."
  }

  validation {
    condition     = var.spire != null || alltrue([for one in concat([var.bff], values(var.agents)) : one.spiffe_id == ""])
    error_message = "spire is needed: a workload has a spiffe_id."
  }
}

variable "aws_login" {
  type = object({
    mount     = optional(string, "aws")
    server_id = string
  })
  description = "Logins of AWS roles by a signed GetCallerIdentity; `server_id` is what they are signed for, such as Vault's host name. Null: none."
  default     = null

  validation {
    condition     = var.aws_login == null || try(can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.aws_login.mount)) && can(regex("^[A-Za-z0-9.-]{1,253}$", var.aws_login.server_id)), false)
    error_message = "aws_login: mount is a slug, server_id a host name: without one, a login for another Vault is a login here."
  }

  validation {
    condition     = var.aws_login != null || alltrue([for one in concat([var.bff], values(var.agents)) : length(one.iam_principal_arns) == 0])
    error_message = "aws_login is needed: a workload has iam_principal_arns."
  }
}

variable "kubernetes" {
  type = object({
    mount    = optional(string, "kubernetes")
    host     = string
    ca_cert  = optional(string, "")
    audience = optional(string, "vault")
  })
  description = "The cluster whose service accounts log in: its API, its CA in PEM, and the audience of the projected tokens. Null: none."
  default     = null

  validation {
    condition     = var.kubernetes == null || try(can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.kubernetes.mount)) && startswith(var.kubernetes.host, "https://") && length(var.kubernetes.audience) > 0, false)
    error_message = "kubernetes: mount is a slug, host is https, and audience is not empty: without one, the token of any other service logs in."
  }

  validation {
    condition     = var.kubernetes != null || alltrue([for one in concat([var.bff], values(var.agents)) : one.service_account == null])
    error_message = "kubernetes is needed: a workload has a service_account."
  }
}

variable "people_userpass" {
  type        = bool
  description = "Let operators log in to Vault by name and password. Users are made by hand (`vault write auth/…/users/…`): a password in Terraform is one in its state."
  default     = false
  nullable    = false
}

variable "people_oidc" {
  type = object({
    mount         = optional(string, "oidc")
    discovery_url = string
    client_id     = string
    groups_claim  = optional(string, "groups")
    group         = string
    redirect_uris = list(string)
  })
  description = "Let operators log in to Vault at your provider: members of `group` and nobody else. Null: no such login."
  default     = null

  validation {
    condition     = var.people_oidc == null || try(can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.people_oidc.mount)) && startswith(var.people_oidc.discovery_url, "https://") && length(var.people_oidc.group) > 0, false)
    error_message = "people_oidc: mount is a slug, discovery_url is https, and group is not empty: without one, everybody at the provider is an operator."
  }

  validation {
    condition     = var.people_oidc == null || try(length(var.people_oidc.redirect_uris) > 0 && alltrue([for uri in var.people_oidc.redirect_uris : can(regex("^(https://[^*]+|http://localhost:[0-9]+/[^*]*)$", uri))]), false)
    error_message = "people_oidc: redirect_uris are https, or http://localhost for the command line, without a star."
  }
}

variable "people_oidc_client_secret" {
  type        = string
  description = "The secret of that client, which Vault's OIDC login needs; written to Vault and never into the state."
  default     = ""
  nullable    = false
  sensitive   = true
  ephemeral   = true
}

variable "people_oidc_client_secret_version" {
  type        = number
  description = "To be raised by one whenever that secret is another: Terraform does not remember what it wrote."
  default     = 1
  nullable    = false

  validation {
    condition     = var.people_oidc_client_secret_version >= 1 && floor(var.people_oidc_client_secret_version) == var.people_oidc_client_secret_version
    error_message = "people_oidc_client_secret_version is a whole number from 1."
  }
}
