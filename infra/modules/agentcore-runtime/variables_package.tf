# What the agent's package holds beside what its entry imports.

variable "runtime_also" {
  type        = list(string)
  description = "Further Python files to pack, relative to runtime_source_path: modules that are imported by a name made at run time, which no build can see."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for file in var.runtime_also : can(regex("^[A-Za-z0-9_][A-Za-z0-9_./-]*\\.py$", file)) && !strcontains(file, "..")])
    error_message = "runtime_also: .py files inside runtime_source_path, without '..'."
  }
}

variable "runtime_files" {
  type        = list(string)
  description = "Data files to pack, as patterns relative to runtime_source_path: corpus/*.md. Texts, 100,000 characters together, and no secrets."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for pattern in var.runtime_files : can(regex("^[A-Za-z0-9_*][A-Za-z0-9_./*-]*$", pattern)) && !strcontains(pattern, "..")])
    error_message = "runtime_files: patterns of files inside runtime_source_path, without '..'."
  }
}

variable "runtime_requirements_file" {
  type        = string
  description = "Lock with hashes, relative to runtime_source_path, whose packages go along. Where there is no such file, no package does."
  default     = "requirements.lock"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.runtime_requirements_file))
    error_message = "runtime_requirements_file is the path of a lock with hashes: letters, digits and _ . / -"
  }
}
