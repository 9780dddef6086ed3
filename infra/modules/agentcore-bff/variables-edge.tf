# CloudFront and what stands before the application.

variable "domain_names" {
  description = "The app's own domain names; the first is the public one. Without any, CloudFront's own name serves, with CloudFront's own certificate (which allows TLS 1.0)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.domain_names : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$", name))])
    error_message = "domain_names have to be full host names in lower case, without scheme, port and wildcard."
  }
}

variable "certificate_arn" {
  description = "The certificate of domain_names, in ACM, in us-east-1."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.certificate_arn))
    error_message = "certificate_arn has to be the ARN of a certificate of ACM in us-east-1: CloudFront takes no other."
  }

  validation {
    condition     = (var.certificate_arn == "") == (length(var.domain_names) == 0)
    error_message = "domain_names and certificate_arn belong together."
  }
}

variable "hosted_zone_id" {
  description = "The Route 53 zone in which domain_names are made to point at CloudFront; `\"\"`: somebody else does it."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.hosted_zone_id == "" || can(regex("^Z[A-Z0-9]{1,31}$", var.hosted_zone_id))
    error_message = "hosted_zone_id has to be the id of a zone of Route 53, such as Z0123456789ABCDEFGHIJ."
  }
}

variable "price_class" {
  description = "Where in the world CloudFront answers."
  type        = string
  default     = "PriceClass_100"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class has to be PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "spa_path" {
  description = "The built single-page app (`make spa`): its files are uploaded. `\"\"`: somebody else fills the bucket."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.spa_path == "" || !var.enable_bff ? true : fileexists("${var.spa_path}/index.html")
    error_message = "spa_path holds no index.html: build the app first, by make spa."
  }
}

variable "enable_access_logs" {
  description = "Keep CloudFront's and API Gateway's access logs: method, path, status, times. Never a query (it holds codes), a cookie or a header."
  type        = bool
  default     = true
  nullable    = false
}

variable "manage_api_gateway_account" {
  description = "Let API Gateway write logs, by a role that is a setting of the whole account and region. `false` where somebody has set it already."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_waf" {
  description = "Put a web ACL of our own before CloudFront: AWS's managed rules, and a limit of requests for each client address."
  type        = bool
  default     = false
  nullable    = false
}

variable "waf_requests_per_5_minutes" {
  description = "How many requests one client address may make in 5 minutes."
  type        = number
  default     = 30000
  nullable    = false

  validation {
    condition     = var.waf_requests_per_5_minutes >= 10 && var.waf_requests_per_5_minutes <= 2000000000 && floor(var.waf_requests_per_5_minutes) == var.waf_requests_per_5_minutes
    error_message = "waf_requests_per_5_minutes has to be a whole number from 10 to 2000000000."
  }
}

variable "web_acl_arn" {
  description = "A regional web ACL for API Gateway's stage or the load balancer, such as the foundation's. It sees CloudFront's addresses as the clients': none of its rules may count by address, unless by X-Forwarded-For."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.web_acl_arn == "" || can(regex("^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[^/]+/[^/]+$", var.web_acl_arn))
    error_message = "web_acl_arn has to be the ARN of a regional web ACL, arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID."
  }
}

variable "origin_secret" {
  description = "A text that CloudFront sends as X-Origin-Verify, and without which the API's own web ACL refuses a request: then another's distribution cannot stand before our API either. It is in the state, since CloudFront's configuration is. `\"\"`: only CloudFront's networks are asked for. Not with web_acl_arn, whose place it takes, nor with fargate, which needs none."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true

  validation {
    condition     = var.origin_secret == "" || can(regex("^[A-Za-z0-9_-]{32,128}$", var.origin_secret))
    error_message = "origin_secret has to be 32 to 128 letters, digits, _ and -, from a random source."
  }

  validation {
    condition     = var.origin_secret == "" || (var.web_acl_arn == "" && var.compute == "lambda")
    error_message = "origin_secret needs compute = \"lambda\" and no web_acl_arn: a stage has one web ACL."
  }
}

variable "throttling_rate" {
  description = "Requests in a second that API Gateway lets through, for everybody together."
  type        = number
  default     = 500
  nullable    = false

  validation {
    condition     = var.throttling_rate >= 1
    error_message = "throttling_rate has to be at least 1."
  }
}

variable "throttling_burst" {
  description = "Requests at once that API Gateway lets through."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.throttling_burst >= 1 && floor(var.throttling_burst) == var.throttling_burst
    error_message = "throttling_burst has to be a whole number of at least 1."
  }
}

variable "origin_read_timeout" {
  description = "How long CloudFront waits for a byte, in seconds. Streams send one every 15; above 120 AWS has to raise the account's quota."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.origin_read_timeout >= 31 && var.origin_read_timeout <= 180
    error_message = "origin_read_timeout has to be 31 to 180 seconds: twice a stream's heartbeat, and longer than API Gateway's own 29 s."
  }
}
