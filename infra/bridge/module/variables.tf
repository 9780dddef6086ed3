variable "kind" {
  description = "Type of the resource, one of those that `python -m bridge` knows."
  type        = string
  nullable    = false

  validation {
    condition = contains([
      "runtime", "runtime_endpoint", "gateway", "gateway_target", "workload_identity", "browser",
      "code_interpreter", "memory", "policy_engine", "policy", "evaluator", "online_evaluation",
      "oauth2_credential_provider",
    ], var.kind)
    error_message = "kind must be a type of the bridge: see `python -m bridge --help`."
  }
}

variable "name" {
  description = "Logical name, unique per kind under the prefix; the physical name stands in `desired`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 63 of a-z, 0-9 and -, and neither begin nor end with -."
  }
}

variable "desired" {
  description = "The Create request in the API's own camelCase members, without clientToken. Members that are null are left out. No secret: what is secret is named by its ARN in Secrets Manager."
  type        = any
  nullable    = false

  validation {
    condition     = can(keys(var.desired)) && !can(var.desired.clientToken)
    error_message = "desired must be an object of the Create request's members, without clientToken: the bridge makes that one."
  }

  validation {
    condition     = !can(regex("\"(clientSecret|apiKey|privateKey|password)\":\"", jsonencode(var.desired)))
    error_message = "desired must not hold a secret: it would stand in the state. Name it by its ARN in Secrets Manager (clientSecretConfig)."
  }
}

variable "prefix" {
  description = "Prefix of the SSM parameters; the resource's record is {prefix}/{kind}/{name}."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+){1,8}$", var.prefix)) && !can(regex("^/(?i:aws|ssm)", var.prefix))
    error_message = "prefix must be an absolute path of a-z, A-Z, 0-9, _ . and -, without a slash at its end, and not begin with /aws or /ssm."
  }
}

variable "region" {
  description = "Region of the resource. The record is kept in the region of the provider, where it is read."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,3}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be the name of an AWS region, e.g. eu-central-1."
  }
}

variable "allow_replace" {
  description = "Whether a change that the API cannot do in place may replace a resource that holds data (Memory: everything that agents remember is lost)."
  type        = bool
  nullable    = false
  default     = false
}

variable "timeout_minutes" {
  description = "How long one apply or delete may take, waiting for the API included."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = var.timeout_minutes >= 1 && var.timeout_minutes <= 120 && floor(var.timeout_minutes) == var.timeout_minutes
    error_message = "timeout_minutes must be a whole number from 1 to 120."
  }
}

variable "python" {
  description = "The Python (3.11 or newer) that has boto3, by name or by path."
  type        = string
  nullable    = false
  default     = "python3"

  validation {
    condition     = can(regex("^[A-Za-z0-9_./~+-]+$", var.python))
    error_message = "python must be the name or the path of an interpreter, without blanks."
  }
}
