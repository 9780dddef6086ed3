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

variable "edge_kms_key_arn" {
  type        = string
  description = "The key in the region of the provider aws.edge, for the web ACL's log group. Empty: kms_key_arn, which is right where the regions are the same."
  default     = ""
  nullable    = false

  validation {
    condition     = var.edge_kms_key_arn == "" || can(regex("^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]{36}$", var.edge_kms_key_arn))
    error_message = "edge_kms_key_arn is the ARN of a key, or empty."
  }
}

variable "log_types" {
  type        = set(string)
  description = "Types of resources that get a log group. The root names those that are switched on."
  default     = ["gateway", "workload-identity", "code-interpreter", "browser", "runtime", "memory"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.log_types, ["gateway", "workload-identity", "code-interpreter", "browser", "runtime", "memory"])) == 0
    error_message = "log_types: gateway, workload-identity, code-interpreter, browser, runtime, memory."
  }
}

variable "waf_scope" {
  type        = string
  description = "REGIONAL for a web ACL before API Gateway or a load balancer, with a limit for each session; CLOUDFRONT (provider aws.edge in us-east-1) for one before CloudFront, with a limit for each address."
  default     = "REGIONAL"
  nullable    = false

  validation {
    condition     = contains(["REGIONAL", "CLOUDFRONT"], var.waf_scope)
    error_message = "waf_scope is REGIONAL or CLOUDFRONT."
  }
}

variable "policy_engine" {
  type = object({
    arn  = string
    mode = string
  })
  description = "The policy engine that decides at the gateway, made by agentcore-governance. Null means tool calls are not decided about."
  default     = null
  nullable    = true
}
