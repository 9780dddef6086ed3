# Where AgentCore's own logs go; what delivers them stands beside each resource.

locals {
  groups = var.enable_observability ? { for type in var.log_types : type => "/aws/bedrock/agentcore/${type}/${module.names.log_stem}" } : {}

  # What counts as an error in each type's logs: gateways write JSON, the rest what the code printed.
  error_patterns = {
    for type in keys(local.groups) : type => type == "gateway" ? "{ $.body.isError IS TRUE }" : "?ERROR ?Error ?Exception ?Traceback"
  }

  delivered = merge(
    var.enable_gateway && contains(keys(local.groups), "gateway") ? { gateway = module.gateway["gateway"].arn } : {},
    var.enable_identity && contains(keys(local.groups), "workload-identity") ? { workload-identity = module.workload_identity["identity"].arn } : {},
  )
}

resource "aws_cloudwatch_log_group" "agentcore" {
  for_each = local.groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key
  tags              = local.tags
}

resource "aws_cloudwatch_log_resource_policy" "delivery" {
  for_each = length(local.groups) == 0 ? [] : toset(["delivery"])

  policy_name = module.names.roles["gateway"]

  policy_document = replace(replace(replace(replace(replace(
    file("${local.policies}/log-delivery.json"),
    "\"@DELIVERY_SOURCE_ARNS@\"", jsonencode([for type in sort(keys(local.groups)) : "arn:aws:logs:${var.region}:${local.account}:delivery-source:${module.names.hyphenated["logs-${type}"]}"])),
    "@AGENT_GROUP@", module.names.log_stem),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
  "arn:aws:", "arn:${local.partition}:")
}

module "delivery" {
  source   = "../../delivery/module"
  for_each = local.delivered

  name          = module.names.hyphenated["logs-${each.key}"]
  resource_arn  = each.value
  log_group_arn = aws_cloudwatch_log_group.agentcore[each.key].arn
  tags          = local.tags

  depends_on = [aws_cloudwatch_log_resource_policy.delivery]
}
