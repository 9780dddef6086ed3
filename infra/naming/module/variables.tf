variable "agent_name" {
  type        = string
  description = "The agent's slug, one of the three coordinates."
  nullable    = false
}

variable "app_id" {
  type        = string
  description = "The app's slug; empty: the agent's."
  default     = ""
  nullable    = false
}

variable "environment" {
  type        = string
  description = "The stage that is deployed."
  nullable    = false
}

variable "resources" {
  type        = set(string)
  description = "What has to be named, as slugs: memory, gateway-role …"
  nullable    = false
}
