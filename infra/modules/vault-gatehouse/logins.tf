resource "vault_jwt_auth_backend" "spire" {
  for_each = var.spire == null ? {} : { spire = var.spire }

  path                   = each.value.mount
  type                   = "jwt"
  description            = "Workloads by the SPIFFE ids that SPIRE issues"
  oidc_discovery_url     = each.value.oidc_discovery_url != "" ? each.value.oidc_discovery_url : null
  jwks_url               = each.value.jwks_url != "" ? each.value.jwks_url : null
  jwt_validation_pubkeys = length(each.value.public_keys) > 0 ? each.value.public_keys : null
  bound_issuer           = each.value.issuer != "" ? each.value.issuer : null
  # SPIRE signs ES256 unless told otherwise; Vault takes RS256 alone unless told otherwise.
  jwt_supported_algs = ["ES256", "RS256"]
}

resource "vault_jwt_auth_backend_role" "workload" {
  for_each = local.by_spiffe

  backend   = vault_jwt_auth_backend.spire["spire"].path
  role_name = "gatehouse_${module.decided.names[each.key]}"
  role_type = "jwt"
  # Without the subject, whoever SPIRE knows would be this workload.
  bound_subject   = each.value.spiffe_id
  bound_audiences = [var.spire.audience]
  user_claim      = "sub"

  token_type              = "service"
  token_ttl               = var.token_ttl_seconds
  token_max_ttl           = var.token_max_ttl_seconds
  token_policies          = local.token_policies[each.key]
  token_no_default_policy = true
}

resource "vault_auth_backend" "aws" {
  for_each = var.aws_login == null ? {} : { aws = var.aws_login }

  path        = each.value.mount
  type        = "aws"
  description = "Workloads by the AWS roles that they have"
}

resource "vault_aws_auth_backend_client" "this" {
  for_each = var.aws_login == null ? {} : { aws = var.aws_login }

  backend = vault_auth_backend.aws["aws"].path
  # A login that was signed for another Vault is none here.
  iam_server_id_header_value = each.value.server_id
  # Logins are signed for the regional endpoint, so that none of them depends on us-east-1.
  use_sts_region_from_client = true
}

resource "vault_aws_auth_backend_role" "workload" {
  for_each = local.by_aws

  backend                  = vault_auth_backend.aws["aws"].path
  role                     = "gatehouse_${module.decided.names[each.key]}"
  auth_type                = "iam"
  bound_iam_principal_arns = each.value.iam_principal_arns
  # A role that is deleted and made again under its name is another one.
  resolve_aws_unique_ids = true

  token_type              = "service"
  token_ttl               = var.token_ttl_seconds
  token_max_ttl           = var.token_max_ttl_seconds
  token_policies          = local.token_policies[each.key]
  token_no_default_policy = true
}

resource "vault_auth_backend" "kubernetes" {
  for_each = var.kubernetes == null ? {} : { kubernetes = var.kubernetes }

  path        = each.value.mount
  type        = "kubernetes"
  description = "Workloads by their service accounts"
}

resource "vault_kubernetes_auth_backend_config" "this" {
  for_each = var.kubernetes == null ? {} : { kubernetes = var.kubernetes }

  backend            = vault_auth_backend.kubernetes["kubernetes"].path
  kubernetes_host    = each.value.host
  kubernetes_ca_cert = each.value.ca_cert != "" ? each.value.ca_cert : null
}

resource "vault_kubernetes_auth_backend_role" "workload" {
  for_each = local.by_kubernetes

  backend                          = vault_auth_backend.kubernetes["kubernetes"].path
  role_name                        = "gatehouse_${module.decided.names[each.key]}"
  bound_service_account_names      = [each.value.service_account.name]
  bound_service_account_namespaces = [each.value.service_account.namespace]
  audience                         = var.kubernetes.audience

  token_type              = "service"
  token_ttl               = var.token_ttl_seconds
  token_max_ttl           = var.token_max_ttl_seconds
  token_policies          = local.token_policies[each.key]
  token_no_default_policy = true
}
