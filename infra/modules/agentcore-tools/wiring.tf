# What the root hands over, beside what people set.

variable "region" {
  type        = string
  description = "Region of AgentCore, that of the provider aws."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is a region's code, such as eu-west-2."
  }
}

variable "log_group_arns" {
  type        = map(string)
  description = "Log groups of agentcore-foundation, by type of resource. Used with enable_observability."
  default     = {}
  nullable    = false

  validation {
    condition = !var.enable_observability || length(setsubtract(
      concat(var.enable_code_interpreter ? ["code-interpreter"] : [], var.enable_browser ? ["browser"] : []),
      keys(var.log_group_arns)
    )) == 0
    error_message = "log_group_arns: enable_observability needs the log group of each tool that is made, code-interpreter and browser."
  }
}
