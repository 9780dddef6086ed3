# What the application is told. Every name of docs/configuration.md that is not here has its default.

locals {
  public_url = var.enable_bff ? "https://${length(var.domain_names) > 0 ? var.domain_names[0] : aws_cloudfront_distribution.front[0].domain_name}" : ""

  # CloudFront's own networks, from which X-Forwarded-For is believed, read from its end: what a client
  # writes into it itself stands before what CloudFront adds, and is never reached.
  cloudfront_networks = var.enable_bff ? sort([for entry in data.aws_ec2_managed_prefix_list.cloudfront[0].entries : entry.cidr]) : []

  trusted_networks = concat(local.cloudfront_networks, local.vpc_networks)

  application = var.enable_bff ? merge(
    var.settings,
    {
      BFF_PUBLIC_URL       = local.public_url
      BFF_APP_ID           = var.app_id
      BFF_OIDC_ISSUER      = var.oidc_issuer
      BFF_OIDC_CLIENT_ID   = var.oidc_client_id
      BFF_OIDC_CLIENT_AUTH = var.oidc_client_auth
      BFF_OIDC_SCOPES      = var.oidc_scopes
      BFF_TENANT_CLAIM     = var.tenant_claim
      BFF_STORE            = "dynamodb:${local.session_table}"
      BFF_SESSION_KEYS     = "awssm:${local.keyring_arn}"
      BFF_TRUSTED_PROXIES  = join(",", local.trusted_networks)
    },
    {
      (var.oidc_client_auth == "private_key_jwt" ? "BFF_OIDC_CLIENT_KEY" : "BFF_OIDC_CLIENT_SECRET") = local.client_credential
    },
    var.admin_issuer == "" ? {} : {
      BFF_ADMIN_ISSUER   = var.admin_issuer
      BFF_ADMIN_AUDIENCE = var.admin_audience
    },
  ) : {}

  environments = {
    # Cookies alone: what comes from a browser carries no token.
    authorizer = {
      BFF_APP_ID = var.app_id
      BFF_STORE  = "dynamodb:${local.session_table}"
    }
    json = merge(local.application, { BFF_REGISTRY = "file:/var/task/registry.toml" })
    # Lambda ends an answer after 15 minutes, whatever it says: people are told before.
    stream = merge({ BFF_STREAM_MAX = "${local.stream_timeout_s - 20}s" }, local.application, {
      BFF_REGISTRY            = "file:/var/task/registry.toml"
      AWS_LAMBDA_EXEC_WRAPPER = "/var/task/stream"
    })
  }

  stream_timeout_s = 900
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = local.here

  name = "com.amazonaws.global.cloudfront.origin-facing"
}
