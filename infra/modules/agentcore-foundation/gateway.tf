module "gateway" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_gateway ? toset(["gateway"]) : []

  kind   = "gateway"
  name   = "gateway"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = local.gateway_desired

  depends_on = [aws_iam_role_policy.gateway]
}

module "target" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = { for key, target in var.mcp_targets : key => target if var.enable_gateway }

  kind   = "gateway_target"
  name   = "target-${substr(sha256(each.value.name), 0, 12)}"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    gatewayIdentifier = module.gateway["gateway"].id
    name              = each.value.name
    description       = each.value.description == "" ? null : each.value.description
    targetConfiguration = {
      mcp = { lambda = { lambdaArn = each.value.lambda_arn, toolSchema = local.tool_schemas[each.key] } }
    }
    credentialProviderConfigurations = [{ credentialProviderType = "GATEWAY_IAM_ROLE" }]
  }
}

locals {
  gateway_desired = {
    name         = local.gateway_name
    description  = "Tools of ${var.agent_name} (${var.environment})"
    roleArn      = local.gateway_role_arn
    protocolType = "MCP"

    # The API knows SEMANTIC or nothing; SEMANTIC adds a search to the listing, which is a hybrid already.
    protocolConfiguration = var.gateway_search_type == "NONE" ? null : { mcp = { searchType = "SEMANTIC" } }

    # Never NONE: an open gateway lends its role to everybody.
    authorizerType = var.gateway_jwt_authorizer == null ? "AWS_IAM" : "CUSTOM_JWT"
    authorizerConfiguration = var.gateway_jwt_authorizer == null ? null : {
      customJWTAuthorizer = {
        discoveryUrl    = var.gateway_jwt_authorizer.discovery_url
        allowedAudience = length(var.gateway_jwt_authorizer.allowed_audience) == 0 ? null : var.gateway_jwt_authorizer.allowed_audience
        allowedClients  = length(var.gateway_jwt_authorizer.allowed_clients) == 0 ? null : var.gateway_jwt_authorizer.allowed_clients
        allowedScopes   = length(var.gateway_jwt_authorizer.allowed_scopes) == 0 ? null : var.gateway_jwt_authorizer.allowed_scopes
      }
    }

    policyEngineConfiguration = var.policy_engine
    kmsKeyArn                 = local.kms_key
    tags                      = local.tags
  }

  # By way of JSON, since schemas have no common type that the branches could agree on.
  tool_schemas = {
    for key, target in var.mcp_targets : key => jsondecode(
      target.tool_schema_s3_uri != "" ? jsonencode({ s3 = { uri = target.tool_schema_s3_uri, bucketOwnerAccountId = local.account } }) :
      target.tool_schema_file != "" ? "{\"inlinePayload\": ${file(startswith(target.tool_schema_file, "/") ? target.tool_schema_file : "${path.root}/${target.tool_schema_file}")}}" :
      jsonencode({ inlinePayload = [{
        name        = target.name
        description = target.description == "" ? "Calls ${target.name}." : target.description
        inputSchema = { type = "object" }
      }] })
    )
  }
}
