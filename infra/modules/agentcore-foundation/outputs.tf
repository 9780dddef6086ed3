output "gateway_id" {
  description = "Id of the gateway; empty without one."
  value       = var.enable_gateway ? module.gateway["gateway"].id : ""
}

output "gateway_arn" {
  description = "ARN of the gateway, with its targets made; empty without one."
  value       = var.enable_gateway ? module.gateway["gateway"].arn : ""

  # Cedar policies are checked against the tools, so these have to be there first.
  depends_on = [module.target]
}

output "gateway_url" {
  description = "Where agents find their tools; empty without a gateway."
  value       = var.enable_gateway ? lookup(module.gateway["gateway"].outputs, "gatewayUrl", "") : ""
}

output "gateway_role_arn" {
  description = "ARN of the role that the gateway takes on; empty without a gateway."
  value       = var.enable_gateway ? local.gateway_role_arn : ""
}

output "target_ids" {
  description = "Ids of the gateway's targets, by their keys in mcp_targets."
  value       = { for key, target in module.target : key => target.id }
}

output "workload_identity" {
  description = "Name and ARN of the workload identity; null without one."
  value = var.enable_identity ? {
    name = module.names.hyphenated["workload-identity"]
    arn  = module.workload_identity["identity"].arn
  } : null
}

output "credential_providers" {
  description = "OAuth2 credential providers by name: ARN, and the callback URL to register with the service."
  value = {
    for name, provider in module.credential_provider : name => {
      arn          = provider.arn
      callback_url = lookup(provider.outputs, "callbackUrl", "")
    }
  }
}

output "log_group_arns" {
  description = "ARNs of the log groups, by type of resource; empty without observability."
  value       = { for type, group in aws_cloudwatch_log_group.agentcore : type => group.arn }

  depends_on = [aws_cloudwatch_log_resource_policy.delivery]
}

output "web_acl_arn" {
  description = "ARN of the web ACL before the BFF; empty without WAF."
  value       = var.enable_waf ? aws_wafv2_web_acl.bff["bff"].arn : ""
}

output "prefix" {
  description = "Where the bridge keeps its records, in SSM."
  value       = module.names.prefix
}
