# At CloudFront, since only there a client has its own address: behind it, everybody has CloudFront's.

locals {
  managed_rules = {
    AWSManagedRulesAmazonIpReputationList = { priority = 10, counted = [] }
    AWSManagedRulesKnownBadInputsRuleSet = {
      priority = 20
      # These, too: somebody asks what `jndi:ldap:` in a log means.
      counted = ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"]
    }
    AWSManagedRulesCommonRuleSet = {
      priority = 30
      # These would refuse people for what they talk about with an agent: HTML, paths, addresses, or more
      # than 8 kB. Bodies are bounded and looked at by the application (src/proxy/body.py).
      counted = [
        "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY",
        # A provider's answer (code, state, iss) is long, and names an address.
        "SizeRestrictions_QUERYSTRING", "GenericRFI_QUERYARGUMENTS", "EC2MetaDataSSRF_QUERYARGUMENTS",
        # Providers call as well (back-channel logout), and not every one says by what.
        "NoUserAgent_HEADER",
      ]
    }
  }
}

resource "aws_wafv2_web_acl" "front" {
  #checkov:skip=CKV_AWS_192:AWSManagedRulesKnownBadInputsRuleSet is among local.managed_rules; a dynamic block hides it.
  #checkov:skip=CKV2_AWS_31:WAF's logs hold whole requests, cookies and queries among them; its metrics and samples tell what it refuses.
  count    = var.enable_bff && var.enable_waf ? 1 : 0
  provider = aws.us_east_1

  name        = local.name
  description = "Before CloudFront."
  scope       = "CLOUDFRONT"
  tags        = local.tags

  default_action {
    allow {}
  }

  rule {
    name     = "requests-of-one-address"
    priority = 0

    action {
      block {
        custom_response {
          response_code = 429
        }
      }
    }

    statement {
      rate_based_statement {
        limit              = var.waf_requests_per_5_minutes
        aggregate_key_type = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "requests-of-one-address"
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
          name        = rule.key
          vendor_name = "AWS"

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        # Samples hold whole requests, with their cookies.
        sampled_requests_enabled = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = local.name
    sampled_requests_enabled   = false
  }
}

# Who comes from CloudFront's networks and not from our distribution.
resource "aws_wafv2_web_acl" "origin" {
  #checkov:skip=CKV2_AWS_31:WAF's logs hold whole requests, cookies among them.
  #checkov:skip=CKV_AWS_192:Known bad inputs are refused at CloudFront (enable_waf).
  count = local.lambda == 1 && nonsensitive(var.origin_secret != "") ? 1 : 0

  name        = "${local.name}-origin"
  description = "Only our own distribution knows the header."
  scope       = "REGIONAL"
  tags        = local.tags

  default_action {
    block {}
  }

  rule {
    name     = "our-distribution"
    priority = 0

    action {
      allow {}
    }

    statement {
      byte_match_statement {
        search_string         = var.origin_secret
        positional_constraint = "EXACTLY"

        field_to_match {
          single_header {
            name = "x-origin-verify"
          }
        }

        text_transformation {
          priority = 0
          type     = "NONE"
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "our-distribution"
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "${local.name}-origin"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "api" {
  count = local.lambda == 1 && (var.web_acl_arn != "" || nonsensitive(var.origin_secret != "")) ? 1 : 0

  resource_arn = aws_api_gateway_stage.api[0].arn
  web_acl_arn  = var.web_acl_arn != "" ? var.web_acl_arn : aws_wafv2_web_acl.origin[0].arn
}
