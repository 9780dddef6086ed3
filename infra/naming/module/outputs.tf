output "app_id" {
  description = "The app's slug, after the fallback."
  value       = local.app
}

output "identifiers" {
  description = "Names of AgentCore's resources but gateways: [a-zA-Z][a-zA-Z0-9_]{0,47}."
  value = {
    for resource, name in local.identifier : resource =>
    local.joined || length(name) > 48 ? "${trimsuffix(substr(name, 0, 41), "_")}_${local.digest[resource]}" : name
  }
}

output "stem" {
  description = "What all of identifiers begin with."
  value       = substr(local.identifier_base, 0, 40)
}

output "hyphenated" {
  description = "Names of gateways, buckets and guardrails: at most 48 characters, no two hyphens in a row."
  value = {
    for resource, name in local.whole : resource =>
    local.joined || length(name) > 48 || strcontains(name, "--") ? "${trimsuffix(substr(replace(name, "/-+/", "-"), 0, 41), "-")}-${local.digest[resource]}" : name
  }
}

output "roles" {
  description = "Names of IAM roles: at most 64 characters, all under gatehouse-."
  value = {
    for resource, name in local.whole : resource =>
    local.joined || length(name) > 54 ? "gatehouse-${trimsuffix(substr(name, 0, 47), "-")}-${local.digest[resource]}" : "gatehouse-${name}"
  }
}

output "prefix" {
  description = "Where the bridge and the build keep what they know, in SSM."
  value       = "/gatehouse/${local.app}/${var.environment}/${var.agent_name}"
}

output "log_stem" {
  description = "The end of log groups' names, after the type of the resource: {agent}/{environment}."
  value       = local.joined ? "${var.agent_name}/${local.app}/${var.environment}" : "${var.agent_name}/${var.environment}"
}

output "tags" {
  description = "Tags that say whose a resource is."
  value = {
    app_id      = local.app
    agent_name  = var.agent_name
    environment = var.environment
    managed_by  = "terraform"
  }
}
