# With compute = "fargate".

variable "container_image" {
  description = "The image, made by the repository's Dockerfile: by digest or by tag."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.container_image == "" ? !(var.enable_bff && var.compute == "fargate") : can(regex("^[a-z0-9][A-Za-z0-9._/-]*(?::[0-9]+/[A-Za-z0-9._/-]+)?(?:@sha256:[a-f0-9]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$", var.container_image))
    error_message = "container_image has to name an image with its digest or tag; compute = \"fargate\" needs it."
  }
}

variable "container_architecture" {
  description = "The processor that the image is for."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.container_architecture)
    error_message = "container_architecture has to be arm64 or x86_64."
  }
}

variable "vpc_id" {
  description = "The VPC of load balancer and containers. It needs an internet gateway, since CloudFront's VPC origins do, though nothing of ours has a public address."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.vpc_id == "" ? !(var.enable_bff && var.compute == "fargate") : can(regex("^vpc-[0-9a-f]{8,17}$", var.vpc_id))
    error_message = "vpc_id has to be the id of a VPC, vpc-…; compute = \"fargate\" needs it."
  }
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones, with a way out (NAT) to the provider and to AWS."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-f]{8,17}$", id))])
    error_message = "subnet_ids have to be ids of subnets, subnet-…."
  }

  validation {
    condition     = length(var.subnet_ids) >= 2 || !(var.enable_bff && var.compute == "fargate")
    error_message = "subnet_ids has to name at least two; compute = \"fargate\" needs them."
  }
}

variable "origin_domain_name" {
  description = "The name in the load balancer's certificate. It has to resolve nowhere: CloudFront reaches the load balancer inside the VPC and checks the certificate against this name."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.origin_domain_name == "" ? !(var.enable_bff && var.compute == "fargate") : can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$", var.origin_domain_name))
    error_message = "origin_domain_name has to be a full host name in lower case; compute = \"fargate\" needs it."
  }
}

variable "origin_certificate_arn" {
  description = "The load balancer's certificate, in ACM, in its own region."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.origin_certificate_arn == "" ? !(var.enable_bff && var.compute == "fargate") : can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.origin_certificate_arn))
    error_message = "origin_certificate_arn has to be the ARN of a certificate of ACM; compute = \"fargate\" needs it: cookies are never sent in the clear."
  }
}

variable "container_cpu" {
  description = "CPU units of a container: 1024 are one processor. The application is one process, so more than one processor is wasted."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.container_cpu)
    error_message = "container_cpu has to be 256, 512, 1024, 2048 or 4096."
  }
}

variable "container_memory_mb" {
  description = "Memory of a container in MB; Fargate has two to eight times the CPU units."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = var.container_memory_mb >= 2 * var.container_cpu && var.container_memory_mb <= 8 * var.container_cpu && var.container_memory_mb % 512 == 0
    error_message = "container_memory_mb has to be two to eight times container_cpu, in steps of 512."
  }
}

variable "containers" {
  description = "How many containers there are at least and at most."
  type = object({
    least = optional(number, 2)
    most  = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.containers.least >= 1 && var.containers.most >= var.containers.least
    error_message = "containers has to have a least of 1 or more, and a most of that or more."
  }
}

variable "stream_drain_seconds" {
  description = "How long open answers may go on in a container that is stopped, in seconds."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.stream_drain_seconds >= 0 && var.stream_drain_seconds <= 105 && floor(var.stream_drain_seconds) == var.stream_drain_seconds
    error_message = "stream_drain_seconds has to be a whole number from 0 to 105: Fargate kills a container 120 s after it was told to stop, and the application takes 5 s more than this."
  }
}
