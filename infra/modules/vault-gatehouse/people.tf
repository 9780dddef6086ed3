# Operators, who rotate. Off by default: many a Vault has its own ways for people.

resource "vault_auth_backend" "userpass" {
  for_each = var.people_userpass ? { userpass = "userpass-${var.app_id}" } : {}

  path        = each.value
  type        = "userpass"
  description = "Operators of ${var.app_id} by name and password"

  tune {
    default_lease_ttl = "15m"
    max_lease_ttl     = "1h"
  }
}

resource "vault_jwt_auth_backend" "people" {
  for_each = var.people_oidc == null ? {} : { oidc = var.people_oidc }

  path                          = each.value.mount
  type                          = "oidc"
  description                   = "Operators of ${var.app_id} by the provider's login"
  oidc_discovery_url            = each.value.discovery_url
  bound_issuer                  = each.value.discovery_url
  oidc_client_id                = each.value.client_id
  oidc_client_secret_wo         = var.people_oidc_client_secret
  oidc_client_secret_wo_version = var.people_oidc_client_secret_version
  default_role                  = vault_policy.this["operator"].name
}

resource "vault_jwt_auth_backend_role" "operator" {
  for_each = var.people_oidc == null ? {} : { oidc = var.people_oidc }

  backend               = vault_jwt_auth_backend.people["oidc"].path
  role_name             = vault_policy.this["operator"].name
  role_type             = "oidc"
  user_claim            = "sub"
  groups_claim          = each.value.groups_claim
  bound_claims          = { (each.value.groups_claim) = each.value.group }
  bound_audiences       = [each.value.client_id]
  allowed_redirect_uris = each.value.redirect_uris

  token_type              = "service"
  token_ttl               = 900
  token_max_ttl           = 3600
  token_policies          = [vault_policy.this["operator"].name]
  token_no_default_policy = true
}
