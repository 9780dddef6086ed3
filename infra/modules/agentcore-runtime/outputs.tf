output "runtime" {
  description = "Id, ARN, name and version of the runtime, and the endpoint that runs that version; null without one."
  value = var.enable_runtime ? {
    id       = module.runtime["runtime"].id
    arn      = module.runtime["runtime"].arn
    name     = local.name
    version  = lookup(module.runtime["runtime"].outputs, "agentRuntimeVersion", "")
    endpoint = var.environment
  } : null

  # Whoever calls the endpoint needs it to be there.
  depends_on = [module.endpoint]
}

output "runtime_role_arn" {
  description = "ARN of the role that the runtime takes on; empty without one."
  value       = var.enable_runtime ? local.role_arn : ""
}

output "memory" {
  description = "Id and ARN of the memory; null without one."
  value = var.enable_memory ? {
    id  = module.memory["memory"].id
    arn = module.memory["memory"].arn
  } : null
}

output "deployment_bucket" {
  description = "Where packages lie; empty where none is built."
  value       = local.packaged ? (local.make_bucket ? module.bucket["packages"].name : var.deployment_bucket_name) : ""
}

output "inference_profile_arn" {
  description = "ARN of the inference profile; empty without one."
  value       = var.enable_inference_profile ? aws_bedrock_inference_profile.model["model"].arn : ""
}

output "runtime_environment" {
  description = "Names of the environment variables that the agent gets."
  value       = sort(keys(local.environment))
}
