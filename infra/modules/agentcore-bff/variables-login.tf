# What the BFF's settings are made of. Defaults that are the application's own are not repeated here:
# what is not set is not passed on (docs/configuration.md).

variable "oidc_issuer" {
  description = "The provider, just as its discovery document spells it."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.oidc_issuer == "" ? !var.enable_bff : can(regex("^https://[^\\s/?#@]+[^\\s?#]*$", var.oidc_issuer))
    error_message = "oidc_issuer has to be an https URL without query; enable_bff needs it."
  }
}

variable "oidc_client_id" {
  description = "Who we are at the provider."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.oidc_client_id != "" || !var.enable_bff
    error_message = "oidc_client_id is empty; enable_bff needs it."
  }
}

variable "oidc_client_secret_arn" {
  description = "The secret, in Secrets Manager, that holds our client secret (or, for private_key_jwt, our key). Somebody else makes it: its value never passes through Terraform."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.oidc_client_secret_arn == "" ? !var.enable_bff || var.oidc_client_key_arn != "" : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$", var.oidc_client_secret_arn))
    error_message = "oidc_client_secret_arn has to be the ARN of a secret in Secrets Manager, not the secret itself; enable_bff needs it, or oidc_client_key_arn."
  }

  validation {
    condition     = var.oidc_client_secret_arn == "" || var.oidc_client_key_arn == ""
    error_message = "oidc_client_secret_arn and oidc_client_key_arn are both set: we have one credential."
  }
}

variable "oidc_client_secret_key" {
  description = "The member of the secret's JSON object; `\"\"`: the secret is the whole text."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]*$", var.oidc_client_secret_key))
    error_message = "oidc_client_secret_key has to be a member's name: letters, digits, _ . and -."
  }
}

variable "oidc_client_key_arn" {
  description = "The key in KMS by which we sign as a client (`oidc_client_auth = \"private_key_jwt\"`), in place of oidc_client_secret_arn: it never leaves KMS. Of usage SIGN_VERIFY and spec ECC_NIST_P256, or RSA_2048 to RSA_4096."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.oidc_client_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-)?[0-9a-f-]{32,36}$", var.oidc_client_key_arn))
    error_message = "oidc_client_key_arn has to be the ARN of a key in KMS, and not of an alias: the permission to sign is one for this key."
  }

  validation {
    condition     = var.oidc_client_key_arn == "" || var.oidc_client_auth == "private_key_jwt"
    error_message = "oidc_client_key_arn needs oidc_client_auth = \"private_key_jwt\": by the other methods nothing is signed."
  }
}

variable "oidc_client_auth" {
  description = "How we prove to the provider who we are."
  type        = string
  default     = "client_secret_basic"
  nullable    = false

  validation {
    condition     = contains(["client_secret_basic", "client_secret_post", "private_key_jwt"], var.oidc_client_auth)
    error_message = "oidc_client_auth has to be client_secret_basic, client_secret_post or private_key_jwt."
  }
}

variable "oidc_scopes" {
  description = "What is asked for at a login; `openid` has to be among it."
  type        = string
  default     = "openid profile email"
  nullable    = false

  validation {
    condition     = contains(split(" ", var.oidc_scopes), "openid")
    error_message = "oidc_scopes lacks openid."
  }
}

variable "oidc_authorization_endpoint" {
  description = "Refused: the provider's discovery document says where its endpoints are, and what it says is checked."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.oidc_authorization_endpoint == ""
    error_message = "oidc_authorization_endpoint cannot be overridden: endpoints come from the discovery document of oidc_issuer, since one from elsewhere could be anybody's (mix-up attack, RFC 9700). Remove it."
  }
}

variable "oidc_token_endpoint" {
  description = "Refused, for the same reason: the client secret goes there."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.oidc_token_endpoint == ""
    error_message = "oidc_token_endpoint cannot be overridden: endpoints come from the discovery document of oidc_issuer, since the client secret and every code go there. Remove it."
  }
}

variable "tenant_claim" {
  description = "The ID token's claim that names the tenant: `tid`, `org_id`, `custom:tenant_id` …"
  type        = string
  default     = "tenant_id"
  nullable    = false

  validation {
    condition     = can(regex("^\\S+$", var.tenant_claim))
    error_message = "tenant_claim has to be the name of a claim."
  }
}

variable "session_keys_secret_arn" {
  description = "A secret that holds a keyring (`gatehouse keys new`). Without it a secret is made, and filled by the first apply with keys that neither Terraform nor its state ever sees."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.session_keys_secret_arn == "" || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$", var.session_keys_secret_arn))
    error_message = "session_keys_secret_arn has to be the ARN of a secret in Secrets Manager."
  }
}

variable "admin_issuer" {
  description = "The issuer of administrators' tokens. Without it there is no /admin."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.admin_issuer == "" || can(regex("^https://[^\\s/?#@]+[^\\s?#]*$", var.admin_issuer))
    error_message = "admin_issuer has to be an https URL without query."
  }

  validation {
    condition     = (var.admin_issuer == "") == (var.admin_audience == "")
    error_message = "admin_issuer and admin_audience belong together: administrators need both."
  }
}

variable "admin_audience" {
  description = "The audience of administrators' tokens: never oidc_client_id."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.admin_audience == "" || var.admin_audience != var.oidc_client_id
    error_message = "admin_audience is oidc_client_id; administration needs one of its own."
  }
}

variable "settings" {
  description = "Further settings of the application, by their variables' names (docs/configuration.md): limits, lifetimes, bounds. No secrets, and nothing that the module sets itself."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for name in keys(var.settings) : contains([
      "BFF_OIDC_DPOP", "BFF_OIDC_PRIVATE_NETWORK", "BFF_SESSION_IDLE", "BFF_SESSION_ABSOLUTE", "BFF_SESSION_CACHE", "BFF_GRANT_SECONDS",
      "BFF_MAX_BODY_BYTES", "BFF_MAX_ANSWER_BYTES", "BFF_STREAM_IDLE", "BFF_STREAM_MAX",
      "BFF_LIMIT_LOGINS", "BFF_LIMIT_CALLBACKS", "BFF_LIMIT_ADDRESS_CALLS", "BFF_LIMIT_CALLS", "BFF_LIMIT_TENANT_CALLS",
      "BFF_LIMIT_MESSAGES", "BFF_LIMIT_TENANT_MESSAGES",
      "BFF_STREAMS_PER_SUBJECT", "BFF_STREAMS_PER_TENANT", "BFF_STREAMS", "BFF_UPSTREAM",
    ], name)])
    error_message = "settings has a name that is no setting, or one that the module sets itself (docs/infra.md)."
  }
}
