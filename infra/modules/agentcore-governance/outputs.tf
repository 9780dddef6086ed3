output "policy_engine" {
  description = "ARN and mode of the policy engine, for the gateway; null without one."
  value = var.enable_policy_engine ? {
    arn  = module.policy_engine["engine"].arn
    mode = var.policy_engine_mode
  } : null
}

output "policy_ids" {
  description = "Ids of the Cedar policies, by their names in cedar_policy_files."
  value       = { for name, policy in module.policy : name => policy.id }
}

output "guardrail" {
  description = "Id, ARN and version of the guardrail; null without one."
  value = var.enable_guardrails ? {
    id      = aws_bedrock_guardrail.this["guardrail"].guardrail_id
    arn     = aws_bedrock_guardrail.this["guardrail"].guardrail_arn
    version = aws_bedrock_guardrail_version.this["guardrail"].version
  } : null
}

output "evaluator_ids" {
  description = "Ids of the evaluators, by evaluation_type."
  value       = { for type, evaluator in module.evaluator : type => evaluator.id }
}

output "online_evaluation_id" {
  description = "Id of the online evaluation; empty without one."
  value       = local.online ? module.online_evaluation["online"].id : ""
}
