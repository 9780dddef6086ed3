resource "aws_bedrock_inference_profile" "model" {
  for_each = var.enable_inference_profile ? toset(["model"]) : []
  provider = aws.bedrock

  name        = var.inference_profile_name == "" ? module.names.hyphenated["model"] : var.inference_profile_name
  description = "Model of ${var.agent_name} (${var.environment})"
  tags        = local.tags

  model_source {
    copy_from = var.inference_profile_model_source_arn
  }
}

locals {
  named_models = concat(var.runtime_model_arns, var.enable_inference_profile ? [var.inference_profile_model_source_arn] : [])

  # A profile of AWS's, us.anthropic.…, calls anthropic.… in any of its regions, and IAM asks for that too.
  behind = [
    for arn in local.named_models :
    "arn:aws:bedrock:*::foundation-model/${regex("^[a-z0-9-]+\\.(.+)$", reverse(split("/", arn))[0])[0]}"
    if strcontains(arn, ":inference-profile/")
  ]

  model_arns = concat(
    distinct(concat(local.named_models, local.behind)),
    var.enable_inference_profile ? [aws_bedrock_inference_profile.model["model"].arn] : [],
  )
}
