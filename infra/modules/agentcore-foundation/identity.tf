module "workload_identity" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_identity ? toset(["identity"]) : []

  kind   = "workload_identity"
  name   = "workload-identity"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    name                            = module.names.hyphenated["workload-identity"]
    allowedResourceOauth2ReturnUrls = var.oauth_return_urls
    tags                            = local.tags
  }
}

locals {
  # The API has a member of its own for some vendors, and one for all others.
  own_members = {
    CustomOauth2     = "customOauth2ProviderConfig"
    GoogleOauth2     = "googleOauth2ProviderConfig"
    GithubOauth2     = "githubOauth2ProviderConfig"
    SlackOauth2      = "slackOauth2ProviderConfig"
    SalesforceOauth2 = "salesforceOauth2ProviderConfig"
    MicrosoftOauth2  = "microsoftOauth2ProviderConfig"
    AtlassianOauth2  = "atlassianOauth2ProviderConfig"
    LinkedinOauth2   = "linkedinOauth2ProviderConfig"
  }

  provider_configs = {
    for name, provider in var.oauth2_credential_providers : name => merge(
      {
        clientId           = provider.client_id
        clientSecretSource = "EXTERNAL"
        clientSecretConfig = { secretId = provider.client_secret_arn, jsonKey = provider.client_secret_json_key }
      },
      provider.vendor == "CustomOauth2" ? { oauthDiscovery = { discoveryUrl = provider.discovery_url } } : {},
      provider.vendor == "MicrosoftOauth2" && provider.microsoft_tenant_id != "" ? { tenantId = provider.microsoft_tenant_id } : {},
      contains(keys(local.own_members), provider.vendor) || provider.issuer == "" ? {} : { issuer = provider.issuer },
      contains(keys(local.own_members), provider.vendor) || provider.authorization_endpoint == "" ? {} : { authorizationEndpoint = provider.authorization_endpoint },
      contains(keys(local.own_members), provider.vendor) || provider.token_endpoint == "" ? {} : { tokenEndpoint = provider.token_endpoint },
    )
  }
}

module "credential_provider" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = { for name, provider in var.oauth2_credential_providers : name => provider if var.enable_identity }

  kind   = "oauth2_credential_provider"
  name   = "oauth2-${substr(sha256(each.key), 0, 12)}"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    # The name is unique in the account, so it carries whose it is.
    name                      = "${module.names.hyphenated["workload-identity"]}-${each.key}"
    credentialProviderVendor  = each.value.vendor
    oauth2ProviderConfigInput = { (lookup(local.own_members, each.value.vendor, "includedOauth2ProviderConfig")) = local.provider_configs[each.key] }
    tags                      = local.tags
  }
}
