variable "enable_bff" {
  description = "Make the front door at all. `false` makes nothing."
  type        = bool
  default     = false
  nullable    = false
}

variable "app_id" {
  description = "The app: a slug. It is in every name, in the tags of every grant and in every key of the tables."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.app_id))
    error_message = "app_id has to be 1 to 63 lower-case letters, digits and inner hyphens."
  }
}

variable "environment" {
  description = "Deployment stage: `dev`, `test`, `staging` or `prod`. It is part of every name, so that several can share an account."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = contains(["dev", "test", "staging", "prod"], var.environment)
    error_message = "environment has to be dev, test, staging or prod."
  }
}

variable "tags" {
  description = "Tags of every resource that can have some, beside the provider's own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "compute" {
  description = "What runs the application: `lambda` (three functions behind an API Gateway) or `fargate` (the container image behind a load balancer)."
  type        = string
  default     = "lambda"
  nullable    = false

  validation {
    condition     = contains(["lambda", "fargate"], var.compute)
    error_message = "compute has to be lambda or fargate."
  }
}

variable "enable_kms" {
  description = "Encrypt by the customer's key what can take it: session table, packages, access logs, log groups, keyring and the functions' variables."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "The customer's key, which enable_kms needs. Its key policy has to let CloudWatch Logs and the log delivery of this account use it (docs/infra.md)."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn has to be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias does not do."
  }

  validation {
    condition     = !var.enable_kms || var.kms_key_arn != ""
    error_message = "enable_kms needs kms_key_arn: without it there is no key to encrypt with."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the tables, and to empty the buckets, with the rest. Turn it off first, by an apply of its own, to destroy a deployment."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_retention_days" {
  description = "How long log groups and CloudFront's access logs are kept, in days: a value that CloudWatch Logs knows."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days has to be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "enable_xray" {
  description = "Trace requests by X-Ray, through API Gateway and the functions."
  type        = bool
  default     = true
  nullable    = false
}

variable "alarm_sns_topic_arn" {
  description = "The topic that alarms are told to. Without it alarms only change their state."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.alarm_sns_topic_arn == "" || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.alarm_sns_topic_arn))
    error_message = "alarm_sns_topic_arn has to be the ARN of a standard topic, arn:aws:sns:REGION:ACCOUNT:NAME."
  }
}

variable "python" {
  description = "The interpreter that builds packages and makes the keyring during an apply; it needs boto3."
  type        = string
  default     = "python3"
  nullable    = false
}
