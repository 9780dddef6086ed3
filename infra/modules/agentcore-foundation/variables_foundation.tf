variable "enable_gateway" {
  type        = bool
  description = "Make the MCP gateway: the one address at which agents find their tools."
  default     = true
  nullable    = false
}

variable "gateway_name" {
  type        = string
  description = "Name of the gateway. Empty: derived from the coordinates."
  default     = ""
  nullable    = false

  validation {
    condition     = var.gateway_name == "" || (can(regex("^([0-9a-zA-Z]-?)+$", var.gateway_name)) && length(var.gateway_name) <= 48)
    error_message = "gateway_name: 1 to 48 letters and digits, single hyphens between them, no underscore (AgentCore's rule for gateways); or empty."
  }
}

variable "gateway_search_type" {
  type        = string
  description = "How agents find tools at the gateway. The API has SEMANTIC, which comes on top of the plain listing, so HYBRID means the same; NONE is the listing alone."
  default     = "HYBRID"
  nullable    = false

  validation {
    condition     = contains(["SEMANTIC", "HYBRID", "NONE"], var.gateway_search_type)
    error_message = "gateway_search_type is SEMANTIC, HYBRID (the same in AgentCore's API) or NONE."
  }
}

variable "gateway_role_arn" {
  type        = string
  description = "ARN of your own role for the gateway. Empty: one is made that may invoke the Lambda functions of mcp_targets and nothing else."
  default     = ""
  nullable    = false

  validation {
    condition     = var.gateway_role_arn == "" || can(regex("^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/.+$", var.gateway_role_arn))
    error_message = "gateway_role_arn is the ARN of an IAM role, arn:aws:iam::123456789012:role/name, or empty."
  }
}

variable "gateway_jwt_authorizer" {
  type = object({
    discovery_url    = string
    allowed_audience = optional(list(string), [])
    allowed_clients  = optional(list(string), [])
    allowed_scopes   = optional(list(string), [])
  })
  description = "Whose tokens open the gateway: the provider's discovery document and what a token has to carry. Null means callers sign with SigV4 (AWS_IAM), as an agent's runtime does. There is no open gateway."
  default     = null
  nullable    = true

  validation {
    condition     = var.gateway_jwt_authorizer == null ? true : can(regex("^https://[^ ?#]+/\\.well-known/(openid-configuration|oauth-authorization-server)(/[^ ?#]+)?$", var.gateway_jwt_authorizer.discovery_url))
    error_message = "gateway_jwt_authorizer.discovery_url is https://…/.well-known/openid-configuration."
  }

  validation {
    # A token of the right issuer alone is any token of that company, also one for another application.
    condition     = var.gateway_jwt_authorizer == null ? true : length(concat(var.gateway_jwt_authorizer.allowed_audience, var.gateway_jwt_authorizer.allowed_clients)) > 0
    error_message = "gateway_jwt_authorizer needs allowed_audience or allowed_clients: without them every token of the issuer opens the gateway."
  }
}

variable "mcp_targets" {
  type = map(object({
    name               = string
    lambda_arn         = string
    description        = optional(string, "")
    tool_schema_file   = optional(string, "")
    tool_schema_s3_uri = optional(string, "")
  }))
  description = "Lambda functions that are tools at the gateway. tool_schema_file is a JSON file, relative to the root module: a list of {name, description, inputSchema}. Without a file and an S3 URI a target is one tool of its own name that takes any object."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for target in values(var.mcp_targets) : can(regex("^([0-9a-zA-Z]-?)+$", target.name)) && length(target.name) <= 48])
    error_message = "mcp_targets: a name is 1 to 48 letters and digits with single hyphens between them; agents see {name}___{tool}."
  }

  validation {
    condition     = alltrue([for target in values(var.mcp_targets) : can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]+(:([$]LATEST|[a-zA-Z0-9_-]+))?$", target.lambda_arn))])
    error_message = "mcp_targets: lambda_arn is the ARN of a function, with or without a version or alias."
  }

  validation {
    condition     = length(distinct([for target in values(var.mcp_targets) : target.name])) == length(var.mcp_targets)
    error_message = "mcp_targets: two targets have the same name."
  }

  validation {
    condition     = alltrue([for target in values(var.mcp_targets) : target.tool_schema_file == "" || target.tool_schema_s3_uri == ""])
    error_message = "mcp_targets: a target has tool_schema_file or tool_schema_s3_uri, not both."
  }

  validation {
    condition     = alltrue([for target in values(var.mcp_targets) : target.tool_schema_s3_uri == "" || can(regex("^s3://[a-z0-9.-]+/.+$", target.tool_schema_s3_uri))])
    error_message = "mcp_targets: tool_schema_s3_uri is s3://bucket/key."
  }

  validation {
    condition = alltrue([
      for target in values(var.mcp_targets) : target.tool_schema_file == "" || can([
        for tool in jsondecode(file(startswith(target.tool_schema_file, "/") ? target.tool_schema_file : "${path.root}/${target.tool_schema_file}")) : [tool.name, tool.description, tool.inputSchema.type]
      ])
    ])
    error_message = "mcp_targets: tool_schema_file is no JSON list of tools, each with name, description and inputSchema with a type; or there is no such file, seen from the root module."
  }

  validation {
    condition     = alltrue([for target in values(var.mcp_targets) : length(target.description) <= 200])
    error_message = "mcp_targets: a description has 200 characters at most."
  }
}

variable "enable_identity" {
  type        = bool
  description = "Make the workload identity, by which an agent gets tokens for other services on a person's behalf."
  default     = false
  nullable    = false
}

variable "oauth_return_urls" {
  type        = list(string)
  description = "Where a person may be sent back to after consenting at another service. Plain http only for a machine's own loopback."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for url in var.oauth_return_urls : can(regex("^(https://[^ ]+|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?(/[^ ]*)?)$", url)) && length(url) <= 2048])
    error_message = "oauth_return_urls: https://… (http only for localhost and 127.0.0.1), at most 2,048 characters. A code that comes back over http can be read on the way."
  }
}

variable "oauth2_credential_providers" {
  type = map(object({
    vendor                 = string
    client_id              = string
    client_secret_arn      = string
    client_secret_json_key = optional(string, "client_secret")
    discovery_url          = optional(string, "")
    microsoft_tenant_id    = optional(string, "")
    issuer                 = optional(string, "")
    authorization_endpoint = optional(string, "")
    token_endpoint         = optional(string, "")
  }))
  description = "Services that agents may ask for tokens, by name; needs enable_identity. The client secret stays in Secrets Manager: AgentCore reads it there (EXTERNAL), Terraform never does."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.oauth2_credential_providers) : can(regex("^[a-zA-Z0-9_-]{1,64}$", name))])
    error_message = "oauth2_credential_providers: a name is 1 to 64 letters, digits, - and _."
  }

  validation {
    condition = alltrue([for provider in values(var.oauth2_credential_providers) : contains([
      "Atlassian", "Auth0", "Cognito", "Custom", "CyberArk", "Dropbox", "Facebook", "FusionAuth", "Github", "Google", "Hubspot", "Linkedin",
      "Microsoft", "Notion", "Okta", "OneLogin", "PingOne", "Reddit", "Salesforce", "Slack", "Spotify", "Twitch", "X", "Yandex", "Zoom",
    ], trimsuffix(provider.vendor, "Oauth2")) && endswith(provider.vendor, "Oauth2")])
    error_message = "oauth2_credential_providers: vendor is one of AgentCore's, such as CustomOauth2, GithubOauth2, GoogleOauth2, MicrosoftOauth2, OktaOauth2, SlackOauth2."
  }

  validation {
    condition     = alltrue([for provider in values(var.oauth2_credential_providers) : can(regex("^arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$", provider.client_secret_arn))])
    error_message = "oauth2_credential_providers: client_secret_arn is the ARN of a secret in Secrets Manager. The secret itself never goes into a variable: it would stand in the state."
  }

  validation {
    condition     = alltrue([for provider in values(var.oauth2_credential_providers) : provider.vendor != "CustomOauth2" || can(regex("^https://[^ ?#]+/\\.well-known/(openid-configuration|oauth-authorization-server)(/[^ ?#]+)?$", provider.discovery_url))])
    error_message = "oauth2_credential_providers: CustomOauth2 needs discovery_url, https://…/.well-known/openid-configuration."
  }
}

variable "enable_observability" {
  type        = bool
  description = "Make log groups, metric filters and alarms, and have AgentCore deliver its logs there."
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  type        = number
  description = "Days that log groups keep their events."
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653. Keeping for ever is not offered."
  }
}

variable "enable_xray" {
  type        = bool
  description = "Make the X-Ray sampling rule and group, and let the runtime send traces."
  default     = true
  nullable    = false
}

variable "alarm_sns_topic_arn" {
  type        = string
  description = "SNS topic that alarms go to. Empty: alarms change colour and tell nobody."
  default     = ""
  nullable    = false

  validation {
    condition     = var.alarm_sns_topic_arn == "" || can(regex("^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]+(\\.fifo)?$", var.alarm_sns_topic_arn))
    error_message = "alarm_sns_topic_arn is the ARN of an SNS topic, or empty."
  }
}

variable "enable_waf" {
  type        = bool
  description = "Make web ACLs before the BFF, at CloudFront and at its API: AWS's managed rules and limits of requests."
  default     = false
  nullable    = false
}

variable "waf_rate_limit" {
  type        = number
  description = "Requests of one session in five minutes, above which the web ACL at the API blocks it. The limit of one address is waf_requests_per_5_minutes."
  default     = 2000
  nullable    = false

  validation {
    condition     = var.waf_rate_limit >= 10 && var.waf_rate_limit <= 2000000000 && floor(var.waf_rate_limit) == var.waf_rate_limit
    error_message = "waf_rate_limit is a whole number from 10 to 2,000,000,000."
  }
}

variable "enable_kms" {
  type        = bool
  description = "Encrypt with your own KMS key all that can take one, instead of AWS's keys."
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of that key, not of an alias. With several regions it is a multi-Region key (mrk-…) that has a replica in each."
  default     = ""
  nullable    = false

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]{36}$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, arn:aws:kms:region:account:key/id: aliases are not taken by AgentCore."
  }

  validation {
    condition     = !var.enable_kms || var.kms_key_arn != ""
    error_message = "enable_kms needs kms_key_arn: Gatehouse makes no key, so that whoever owns the key decides who may use it."
  }
}
