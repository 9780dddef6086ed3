variable "bff" {
  type = object({
    spiffe_id          = optional(string, "")
    iam_principal_arns = optional(list(string), [])
    service_account    = optional(object({ namespace = string, name = string }))
  })
  description = "Who Gatehouse is: one of a SPIFFE id, roles of AWS, or a service account of Kubernetes."
  nullable    = false

  validation {
    condition = length([for given in [
      var.bff.spiffe_id != "", length(var.bff.iam_principal_arns) > 0, var.bff.service_account != null,
    ] : given if given]) == 1
    error_message = "bff is exactly one of spiffe_id, iam_principal_arns, service_account: two ways in are one too many to watch."
  }

  validation {
    condition     = var.bff.spiffe_id == "" || can(regex("^spiffe://[a-z0-9][a-z0-9._-]{0,253}(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$", var.bff.spiffe_id))
    error_message = "bff.spiffe_id is spiffe://trust-domain/path, exactly as SPIRE issues it: nothing is matched by its beginning."
  }

  validation {
    condition     = alltrue([for arn in var.bff.iam_principal_arns : can(regex("^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$", arn))])
    error_message = "bff.iam_principal_arns are ARNs of roles, arn:aws:iam::account:role/name, without a star: users have keys that do not end."
  }

  validation {
    condition = var.bff.service_account == null || alltrue([
      for name in values(coalesce(var.bff.service_account, { namespace = "n", name = "n" })) : can(regex("^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$", name))
    ])
    error_message = "bff.service_account has a namespace and a name as Kubernetes writes them, without a star."
  }
}

variable "agents" {
  type = map(object({
    spiffe_id          = optional(string, "")
    iam_principal_arns = optional(list(string), [])
    service_account    = optional(object({ namespace = string, name = string }))
    database = optional(object({
      connection            = string
      creation_statements   = list(string)
      revocation_statements = optional(list(string), [])
      ttl_seconds           = optional(number, 900)
      max_ttl_seconds       = optional(number, 3600)
    }))
    aws_role_arns = optional(list(string), [])
  }))
  description = "The agents by their slugs: who each is (as `bff`), the database user it gets, and the AWS roles it may take on."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for agent in keys(var.agents) : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", agent))])
    error_message = "agents are named by slugs: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end."
  }

  validation {
    condition = alltrue([for one in values(var.agents) : length([for given in [
      one.spiffe_id != "", length(one.iam_principal_arns) > 0, one.service_account != null,
    ] : given if given]) == 1])
    error_message = "each of agents is exactly one of spiffe_id, iam_principal_arns, service_account."
  }

  validation {
    condition     = alltrue([for one in values(var.agents) : one.spiffe_id == "" || can(regex("^spiffe://[a-z0-9][a-z0-9._-]{0,253}(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$", one.spiffe_id))])
    error_message = "agents' spiffe_id is spiffe://trust-domain/path, exactly as SPIRE issues it."
  }

  validation {
    condition     = alltrue(flatten([for one in values(var.agents) : [for arn in concat(one.iam_principal_arns, one.aws_role_arns) : can(regex("^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$", arn))]]))
    error_message = "agents' iam_principal_arns and aws_role_arns are ARNs of roles, without a star."
  }

  validation {
    condition = alltrue(flatten([for one in values(var.agents) : [
      for name in values(coalesce(one.service_account, { namespace = "n", name = "n" })) : can(regex("^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$", name))
    ]]))
    error_message = "agents' service_account has a namespace and a name as Kubernetes writes them, without a star."
  }

  validation {
    condition = alltrue([for one in values(var.agents) : one.database == null || try(
      one.database.ttl_seconds >= 60 && one.database.ttl_seconds <= one.database.max_ttl_seconds && one.database.max_ttl_seconds <= 86400, false,
    )])
    error_message = "agents' database: 60 <= ttl_seconds <= max_ttl_seconds <= 86400."
  }

  validation {
    condition = alltrue([for one in values(var.agents) : one.database == null || try(
      length(one.database.creation_statements) > 0 && can(regex("^[A-Za-z0-9][A-Za-z0-9_.-]*$", one.database.connection)), false,
    )])
    error_message = "agents' database names a connection that is there, and says how its user is made."
  }

  validation {
    # Whoever is two workloads holds both policies by logging in twice.
    condition = length(concat(
      [for one in concat([var.bff], values(var.agents)) : one.spiffe_id if one.spiffe_id != ""],
      flatten([for one in concat([var.bff], values(var.agents)) : one.iam_principal_arns]),
      [for one in concat([var.bff], values(var.agents)) : jsonencode(one.service_account) if one.service_account != null],
      )) == length(distinct(concat(
        [for one in concat([var.bff], values(var.agents)) : one.spiffe_id if one.spiffe_id != ""],
        flatten([for one in concat([var.bff], values(var.agents)) : one.iam_principal_arns]),
        [for one in concat([var.bff], values(var.agents)) : jsonencode(one.service_account) if one.service_account != null],
    )))
    error_message = "agents and bff are different identities: one that is two workloads could read the secrets of both."
  }
}
