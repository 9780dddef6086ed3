variable "agent_name" {
  type        = string
  description = "The agent's slug: one of the three coordinates, from which all physical names are derived. It stands in S3 prefixes, session tags and policies as it is, so nothing is folded or escaped."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.agent_name))
    error_message = "agent_name is a slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end. Physical names with other rules are derived from it."
  }
}

variable "app_id" {
  type        = string
  description = "The app's slug, the entry point that people log in at. Empty: the same as agent_name."
  default     = ""
  nullable    = false

  validation {
    condition     = var.app_id == "" || can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.app_id))
    error_message = "app_id is a slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at an end; or empty for agent_name."
  }
}

variable "environment" {
  type        = string
  description = "The stage that is deployed: dev, test, staging or prod. It is part of every physical name."
  default     = "dev"
  nullable    = false

  validation {
    condition     = contains(["dev", "test", "staging", "prod"], var.environment)
    error_message = "environment is dev, test, staging or prod."
  }
}

variable "tags" {
  type        = map(string)
  description = "Further tags of all resources, beside app_id, agent_name, environment and managed_by."
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 40 && alltrue([
      for key, value in var.tags :
      can(regex("^[a-zA-Z0-9 ._:/=+@-]{1,128}$", key)) && can(regex("^[a-zA-Z0-9 ._:/=+@-]{0,256}$", value)) && !startswith(lower(key), "aws:")
    ])
    error_message = "tags: at most 40; keys (1 to 128 characters, not starting with aws:) and values (256 at most) of letters, digits, spaces and . _ : / = + @ -, which is what AgentCore takes."
  }

  validation {
    condition     = length(setintersection(keys(var.tags), ["app_id", "tenant_id", "agent_name", "environment", "managed_by"])) == 0
    error_message = "tags: app_id, tenant_id, agent_name, environment and managed_by are set by Gatehouse: session policies compare them."
  }
}

variable "python" {
  type        = string
  description = "The interpreter, on this machine, that runs the bridge and the build; it needs boto3 with AgentCore's model."
  default     = "python3"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.python))
    error_message = "python is a command or a path without spaces: a shell gets to see it."
  }
}

variable "allow_replace" {
  type        = bool
  description = "Whether a change may replace what holds data (memory, gateway, identity, policy engine): its data is lost."
  default     = false
  nullable    = false
}
