variable "enable_code_interpreter" {
  type        = bool
  description = "Make the sandbox in which agents run Python."
  default     = true
  nullable    = false
}

variable "code_interpreter_network_mode" {
  type        = string
  description = "What the sandbox can reach: SANDBOX nothing but S3 and DNS, PUBLIC the internet, VPC what your subnets can."
  default     = "SANDBOX"
  nullable    = false

  validation {
    condition     = contains(["PUBLIC", "SANDBOX", "VPC"], var.code_interpreter_network_mode)
    error_message = "code_interpreter_network_mode is PUBLIC, SANDBOX or VPC."
  }
}

variable "code_interpreter_vpc_config" {
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  description = "Subnets and security groups for the mode VPC. Null means there are none, as in the other modes."
  default     = null
  nullable    = true

  validation {
    condition     = (var.code_interpreter_network_mode == "VPC") == (var.code_interpreter_vpc_config != null)
    error_message = "code_interpreter_vpc_config belongs to the mode VPC: it is required there and has no meaning elsewhere."
  }

  validation {
    condition = var.code_interpreter_vpc_config == null ? true : (
      length(var.code_interpreter_vpc_config.subnet_ids) >= 1 && length(var.code_interpreter_vpc_config.subnet_ids) <= 16
      && length(var.code_interpreter_vpc_config.security_group_ids) >= 1 && length(var.code_interpreter_vpc_config.security_group_ids) <= 16
      && alltrue([for id in var.code_interpreter_vpc_config.subnet_ids : can(regex("^subnet-[0-9a-zA-Z]{8,17}$", id))])
      && alltrue([for id in var.code_interpreter_vpc_config.security_group_ids : can(regex("^sg-[0-9a-zA-Z]{8,17}$", id))])
    )
    error_message = "code_interpreter_vpc_config: 1 to 16 subnet_ids (subnet-…) and 1 to 16 security_group_ids (sg-…)."
  }
}

variable "enable_browser" {
  type        = bool
  description = "Make the web browser that agents can drive."
  default     = false
  nullable    = false
}

variable "browser_network_mode" {
  type        = string
  description = "What the browser can reach: PUBLIC the internet, VPC what your subnets can. AgentCore has no SANDBOX for browsers."
  default     = "PUBLIC"
  nullable    = false

  validation {
    condition     = contains(["PUBLIC", "VPC"], var.browser_network_mode)
    error_message = "browser_network_mode is PUBLIC or VPC: AgentCore's browser has no SANDBOX. To shut it in, use VPC with subnets that have no way out."
  }
}

variable "browser_vpc_config" {
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  description = "Subnets and security groups for the mode VPC. Null means there are none, as in the mode PUBLIC."
  default     = null
  nullable    = true

  validation {
    condition     = (var.browser_network_mode == "VPC") == (var.browser_vpc_config != null)
    error_message = "browser_vpc_config belongs to the mode VPC: it is required there and has no meaning elsewhere."
  }

  validation {
    condition = var.browser_vpc_config == null ? true : (
      length(var.browser_vpc_config.subnet_ids) >= 1 && length(var.browser_vpc_config.subnet_ids) <= 16
      && length(var.browser_vpc_config.security_group_ids) >= 1 && length(var.browser_vpc_config.security_group_ids) <= 16
      && alltrue([for id in var.browser_vpc_config.subnet_ids : can(regex("^subnet-[0-9a-zA-Z]{8,17}$", id))])
      && alltrue([for id in var.browser_vpc_config.security_group_ids : can(regex("^sg-[0-9a-zA-Z]{8,17}$", id))])
    )
    error_message = "browser_vpc_config: 1 to 16 subnet_ids (subnet-…) and 1 to 16 security_group_ids (sg-…)."
  }
}

variable "enable_browser_recording" {
  type        = bool
  description = "Record the browser's sessions to S3. A recording shows what people's agents saw: pages, forms, whatever was typed."
  default     = false
  nullable    = false
}

variable "browser_recording_s3_bucket" {
  type        = string
  description = "Your own bucket for recordings. Empty: one is made."
  default     = ""
  nullable    = false

  validation {
    condition     = var.browser_recording_s3_bucket == "" || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.browser_recording_s3_bucket))
    error_message = "browser_recording_s3_bucket is the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens; or empty."
  }
}

variable "browser_recording_days" {
  type        = number
  description = "Days that the bucket made for recordings keeps them."
  default     = 30
  nullable    = false

  validation {
    condition     = var.browser_recording_days >= 1 && var.browser_recording_days <= 3650 && floor(var.browser_recording_days) == var.browser_recording_days
    error_message = "browser_recording_days is a whole number from 1 to 3650."
  }
}
