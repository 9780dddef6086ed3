locals {
  # Not `value`: that is sensitive, and nothing secret is ever in a record.
  record = jsondecode(data.aws_ssm_parameter.record.insecure_value)
}

output "id" {
  description = "The resource's id, as the API's Get wants it."
  value       = local.record.id
}

output "arn" {
  description = "The resource's ARN."
  value       = local.record.arn
}

output "outputs" {
  description = "What else the type has to say, by the API's own members: gatewayUrl, callbackUrl, agentRuntimeVersion and the like."
  value       = tomap(local.record.outputs)
}

output "keeper" {
  description = "Id of what stands for the resource's existence: another one means that the resource was deleted."
  value       = terraform_data.keeper.id
}

output "applied" {
  description = "Id of the configuration as it was last applied: another one means that it was applied again."
  value       = terraform_data.applied.id
}
