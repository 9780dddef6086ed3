output "url" {
  description = "Where people open the app; empty without a BFF."
  value       = module.bff.url
}

output "redirect_uris" {
  description = "What to register at the identity provider."
  value       = module.bff.redirect_uris
}

output "agentcore_region" {
  description = "Region of AgentCore, after the fallbacks."
  value       = local.agentcore_region
}

output "bedrock_region" {
  description = "Region of Bedrock, after the fallbacks."
  value       = local.bedrock_region
}

output "bff_region" {
  description = "Region of the BFF, after the fallbacks."
  value       = local.bff_region
}

output "bridge_prefix" {
  description = "Where the bridge keeps its records in SSM: bridge drift --prefix …"
  value       = module.foundation.prefix
}

output "gateway_url" {
  description = "Where agents find their tools; empty without a gateway."
  value       = module.foundation.gateway_url
}

output "oauth2_callback_urls" {
  description = "What to register at the services that agents get tokens of, by provider."
  value       = { for name, provider in module.foundation.credential_providers : name => provider.callback_url }
}

output "runtime" {
  description = "Id, ARN, name, version and endpoint of the runtime; null without one."
  value       = module.runtime.runtime
}

output "runtime_environment" {
  description = "Names of the environment variables that the agent gets."
  value       = module.runtime.runtime_environment
}

output "memory" {
  description = "Id and ARN of the memory; null without one."
  value       = module.runtime.memory
}

output "guardrail" {
  description = "Id, ARN and version of the guardrail; null without one."
  value       = module.governance.guardrail
}

output "evaluator_ids" {
  description = "Ids of the evaluators, by evaluation_type."
  value       = module.governance.evaluator_ids
}

output "deployment_bucket" {
  description = "Where the agent's packages lie; empty where none is built."
  value       = module.runtime.deployment_bucket
}
