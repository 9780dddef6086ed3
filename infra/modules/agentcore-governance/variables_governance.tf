variable "enable_policy_engine" {
  type        = bool
  description = "Make the policy engine, which decides about every tool call at the gateway by Cedar policies. What no policy permits is refused."
  default     = false
  nullable    = false
}

variable "policy_engine_mode" {
  type        = string
  description = "ENFORCE refuses what no policy permits; LOG_ONLY lets it through and logs what would have been refused."
  default     = "ENFORCE"
  nullable    = false

  validation {
    condition     = contains(["ENFORCE", "LOG_ONLY"], var.policy_engine_mode)
    error_message = "policy_engine_mode is ENFORCE or LOG_ONLY."
  }
}

variable "cedar_policy_files" {
  type        = map(string)
  description = "Files with one Cedar policy each, by the policy's name; paths relative to the root module or absolute. @GATEWAY_ARN@ in a file becomes the gateway's ARN."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.cedar_policy_files) : can(regex("^[A-Za-z][A-Za-z0-9_-]{0,47}$", name))])
    error_message = "cedar_policy_files: a name is a letter and up to 47 letters, digits, _ and - (which becomes _)."
  }

  validation {
    condition     = length(distinct([for name in keys(var.cedar_policy_files) : replace(name, "-", "_")])) == length(var.cedar_policy_files)
    error_message = "cedar_policy_files: two names differ in - and _ alone, which AgentCore cannot tell apart."
  }

  validation {
    condition = alltrue([
      for file in values(var.cedar_policy_files) : try(
        length(trimspace(file(startswith(file, "/") ? file : "${path.root}/${file}"))) >= 35
        && length(trimspace(file(startswith(file, "/") ? file : "${path.root}/${file}"))) <= 9800
        && can(regex("(^|[^A-Za-z_])(permit|forbid)[[:space:]]*[(]", file(startswith(file, "/") ? file : "${path.root}/${file}"))),
      false)
    ])
    error_message = "cedar_policy_files: a file is missing, seen from the root module, or is no Cedar policy, permit (…) or forbid (…), of 35 to 9,800 characters."
  }

  validation {
    condition     = alltrue([for file in values(var.cedar_policy_files) : endswith(file, ".cedar")])
    error_message = "cedar_policy_files: files end in .cedar."
  }
}

variable "policy_engine_schema" {
  type        = string
  description = "Not in AgentCore: the schema follows from the gateway's tools."
  default     = ""
  nullable    = false

  validation {
    condition     = var.policy_engine_schema == ""
    error_message = "policy_engine_schema: AgentCore's API takes no schema; it makes one from the tools of the gateway. Leave it out, and give tools their inputSchema (mcp_targets)."
  }
}

variable "enable_guardrails" {
  type        = bool
  description = "Make the Bedrock guardrail, and tell the agent its id and version."
  default     = false
  nullable    = false
}

variable "guardrail_name" {
  type        = string
  description = "Name of the guardrail. Empty: derived from the coordinates."
  default     = ""
  nullable    = false

  validation {
    condition     = var.guardrail_name == "" || can(regex("^[0-9a-zA-Z_-]{1,50}$", var.guardrail_name))
    error_message = "guardrail_name: 1 to 50 letters, digits, - and _; or empty."
  }
}

variable "guardrail_filters" {
  type = list(object({
    type            = string
    input_strength  = optional(string, "HIGH")
    output_strength = optional(string)
  }))
  description = "Content filters. output_strength is HIGH where it is left out, and NONE for PROMPT_ATTACK, which an answer cannot be. INSULT is the API's INSULTS."
  default = [
    { type = "HATE" },
    { type = "INSULTS" },
    { type = "SEXUAL" },
    { type = "VIOLENCE" },
    { type = "MISCONDUCT" },
    { type = "PROMPT_ATTACK" },
  ]
  nullable = false

  validation {
    condition     = alltrue([for filter in var.guardrail_filters : contains(["HATE", "INSULT", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT", "PROMPT_ATTACK"], filter.type)])
    error_message = "guardrail_filters: a type is HATE, INSULTS, SEXUAL, VIOLENCE, MISCONDUCT or PROMPT_ATTACK."
  }

  validation {
    condition     = alltrue([for filter in var.guardrail_filters : contains(["NONE", "LOW", "MEDIUM", "HIGH"], filter.input_strength) && contains(["NONE", "LOW", "MEDIUM", "HIGH"], coalesce(filter.output_strength, "NONE"))])
    error_message = "guardrail_filters: a strength is NONE, LOW, MEDIUM or HIGH."
  }

  validation {
    condition     = alltrue([for filter in var.guardrail_filters : filter.type != "PROMPT_ATTACK" || coalesce(filter.output_strength, "NONE") == "NONE"])
    error_message = "guardrail_filters: PROMPT_ATTACK looks at what comes in; its output_strength is NONE."
  }

  validation {
    condition     = length(distinct([for filter in var.guardrail_filters : replace(filter.type, "/^INSULT$/", "INSULTS")])) == length(var.guardrail_filters)
    error_message = "guardrail_filters: a type stands there twice."
  }
}

variable "guardrail_sensitive_info_filters" {
  type = list(object({
    type   = string
    action = string
  }))
  description = "Kinds of personal data, and what happens to them: BLOCK refuses the message, ANONYMIZE puts a mark in their place."
  default     = []
  nullable    = false

  validation {
    condition = alltrue([for filter in var.guardrail_sensitive_info_filters : contains([
      "ADDRESS", "AGE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CA_HEALTH_NUMBER", "CA_SOCIAL_INSURANCE_NUMBER", "CREDIT_DEBIT_CARD_CVV",
      "CREDIT_DEBIT_CARD_EXPIRY", "CREDIT_DEBIT_CARD_NUMBER", "DRIVER_ID", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "IP_ADDRESS",
      "LICENSE_PLATE", "MAC_ADDRESS", "NAME", "PASSWORD", "PHONE", "PIN", "SWIFT_CODE", "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
      "UK_NATIONAL_INSURANCE_NUMBER", "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "URL", "USERNAME", "US_BANK_ACCOUNT_NUMBER",
      "US_BANK_ROUTING_NUMBER", "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", "US_PASSPORT_NUMBER", "US_SOCIAL_SECURITY_NUMBER",
      "VEHICLE_IDENTIFICATION_NUMBER",
    ], filter.type)])
    error_message = "guardrail_sensitive_info_filters: a type is one of Bedrock's kinds of personal data, such as EMAIL, PHONE, NAME, US_SOCIAL_SECURITY_NUMBER."
  }

  validation {
    condition     = alltrue([for filter in var.guardrail_sensitive_info_filters : contains(["BLOCK", "ANONYMIZE"], filter.action)])
    error_message = "guardrail_sensitive_info_filters: an action is BLOCK or ANONYMIZE."
  }

  validation {
    condition     = length(distinct(var.guardrail_sensitive_info_filters[*].type)) == length(var.guardrail_sensitive_info_filters)
    error_message = "guardrail_sensitive_info_filters: a type stands there twice."
  }
}

variable "enable_evaluations" {
  type        = bool
  description = "Make evaluators, and have them judge a share of what the runtime does."
  default     = false
  nullable    = false
}

variable "evaluation_type" {
  type        = string
  description = "What is judged: TOOL_CALL each call of a tool; REASONING how a turn came about; RESPONSE its answer; ALL the three."
  default     = "TOOL_CALL"
  nullable    = false

  validation {
    condition     = contains(["TOOL_CALL", "REASONING", "RESPONSE", "ALL"], var.evaluation_type)
    error_message = "evaluation_type is TOOL_CALL, REASONING, RESPONSE or ALL."
  }
}

variable "evaluator_model_id" {
  type        = string
  description = "Model that judges: a model's id or an inference profile's. The seed's short name stands for the profile that calls that model in any region."
  default     = "anthropic.claude-sonnet-4-5"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[A-Za-z0-9-]+)+(:[0-9]+)?$", var.evaluator_model_id))
    error_message = "evaluator_model_id is the id of a model or of an inference profile, such as eu.anthropic.claude-sonnet-4-5-20250929-v1:0."
  }
}

variable "evaluation_prompt" {
  type        = string
  description = "The judge's instructions. Empty: one for each evaluation_type. It has to hold a placeholder of its level: {context} always; {assistant_turn} for REASONING and RESPONSE, {tool_turn} and {available_tools} for TOOL_CALL."
  default     = ""
  nullable    = false

  validation {
    condition     = var.evaluation_prompt == "" || strcontains(var.evaluation_prompt, "{context}") || (var.evaluation_type == "TOOL_CALL" && can(regex("[{](tool_turn|available_tools)[}]", var.evaluation_prompt))) || (contains(["REASONING", "RESPONSE"], var.evaluation_type) && strcontains(var.evaluation_prompt, "{assistant_turn}"))
    error_message = "evaluation_prompt holds no placeholder that its evaluation_type knows: {context}; {tool_turn}, {available_tools} (TOOL_CALL); {assistant_turn} (REASONING, RESPONSE). Without one the judge sees nothing."
  }
}

variable "evaluation_criteria" {
  type        = map(string)
  description = "Criteria by name, each with what the judge shall look at. Each becomes a dimension with a score of its own. Empty: one score."
  default     = {}
  nullable    = false

  validation {
    condition     = length(distinct([for name in keys(var.evaluation_criteria) : replace(name, "-", "_")])) == length(var.evaluation_criteria)
    error_message = "evaluation_criteria: two names differ in - and _ alone, which AgentCore cannot tell apart."
  }

  validation {
    condition     = length(var.evaluation_criteria) <= 50 && alltrue([for name, text in var.evaluation_criteria : can(regex("^[a-zA-Z][a-zA-Z0-9_-]{0,47}$", name)) && length(text) >= 1 && length(text) <= 4000])
    error_message = "evaluation_criteria: at most 50; a name is a letter and up to 47 letters, digits, _ and - (which becomes _), a text 1 to 4,000 characters."
  }
}

variable "evaluation_sampling_percentage" {
  type        = number
  description = "Share of the sessions that is judged, in percent: every judgement is a call of the model."
  default     = 10
  nullable    = false

  validation {
    condition     = var.evaluation_sampling_percentage >= 0.01 && var.evaluation_sampling_percentage <= 100
    error_message = "evaluation_sampling_percentage is a number from 0.01 to 100."
  }
}
