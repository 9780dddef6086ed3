# The front door, and what it is told about the agent behind it.

locals {
  # The runtime that is made, unless another is named. An agent of its own endpoint runs the version that
  # was deployed, and not whatever is newest.
  own_runtime = var.enable_runtime && var.bff_agentcore_runtime_arn == ""
  runtime_arn = !var.enable_bff ? "" : local.own_runtime ? module.runtime.runtime.arn : var.bff_agentcore_runtime_arn

  # An app of one company needs no list: its people carry the app's slug in the tenant claim.
  tenants = merge(var.tenants, length(var.tenants) > 0 ? {} : { (local.app_id) = { name = local.app_id } })

  # A stage has one web ACL: yours, or the one that asks for the origin's secret, or the foundation's. Put
  # together like this, Terraform knows of an ARN that is not there yet that it will not be empty.
  web_acl_arn = var.web_acl_arn != "" || !var.enable_waf || nonsensitive(var.origin_secret != "") ? var.web_acl_arn : "arn:${trimprefix(module.foundation.web_acl_arn, "arn:")}"

  agents = !var.enable_bff ? {} : merge(var.agents, length(var.agents) > 0 ? {} : {
    (var.agent_name) = {
      title     = var.agent_name
      protocol  = var.runtime_protocol
      qualifier = local.own_runtime ? var.environment : null
      data      = true
    }
  })
}

module "bff" {
  source = "./modules/agentcore-bff"

  providers = {
    aws           = aws.bff
    aws.us_east_1 = aws.us_east_1
  }

  app_id      = local.app_id
  environment = var.environment
  tags        = local.tags
  python      = var.python

  source_path         = "${path.root}/../src"
  requirements_path   = "${path.root}/../requirements"
  lambda_architecture = var.lambda_architecture
  python_version      = var.python_version
  log_retention_days  = var.log_retention_days
  enable_xray         = var.enable_xray
  alarm_sns_topic_arn = var.alarm_sns_topic_arn
  enable_kms          = var.enable_kms
  kms_key_arn         = local.kms_keys.bff
  enable_waf          = var.enable_waf

  enable_bff                  = var.enable_bff
  compute                     = var.compute
  deletion_protection         = var.deletion_protection
  oidc_issuer                 = var.oidc_issuer
  oidc_client_id              = var.oidc_client_id
  oidc_client_secret_arn      = var.oidc_client_secret_arn
  oidc_client_secret_key      = var.oidc_client_secret_key
  oidc_client_key_arn         = var.oidc_client_key_arn
  oidc_client_auth            = var.oidc_client_auth
  oidc_scopes                 = var.oidc_scopes
  oidc_authorization_endpoint = var.oidc_authorization_endpoint
  oidc_token_endpoint         = var.oidc_token_endpoint
  tenant_claim                = var.tenant_claim
  session_keys_secret_arn     = var.session_keys_secret_arn
  admin_issuer                = var.admin_issuer
  admin_audience              = var.admin_audience
  settings                    = var.settings
  proxy_reserved_concurrency  = var.proxy_reserved_concurrency
  memory_mb                   = var.memory_mb

  bff_agentcore_runtime_arn = local.runtime_arn
  tenants                   = local.tenants
  providers_of_tenants      = var.providers_of_tenants
  agents                    = local.agents

  domain_names               = var.domain_names
  certificate_arn            = var.certificate_arn
  hosted_zone_id             = var.hosted_zone_id
  price_class                = var.price_class
  spa_path                   = var.spa_path
  enable_access_logs         = var.enable_access_logs
  manage_api_gateway_account = var.manage_api_gateway_account
  waf_requests_per_5_minutes = var.waf_requests_per_5_minutes
  web_acl_arn                = local.web_acl_arn
  origin_secret              = var.origin_secret
  throttling_rate            = var.throttling_rate
  throttling_burst           = var.throttling_burst
  origin_read_timeout        = var.origin_read_timeout

  container_image        = var.container_image
  container_architecture = var.container_architecture
  vpc_id                 = var.vpc_id
  subnet_ids             = var.subnet_ids
  origin_domain_name     = var.origin_domain_name
  origin_certificate_arn = var.origin_certificate_arn
  container_cpu          = var.container_cpu
  container_memory_mb    = var.container_memory_mb
  containers             = var.containers
  stream_drain_seconds   = var.stream_drain_seconds
}
