# The gateway's own role, unless you brought one: it may invoke the functions that are its targets.

locals {
  make_gateway_role = var.enable_gateway && var.gateway_role_arn == ""
  gateway_role_arn  = local.make_gateway_role ? aws_iam_role.gateway["gateway"].arn : var.gateway_role_arn

  schema_objects = [for target in values(var.mcp_targets) : "arn:aws:s3:::${trimprefix(target.tool_schema_s3_uri, "s3://")}" if target.tool_schema_s3_uri != ""]

  gateway_documents = merge(
    # No target, no policy: IAM takes no statement without a resource.
    length(var.mcp_targets) == 0 ? {} : {
      targets = replace(file("${local.policies}/gateway-role.json"), "\"@TARGET_LAMBDA_ARNS@\"", jsonencode(sort([for target in values(var.mcp_targets) : target.lambda_arn])))
    },
    length(local.schema_objects) == 0 ? {} : {
      schemas = replace(file("${local.policies}/gateway-role-schemas.json"), "\"@SCHEMA_OBJECT_ARNS@\"", jsonencode(sort(local.schema_objects)))
    },
    var.policy_engine == null ? {} : {
      policy-engine = replace(file("${local.policies}/gateway-role-policy-engine.json"), "@POLICY_ENGINE_ARN@", try(var.policy_engine.arn, ""))
    },
    !var.enable_kms ? {} : {
      kms = replace(file("${local.policies}/agentcore-kms.json"), "@KEY_ARN@", var.kms_key_arn)
    },
  )
}

resource "aws_iam_role" "gateway" {
  for_each = local.make_gateway_role ? toset(["gateway"]) : []

  name        = module.names.roles["gateway"]
  description = "Taken on by the gateway ${local.gateway_name}, and by nothing else."
  tags        = local.tags

  # Ids of gateways are in lower case.
  assume_role_policy = replace(replace(replace(replace(
    file("${local.policies}/gateway-trust.json"),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
    "@GATEWAY_NAME@", lower(local.gateway_name)),
  "arn:aws:", "arn:${local.partition}:")
}

resource "aws_iam_role_policy" "gateway" {
  for_each = { for name, document in local.gateway_documents : name => document if local.make_gateway_role }

  name = each.key
  role = aws_iam_role.gateway["gateway"].name

  policy = replace(replace(replace(replace(each.value,
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
    "@GATEWAY_NAME@", lower(local.gateway_name)),
  "arn:aws:", "arn:${local.partition}:")
}
