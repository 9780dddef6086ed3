# Before the BFF. Bodies are what people write to an agent, code and markup among it, and up to a
# mebibyte long: rules that read bodies count here and block nothing.

locals {
  managed_rules = {
    AWSManagedRulesAmazonIpReputationList = { priority = 10, count_only = [] }
    AWSManagedRulesKnownBadInputsRuleSet = {
      priority   = 20
      count_only = ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"]
    }
    AWSManagedRulesCommonRuleSet = {
      priority = 30
      count_only = [
        "SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY",
        # The session cookie alone has more than some of these rules like.
        "SizeRestrictions_Cookie_HEADER",
        # A provider's answer (code, state, iss) is long, and names an address.
        "SizeRestrictions_QUERYSTRING", "GenericRFI_QUERYARGUMENTS", "EC2MetaDataSSRF_QUERYARGUMENTS",
        # Providers call as well (back-channel logout), and not every one says by what.
        "NoUserAgent_HEADER",
      ]
    }
  }
}

resource "aws_wafv2_web_acl" "bff" {
  #checkov:skip=CKV_AWS_192:AWSManagedRulesKnownBadInputsRuleSet is among the dynamic rules, which the check does not expand.
  #checkov:skip=CKV2_AWS_31:It logs with enable_observability, below; the check does not see through for_each.
  for_each = var.enable_waf ? toset(["bff"]) : []
  provider = aws.edge

  name        = module.names.roles["waf"]
  description = "Before the BFF of ${var.agent_name} (${var.environment})"
  scope       = var.waf_scope
  tags        = local.tags

  default_action {
    allow {}
  }

  rule {
    name     = "rate"
    priority = 0

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit                 = var.waf_rate_limit
        evaluation_window_sec = 300

        # Behind CloudFront everybody has CloudFront's addresses, and X-Forwarded-For says what a client
        # wants it to say: there, one session has a limit, and addresses have theirs at CloudFront.
        aggregate_key_type = var.waf_scope == "CLOUDFRONT" ? "IP" : "CUSTOM_KEYS"

        dynamic "custom_key" {
          for_each = var.waf_scope == "CLOUDFRONT" ? [] : ["session"]
          content {
            cookie {
              name = "__Host-Http-session"

              text_transformation {
                priority = 0
                type     = "NONE"
              }
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate"
      sampled_requests_enabled   = false
    }
  }

  dynamic "rule" {
    for_each = local.managed_rules
    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value.count_only
            content {
              name = rule_action_override.value
              action_to_use {
                count {}
              }
            }
          }
        }
      }

      # Samples would show requests, cookies among them, to whoever may read the ACL.
      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "bff"
    sampled_requests_enabled   = false
  }
}

resource "aws_cloudwatch_log_group" "waf" {
  for_each = var.enable_waf && var.enable_observability ? toset(["bff"]) : []
  provider = aws.edge

  # WAF takes only names that begin like this.
  name              = "aws-waf-logs-${module.names.roles["waf"]}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key == null ? null : coalesce(var.edge_kms_key_arn, var.kms_key_arn)
  tags              = local.tags
}

resource "aws_wafv2_web_acl_logging_configuration" "bff" {
  for_each = var.enable_waf && var.enable_observability ? toset(["bff"]) : []
  provider = aws.edge

  resource_arn            = aws_wafv2_web_acl.bff["bff"].arn
  log_destination_configs = [aws_cloudwatch_log_group.waf["bff"].arn]

  # The session, bearer tokens, and codes in the query of the callback.
  redacted_fields {
    single_header {
      name = "cookie"
    }
  }
  redacted_fields {
    single_header {
      name = "authorization"
    }
  }
  redacted_fields {
    query_string {}
  }
}
