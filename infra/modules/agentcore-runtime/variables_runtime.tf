variable "enable_runtime" {
  type        = bool
  description = "Make the runtime: the microVMs that the agent's code answers in."
  default     = true
  nullable    = false
}

variable "runtime_source_path" {
  type        = string
  description = "Folder of the agent's code, relative to the root module or absolute. The default holds a small agent that answers without a model."
  default     = "./agent-code"
  nullable    = false

  validation {
    condition     = length(trimspace(var.runtime_source_path)) > 0
    error_message = "runtime_source_path is the folder of the agent's code."
  }
}

variable "runtime_entry_file" {
  type        = string
  description = "Python file, relative to runtime_source_path, that the runtime starts."
  default     = "runtime.py"
  nullable    = false

  validation {
    condition     = !var.enable_runtime || !var.enable_packaging || var.runtime_container_uri != "" || try(fileexists("${startswith(var.runtime_source_path, "/") ? var.runtime_source_path : "${path.root}/${var.runtime_source_path}"}/${var.runtime_entry_file}"), false)
    error_message = "runtime_entry_file is not in runtime_source_path, seen from the root module."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_./-]*\\.py$", var.runtime_entry_file)) && !strcontains(var.runtime_entry_file, "..") && length(var.runtime_entry_file) <= 128
    error_message = "runtime_entry_file is a .py file inside runtime_source_path, 128 characters at most, without '..'."
  }
}

variable "runtime_config" {
  type        = map(any)
  description = "The agent's own settings, handed to it as JSON in the environment variable RUNTIME_CONFIG. No secret: whoever may describe the runtime reads it."
  default     = {}
  nullable    = false

  validation {
    condition     = length(jsonencode(var.runtime_config)) <= 5000
    error_message = "runtime_config is longer than 5,000 characters as JSON, which is what an environment variable of a runtime holds."
  }
}

variable "runtime_environment" {
  type        = map(string)
  description = "Further environment variables of the agent. No secret: whoever may describe the runtime reads them."
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.runtime_environment) <= 30 && alltrue([for name, value in var.runtime_environment : can(regex("^[A-Za-z_][A-Za-z0-9_]{0,99}$", name)) && length(value) <= 5000])
    error_message = "runtime_environment: at most 30 variables, names of letters, digits and _ (100 at most), values of 5,000 characters at most."
  }
}

variable "runtime_protocol" {
  type        = string
  description = "What the agent speaks: HTTP, AGUI, MCP or A2A."
  default     = "HTTP"
  nullable    = false

  validation {
    condition     = contains(["HTTP", "AGUI", "MCP", "A2A"], var.runtime_protocol)
    error_message = "runtime_protocol is HTTP, AGUI, MCP or A2A."
  }
}

variable "runtime_header_allowlist" {
  type        = list(string)
  description = "Request headers that reach the agent. The default is the one in which the BFF hands over the data grant."
  default     = ["X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"]
  nullable    = false

  validation {
    condition = length(var.runtime_header_allowlist) <= 20 && alltrue([
      for header in var.runtime_header_allowlist :
      can(regex("^[A-Za-z][A-Za-z0-9_-]{0,255}$", header)) && !contains(["cookie", "origin", "x-csrf-token"], lower(header)) && !startswith(lower(header), "x-forwarded-")
    ])
    error_message = "runtime_header_allowlist: at most 20 names of headers. AgentCore passes on neither Cookie, Origin, X-CSRF-Token nor X-Forwarded-…"
  }
}

variable "runtime_network_mode" {
  type        = string
  description = "What the agent can reach: PUBLIC the internet, VPC what your subnets can."
  default     = "PUBLIC"
  nullable    = false

  validation {
    condition     = contains(["PUBLIC", "VPC"], var.runtime_network_mode)
    error_message = "runtime_network_mode is PUBLIC or VPC."
  }
}

variable "runtime_vpc_config" {
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  description = "Subnets and security groups for the mode VPC. Null means there are none, as in the mode PUBLIC."
  default     = null
  nullable    = true

  validation {
    condition     = (var.runtime_network_mode == "VPC") == (var.runtime_vpc_config != null)
    error_message = "runtime_vpc_config belongs to the mode VPC: it is required there and has no meaning elsewhere."
  }

  validation {
    condition = var.runtime_vpc_config == null ? true : (
      length(var.runtime_vpc_config.subnet_ids) >= 1 && length(var.runtime_vpc_config.subnet_ids) <= 16
      && length(var.runtime_vpc_config.security_group_ids) >= 1 && length(var.runtime_vpc_config.security_group_ids) <= 16
      && alltrue([for id in var.runtime_vpc_config.subnet_ids : can(regex("^subnet-[0-9a-zA-Z]{8,17}$", id))])
      && alltrue([for id in var.runtime_vpc_config.security_group_ids : can(regex("^sg-[0-9a-zA-Z]{8,17}$", id))])
    )
    error_message = "runtime_vpc_config: 1 to 16 subnet_ids (subnet-…) and 1 to 16 security_group_ids (sg-…)."
  }
}

variable "runtime_idle_seconds" {
  type        = number
  description = "Seconds after which an idle session of the runtime ends."
  default     = 900
  nullable    = false

  validation {
    condition     = var.runtime_idle_seconds >= 60 && var.runtime_idle_seconds <= 1209600 && floor(var.runtime_idle_seconds) == var.runtime_idle_seconds
    error_message = "runtime_idle_seconds is a whole number from 60 to 1,209,600."
  }
}

variable "runtime_max_lifetime_seconds" {
  type        = number
  description = "Seconds after which a session of the runtime ends in any case."
  default     = 28800
  nullable    = false

  validation {
    condition     = var.runtime_max_lifetime_seconds >= var.runtime_idle_seconds && var.runtime_max_lifetime_seconds <= 1209600 && floor(var.runtime_max_lifetime_seconds) == var.runtime_max_lifetime_seconds
    error_message = "runtime_max_lifetime_seconds is a whole number from runtime_idle_seconds to 1,209,600."
  }
}

variable "runtime_container_uri" {
  type        = string
  description = "Image for linux/arm64 in ECR, instead of a package: {account}.dkr.ecr.{region}.amazonaws.com/name@sha256:…"
  default     = ""
  nullable    = false

  validation {
    condition     = var.runtime_container_uri == "" || can(regex("^(([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(\\.cn)?|public\\.ecr\\.aws)/[a-z0-9._/-]+(:[^:@]{1,300})?(@sha256:[0-9a-f]{64})?$", var.runtime_container_uri))
    error_message = "runtime_container_uri is an image in ECR or in public.ecr.aws, best with its digest; or empty."
  }
}

variable "runtime_role_arn" {
  type        = string
  description = "ARN of your own role for the runtime. Empty: one is made. Give it no tenant's data: any code in a microVM can read its credentials."
  default     = ""
  nullable    = false

  validation {
    condition     = var.runtime_role_arn == "" || can(regex("^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/.+$", var.runtime_role_arn))
    error_message = "runtime_role_arn is the ARN of an IAM role, arn:aws:iam::123456789012:role/name, or empty."
  }
}

variable "runtime_policy_arns" {
  type        = list(string)
  description = "Further policies for the role that is made."
  default     = []
  nullable    = false

  validation {
    condition     = length(var.runtime_policy_arns) <= 10 && alltrue([for arn in var.runtime_policy_arns : can(regex("^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):policy/.+$", arn))])
    error_message = "runtime_policy_arns: at most 10 ARNs of IAM policies."
  }

  validation {
    condition     = !anytrue([for arn in var.runtime_policy_arns : can(regex("policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$", arn))])
    error_message = "runtime_policy_arns: AdministratorAccess, PowerUserAccess and IAMFullAccess are refused: any code in a microVM can read the role's credentials."
  }

  validation {
    condition     = var.runtime_role_arn == "" || length(var.runtime_policy_arns) == 0
    error_message = "runtime_policy_arns goes to the role that is made: with runtime_role_arn, attach them to your own role."
  }
}

variable "runtime_inline_policies" {
  type        = map(string)
  description = "Further policies, as JSON by name, for the role that is made."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, document in var.runtime_inline_policies : can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", name)) && can(jsondecode(document).Statement)])
    error_message = "runtime_inline_policies: names of 1 to 128 characters, and policies as JSON with a Statement."
  }

  validation {
    condition = alltrue(flatten([
      for document in values(var.runtime_inline_policies) : [
        for statement in try(flatten([jsondecode(document).Statement]), []) :
        !(try(statement.Effect, "") == "Allow" && anytrue([for action in flatten([try(statement.Action, [])]) : can(regex("^([*]|[a-z0-9-]+:[*])$", action))]) && contains(flatten([try(statement.Resource, [])]), "*"))
      ]
    ]))
    error_message = "runtime_inline_policies: a statement allows all actions on all resources: name the actions, or the resources."
  }

  validation {
    condition     = var.runtime_role_arn == "" || length(var.runtime_inline_policies) == 0
    error_message = "runtime_inline_policies goes to the role that is made: with runtime_role_arn, put them into your own role."
  }
}

variable "runtime_model_arns" {
  type        = list(string)
  description = "Models and inference profiles that the agent may call; the model behind one of AWS's own profiles is added by itself, as is the model of enable_inference_profile. Empty: no further model."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.runtime_model_arns : can(regex("^arn:aws(-[a-z]+)*:bedrock:[a-z0-9-]*[*]?:([0-9]{12})?:(foundation-model|inference-profile|application-inference-profile|custom-model|provisioned-model|imported-model)/[A-Za-z0-9.:_-]+$", arn))])
    error_message = "runtime_model_arns: ARNs of Bedrock models or inference profiles; a * may stand only for the region."
  }
}

variable "runtime_reserved_concurrency" {
  type        = number
  description = "Not in AgentCore: a runtime is no Lambda function. Its bound is the account's quota of active sessions; the BFF's is proxy_reserved_concurrency."
  default     = 10
  nullable    = false

  validation {
    condition     = var.runtime_reserved_concurrency == 10
    error_message = "runtime_reserved_concurrency has no effect in AgentCore, whose runtimes have no reserved concurrency: leave it out. Bound the calls with proxy_reserved_concurrency, or by the quota of active sessions."
  }
}

variable "enable_memory" {
  type        = bool
  description = "Make the agent's memory in AgentCore."
  default     = false
  nullable    = false
}

variable "memory_type" {
  type        = string
  description = "SHORT_TERM keeps events alone; LONG_TERM extracts facts, preferences and summaries and keeps events as briefly as AgentCore lets it; BOTH extracts, and keeps events for memory_event_days."
  default     = "BOTH"
  nullable    = false

  validation {
    condition     = contains(["SHORT_TERM", "LONG_TERM", "BOTH"], var.memory_type)
    error_message = "memory_type is SHORT_TERM, LONG_TERM or BOTH."
  }
}

variable "memory_event_days" {
  type        = number
  description = "Days that the memory keeps events; with LONG_TERM it is 3."
  default     = 90
  nullable    = false

  validation {
    condition     = var.memory_event_days >= 3 && var.memory_event_days <= 3650 && floor(var.memory_event_days) == var.memory_event_days
    error_message = "memory_event_days is a whole number from 3 to 3650."
  }
}

variable "memory_runtime_access" {
  type        = bool
  description = "Let the runtime's role use the memory. Any code in a microVM can then read what every tenant's people told the agent: only for an app of one tenant."
  default     = false
  nullable    = false
}

variable "enable_packaging" {
  type        = bool
  description = "Build the package of the agent's code for enable_runtime, and make the bucket it lies in. Not used with runtime_container_uri."
  default     = true
  nullable    = false

  validation {
    condition     = !var.enable_runtime || var.enable_packaging || var.runtime_container_uri != ""
    error_message = "enable_runtime needs something to run: enable_packaging, or runtime_container_uri."
  }
}

variable "python_version" {
  type        = string
  description = "Python of the runtime, and of the package that is built for it."
  default     = "3.12"
  nullable    = false

  validation {
    condition     = contains(["3.12", "3.13"], var.python_version)
    error_message = "python_version is 3.12 or 3.13."
  }
}

variable "lambda_architecture" {
  type        = string
  description = "Processor of the Lambda functions. The runtime's package is for arm64 whatever stands here: AgentCore has no other."
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.lambda_architecture)
    error_message = "lambda_architecture is x86_64 or arm64."
  }
}

variable "deployment_bucket_name" {
  type        = string
  description = "Your own bucket for packages, in the region of AgentCore, versioned. Empty: one is made."
  default     = ""
  nullable    = false

  validation {
    condition     = var.deployment_bucket_name == "" || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.deployment_bucket_name))
    error_message = "deployment_bucket_name is the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens; or empty."
  }
}

variable "enable_inference_profile" {
  type        = bool
  description = "Make an application inference profile: a name of your own for a model, with its costs apart."
  default     = false
  nullable    = false

  validation {
    condition     = !var.enable_inference_profile || var.inference_profile_model_source_arn != ""
    error_message = "enable_inference_profile needs inference_profile_model_source_arn: the model, or the profile, that it is made from."
  }
}

variable "inference_profile_name" {
  type        = string
  description = "Name of the inference profile. Empty: derived from the coordinates."
  default     = ""
  nullable    = false

  validation {
    condition     = var.inference_profile_name == "" || (can(regex("^([0-9a-zA-Z][ _-]?)+$", var.inference_profile_name)) && length(var.inference_profile_name) <= 64)
    error_message = "inference_profile_name: 1 to 64 letters and digits, between them single spaces, hyphens or underscores; or empty."
  }
}

variable "inference_profile_model_source_arn" {
  type        = string
  description = "ARN of the foundation model, or of AWS's own inference profile, that the profile is made from."
  default     = ""
  nullable    = false

  validation {
    condition     = var.inference_profile_model_source_arn == "" || can(regex("^arn:aws(-[a-z]+)*:bedrock:[a-z0-9-]+:([0-9]{12})?:(foundation-model|inference-profile)/[A-Za-z0-9.:_-]+$", var.inference_profile_model_source_arn))
    error_message = "inference_profile_model_source_arn is the ARN of a foundation model or of a system-defined inference profile, or empty."
  }
}
