# What each function calls, and so may do (src/trust/aws, src/authorizer/dynamodb.py, src/trust/secrets):
#
#   authorizer  DynamoDB GetItem on the session table.
#   stream      DynamoDB GetItem (session, chat, registry), PutItem (chat, refreshed session), UpdateItem
#               (rate limits), DeleteItem (a session whose refresh was refused), Query of the registry's own
#               partition alone; STS AssumeRole
#               with tags and source identity on the agents' roles; Secrets Manager GetSecretValue
#               (keyring, client secrets, for the refresh), or KMS GetPublicKey and Sign in the latter's place.
#   json        the same, and DynamoDB Query of any partition (my sessions, my chats) and
#               TransactWriteItems (a login: PutItem and ConditionCheckItem).
#   container   what json and stream do.
#
# InvokeAgentRuntime and StopRuntimeSession are calls of the grants, never of these roles: no function can
# reach an agent without naming app, tenant and agent first.

locals {
  runners = merge(
    local.lambda == 1 ? {
      authorizer = { trust = "function-trust", sessions = "bff-sessions-read", grants = false, log_group = local.log_groups["authorizer"] }
      json       = { trust = "function-trust", sessions = "bff-sessions", grants = true, log_group = local.log_groups["json"] }
      stream     = { trust = "function-trust", sessions = "bff-sessions-stream", grants = true, log_group = local.log_groups["stream"] }
    } : {},
    # Its logs are written by the execution role, before and beside the application.
    local.fargate == 1 ? {
      container = { trust = "task-trust", sessions = "bff-sessions", grants = true, log_group = null }
    } : {},
  )

  # role/document → what it says.
  runner_policies = merge([for role, runner in local.runners : {
    for name, text in {
      sessions = local.filled[runner.sessions]
      logs     = runner.log_group == null ? null : replace(local.filled["function-logs"], "@LOG_GROUP@", runner.log_group)
      grants   = runner.grants && local.has_grants ? replace(local.filled["bff-grants"], "\"@GRANT_ROLE_ARNS@\"", jsonencode(local.grant_role_arns)) : null
      secrets  = runner.grants ? replace(local.filled["bff-secrets"], "\"@SECRET_ARNS@\"", jsonencode(local.secret_arns)) : null
      signing  = runner.grants && var.oidc_client_key_arn != "" ? replace(local.filled["bff-signing"], "@SIGNING_KEY_ARN@", var.oidc_client_key_arn) : null
      tracing  = runner.log_group != null && var.enable_xray ? local.filled["function-tracing"] : null
      key      = var.enable_kms ? replace(local.filled["customer-key"], "@KEY_ARN@", var.kms_key_arn) : null
    } : "${role}/${name}" => { role = role, name = name, text = text }
  }]...)

  # Which of them there are is known before what they say is: ARNs are known after the apply only.
  runner_policy_names = toset(flatten([for role, runner in local.runners : concat(
    ["${role}/sessions"],
    runner.log_group == null ? [] : ["${role}/logs"],
    runner.grants && local.has_grants ? ["${role}/grants"] : [],
    runner.grants ? ["${role}/secrets"] : [],
    runner.grants && var.oidc_client_key_arn != "" ? ["${role}/signing"] : [],
    runner.log_group != null && var.enable_xray ? ["${role}/tracing"] : [],
    var.enable_kms ? ["${role}/key"] : [],
  )]))

  # Those that open grants: whom the agents' roles trust.
  granting_role_arns = sort([for role, runner in local.runners : aws_iam_role.runner[role].arn if runner.grants])
}

resource "aws_iam_role" "runner" {
  for_each = local.runners

  name               = "${local.name}-${each.key}"
  description        = "Gatehouse ${var.app_id}, ${var.environment}: the ${each.key}."
  assume_role_policy = local.filled[each.value.trust]
  # Grants are sessions of other roles, opened by this one: chained, so an hour is all that counts.
  max_session_duration = 3600
  tags                 = local.tags
}

resource "aws_iam_role_policy" "runner" {
  for_each = local.runner_policy_names

  name   = split("/", each.key)[1]
  role   = aws_iam_role.runner[split("/", each.key)[0]].name
  policy = local.runner_policies[each.key].text
}
