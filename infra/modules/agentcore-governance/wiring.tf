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

variable "bedrock_region" {
  type        = string
  description = "Region of the guardrail, that of the provider aws.bedrock."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.bedrock_region))
    error_message = "bedrock_region is a region's code, such as eu-west-2."
  }
}

variable "bedrock_kms_key_arn" {
  type        = string
  description = "The key in bedrock_region, for the guardrail. Empty: kms_key_arn, which is right where the regions are the same."
  default     = ""
  nullable    = false

  validation {
    condition     = var.bedrock_kms_key_arn == "" || can(regex("^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]{36}$", var.bedrock_kms_key_arn))
    error_message = "bedrock_kms_key_arn is the ARN of a key, or empty."
  }
}

variable "gateway" {
  type        = object({ arn = string })
  description = "The gateway whose tool calls the policies are about; null: none."
  default     = null
  nullable    = true

  validation {
    condition = var.gateway != null || !anytrue([
      for file in values(var.cedar_policy_files) : can(regex("@GATEWAY_ARN@", file(startswith(file, "/") ? file : "${path.root}/${file}")))
    ])
    error_message = "A file of cedar_policy_files names @GATEWAY_ARN@, and there is no gateway: set enable_gateway."
  }
}

variable "runtime" {
  type        = object({ id = string, name = string, endpoint = string })
  description = "The runtime whose sessions are judged; null: evaluators are made, and judge only what they are asked to."
  default     = null
  nullable    = true
}
