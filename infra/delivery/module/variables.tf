variable "name" {
  type        = string
  description = "Name of the delivery, unique in the account and region."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,60}$", var.name))
    error_message = "name is 1 to 60 letters, digits, - and _."
  }
}

variable "resource_arn" {
  type        = string
  description = "What the logs are about."
  nullable    = false
}

variable "log_group_arn" {
  type        = string
  description = "Where they go."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of all resources."
  default     = {}
  nullable    = false
}
