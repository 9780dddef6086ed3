# With compute = "lambda".

variable "source_path" {
  description = "The folder of the application's Python code (src)."
  type        = string
  default     = "../src"
  nullable    = false
}

variable "requirements_path" {
  description = "The folder of the hash-locked requirements: authorizer.txt, json.txt, stream.txt."
  type        = string
  default     = "../requirements"
  nullable    = false
}

variable "lambda_architecture" {
  description = "The functions' processor."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.lambda_architecture)
    error_message = "lambda_architecture has to be arm64 or x86_64."
  }
}

variable "python_version" {
  description = "The functions' Python."
  type        = string
  default     = "3.13"
  nullable    = false

  validation {
    condition     = contains(["3.12", "3.13"], var.python_version)
    error_message = "python_version has to be 3.12 or 3.13."
  }
}

variable "proxy_reserved_concurrency" {
  description = "Reserved concurrent executions of the function that streams: how many answers can be open at once. `-1` reserves nothing."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.proxy_reserved_concurrency == -1 || (var.proxy_reserved_concurrency >= 1 && floor(var.proxy_reserved_concurrency) == var.proxy_reserved_concurrency)
    error_message = "proxy_reserved_concurrency has to be a whole number of at least 1, or -1 for none; 0 would switch the agents off."
  }
}

variable "memory_mb" {
  description = "The functions' memory in MB, which also says how much of a processor they have."
  type = object({
    authorizer = optional(number, 512)
    json       = optional(number, 1769)
    stream     = optional(number, 1024)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for size in values(var.memory_mb) : size >= 128 && size <= 10240 && floor(size) == size])
    error_message = "memory_mb has to be whole numbers from 128 to 10240."
  }
}
