variable "name" {
  type        = string
  description = "Name of the bucket."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name is 3 to 63 lower-case letters, digits and hyphens; with dots, TLS certificates would not fit."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Key to encrypt with. Empty: S3's own."
  default     = ""
  nullable    = false
}

variable "expire_days" {
  type        = number
  description = "Days after which objects are deleted. 0: never."
  default     = 0
  nullable    = false

  validation {
    condition     = var.expire_days >= 0 && floor(var.expire_days) == var.expire_days
    error_message = "expire_days is a whole number, 0 for never."
  }
}

variable "noncurrent_days" {
  type        = number
  description = "Days after which a replaced or deleted version is gone for good."
  default     = 30
  nullable    = false

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days is a whole number from 1."
  }
}

variable "force_destroy" {
  type        = bool
  description = "Whether the bucket goes with its contents. Only for what can be made again."
  default     = false
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the bucket."
  default     = {}
  nullable    = false
}
