resource "aws_bedrock_guardrail" "this" {
  for_each = var.enable_guardrails ? toset(["guardrail"]) : []
  provider = aws.bedrock

  name                      = var.guardrail_name == "" ? module.names.hyphenated["guardrail"] : var.guardrail_name
  description               = "Guards ${var.agent_name} (${var.environment})"
  blocked_input_messaging   = "This cannot be asked here."
  blocked_outputs_messaging = "This cannot be answered here."
  kms_key_arn               = local.kms_key == null ? null : coalesce(var.bedrock_kms_key_arn, var.kms_key_arn)
  tags                      = local.tags

  dynamic "content_policy_config" {
    for_each = length(var.guardrail_filters) == 0 ? [] : ["filters"]
    content {
      dynamic "filters_config" {
        for_each = var.guardrail_filters
        content {
          type            = filters_config.value.type == "INSULT" ? "INSULTS" : filters_config.value.type
          input_strength  = filters_config.value.input_strength
          output_strength = coalesce(filters_config.value.output_strength, filters_config.value.type == "PROMPT_ATTACK" ? "NONE" : "HIGH")
        }
      }
    }
  }

  dynamic "sensitive_information_policy_config" {
    for_each = length(var.guardrail_sensitive_info_filters) == 0 ? [] : ["filters"]
    content {
      dynamic "pii_entities_config" {
        for_each = var.guardrail_sensitive_info_filters
        content {
          type   = pii_entities_config.value.type
          action = pii_entities_config.value.action
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length(var.guardrail_filters) + length(var.guardrail_sensitive_info_filters) > 0
      error_message = "A guardrail guards against something: guardrail_filters or guardrail_sensitive_info_filters."
    }
  }
}

# Agents are told a version: the working draft changes under them.
resource "aws_bedrock_guardrail_version" "this" {
  for_each = aws_bedrock_guardrail.this
  provider = aws.bedrock

  guardrail_arn = each.value.guardrail_arn
  description   = substr(local.guardrail_digest, 0, 12)

  # An answer that is under way is checked with the version that it began with.
  skip_destroy = true

  lifecycle {
    replace_triggered_by = [terraform_data.guardrail]
  }
}

locals {
  guardrail_digest = sha256(jsonencode([var.guardrail_filters, var.guardrail_sensitive_info_filters]))
}

resource "terraform_data" "guardrail" {
  input = local.guardrail_digest
}
