# What the root hands over, beside what people set. Null means that the thing is not made.

variable "region" {
  type        = string
  description = "Region of AgentCore, that of the provider aws."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is a region's code, such as eu-west-2."
  }
}

variable "bedrock_region" {
  type        = string
  description = "Region of the models, that of the provider aws.bedrock."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.bedrock_region))
    error_message = "bedrock_region is a region's code, such as eu-west-2."
  }
}

variable "gateway" {
  type        = object({ arn = string, url = string })
  description = "The gateway that the agent may call tools at; null: none."
  default     = null
  nullable    = true
}

variable "code_interpreter" {
  type        = object({ id = string, arn = string })
  description = "The code interpreter that the agent may use; null: none."
  default     = null
  nullable    = true
}

variable "browser" {
  type        = object({ id = string, arn = string })
  description = "The browser that the agent may drive; null: none."
  default     = null
  nullable    = true
}

variable "workload_identity" {
  type        = object({ name = string, arn = string })
  description = "The workload identity that the agent may act as; null: none."
  default     = null
  nullable    = true
}

variable "credential_providers" {
  type        = map(object({ arn = string, client_secret_arn = string }))
  description = "OAuth2 credential providers that the agent may get tokens of, with the ARNs of their secrets. Used with workload_identity."
  default     = {}
  nullable    = false
}

variable "guardrail" {
  type        = object({ id = string, arn = string, version = string })
  description = "The guardrail that the agent shall use; null: none."
  default     = null
  nullable    = true
}

variable "log_group_arns" {
  type        = map(string)
  description = "Log groups of agentcore-foundation, by type of resource. Used with enable_observability."
  default     = {}
  nullable    = false

  validation {
    condition = !var.enable_observability || length(setsubtract(
      concat(var.enable_runtime ? ["runtime"] : [], var.enable_memory ? ["memory"] : []),
      keys(var.log_group_arns)
    )) == 0
    error_message = "log_group_arns: enable_observability needs the log groups runtime and memory of what is made."
  }
}
