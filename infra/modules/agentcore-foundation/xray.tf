# Names here have 32 characters at most, and AgentCore calls the service {runtime}.{endpoint}.

locals {
  xray_name = length(module.names.identifiers["runtime"]) <= 32 ? module.names.identifiers["runtime"] : "${substr(module.names.identifiers["runtime"], 0, 25)}_${substr(sha256(module.names.identifiers["runtime"]), 0, 6)}"
}

resource "aws_xray_sampling_rule" "agent" {
  for_each = var.enable_xray ? toset(["agent"]) : []

  rule_name = local.xray_name

  # One trace a second, and five in a hundred of all others.
  priority       = 1000
  version        = 1
  reservoir_size = 1
  fixed_rate     = 0.05

  service_name = "${module.names.identifiers["runtime"]}*"
  service_type = "*"
  host         = "*"
  http_method  = "*"
  url_path     = "*"
  resource_arn = "*"
  tags         = local.tags
}

resource "aws_xray_group" "agent" {
  for_each = var.enable_xray ? toset(["agent"]) : []

  group_name        = local.xray_name
  filter_expression = "service(\"${module.names.identifiers["runtime"]}.DEFAULT\") OR service(\"${module.names.identifiers["runtime"]}.${var.environment}\")"
  tags              = local.tags

  insights_configuration {
    insights_enabled      = true
    notifications_enabled = false
  }
}
