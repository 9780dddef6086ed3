# Physical names from the coordinates. AgentCore wants letters, digits and "_" (48 at most, a letter
# first), its gateways letters, digits and "-" (48), IAM 64 characters.

locals {
  app  = var.app_id == "" ? var.agent_name : var.app_id
  base = local.app == var.agent_name ? "${var.agent_name}-${var.environment}" : "${local.app}-${var.agent_name}-${var.environment}"

  whole  = { for resource in var.resources : resource => "${local.base}-${resource}" }
  digest = { for resource in var.resources : resource => substr(sha256("${local.app}/${var.agent_name}/${var.environment}/${resource}"), 0, 6) }

  # A name that starts with a digit is no identifier.
  identifier_base = replace(can(regex("^[0-9]", local.base)) ? "a-${local.base}" : local.base, "-", "_")
  identifier      = { for resource, name in local.whole : resource => replace(can(regex("^[0-9]", name)) ? "a-${name}" : name, "-", "_") }

  # Joined slugs are ambiguous: app a-b with agent c reads like app a with agent b-c. The digest of
  # the coordinates keeps them apart, as it keeps names apart that were cut.
  joined = local.app != var.agent_name
}
