# The agents' roles: one that may invoke just this runtime, and, where the agent keeps something for
# tenants, one for its tenant's own storage. Nobody can be in them without the three tags and a source
# identity, nobody but our own runners, and only for this app, this agent and the tenants that may use it.

locals {
  signed = { for slug, agent in local.agents : slug => agent if var.enable_bff && agent.auth == "sigv4" }
  stored = { for slug, agent in local.agents : slug => agent if var.enable_bff && agent.data }

  # 64 characters is all that a role's name has.
  invoke_roles = { for slug in keys(local.agents) : slug => local.role_names["invoke"][slug] }
  data_roles   = { for slug in keys(local.agents) : slug => local.role_names["data"][slug] }
  role_names = { for kind in ["invoke", "data"] : kind => {
    for slug in keys(local.agents) : slug => (
      length("gatehouse-${kind}-${var.app_id}-${var.environment}-${slug}") <= 64
      ? "gatehouse-${kind}-${var.app_id}-${var.environment}-${slug}"
      : "${trimsuffix(substr("gatehouse-${kind}-${var.app_id}-${var.environment}-${slug}", 0, 55), "-")}-${substr(sha256("${var.app_id}/${var.environment}/${slug}"), 0, 8)}"
    )
  } }

  has_grants = length(local.signed) + length(local.stored) > 0
  grant_role_arns = sort(concat(
    [for slug in keys(local.signed) : aws_iam_role.invoke[slug].arn],
    [for slug in keys(local.stored) : aws_iam_role.data[slug].arn],
  ))

  invoke_extras = merge([for slug, agent in local.signed : {
    for name, action in {
      invoke-role                    = "always"
      invoke-role-websocket          = agent.websocket ? "websocket" : ""
      invoke-role-agent-card         = agent.protocol == "A2A" ? "card" : ""
      invoke-role-for-user           = agent.for_user ? "user" : ""
      invoke-role-websocket-for-user = agent.for_user && agent.websocket ? "user" : ""
    } : "${slug}/${name}" => { slug = slug, name = name } if action != ""
  }]...)
}

resource "aws_iam_role" "invoke" {
  for_each = local.signed

  name        = local.invoke_roles[each.key]
  description = "Gatehouse ${var.app_id}, ${var.environment}: invoke the agent ${each.key}, for one tenant at a time."
  assume_role_policy = replace(replace(replace(local.filled["invoke-trust"],
    "@AGENT@", each.key),
    "\"@TENANTS@\"", jsonencode(each.value.tenants)),
  "\"@BFF_ROLE_ARN@\"", jsonencode(local.granting_role_arns))
  max_session_duration = 3600
  tags                 = local.tags
}

resource "aws_iam_role_policy" "invoke" {
  for_each = local.invoke_extras

  name = each.value.name
  role = aws_iam_role.invoke[each.value.slug].name
  policy = replace(replace(local.filled[each.value.name],
    "@AGENT@", each.value.slug),
  "@RUNTIME_ARN@", local.agents[each.value.slug].runtime_arn)
}

resource "aws_iam_role" "data" {
  for_each = local.stored

  name        = local.data_roles[each.key]
  description = "Gatehouse ${var.app_id}, ${var.environment}: what the agent ${each.key} keeps, for one tenant at a time."
  assume_role_policy = replace(replace(replace(local.filled["data-trust"],
    "@AGENT@", each.key),
    "\"@TENANTS@\"", jsonencode(each.value.tenants)),
  "\"@BFF_ROLE_ARN@\"", jsonencode(local.granting_role_arns))
  max_session_duration = 3600
  tags                 = local.tags
}

resource "aws_iam_role_policy" "data" {
  for_each = local.stored

  name   = "data-role"
  role   = aws_iam_role.data[each.key].name
  policy = local.filled["data-role"]
}
