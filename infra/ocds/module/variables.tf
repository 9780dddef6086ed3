variable "name" {
  description = "What the package is called: in its S3 keys and in the name of its SSM parameter."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", var.name))
    error_message = "name has to be 1 to 63 lower-case letters, digits and inner hyphens."
  }
}

variable "layout" {
  description = "`lambda`: a layer with the dependencies and a zip of the code. `runtime`: one zip of both, as AgentCore's direct code deployment wants it."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["lambda", "runtime"], var.layout)
    error_message = "layout has to be lambda or runtime."
  }
}

variable "source_path" {
  description = "The folder that the code is imported from. Of it, the modules that the entry really imports are packed."
  type        = string
  nullable    = false

  validation {
    condition     = length(fileset(var.source_path, "**/*.py")) > 0
    error_message = "source_path holds no Python file: it has to be an existing folder with the code."
  }
}

variable "entry" {
  description = "The file that is started, below source_path: `authorizer/handler.py`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*\\.py$", var.entry))
    error_message = "entry has to be a .py file below source_path, such as authorizer/handler.py."
  }
}

variable "also" {
  description = "Further files below source_path that are imported by name at run time, where no import statement shows it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for file in var.also : can(regex("^[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*\\.py$", file))])
    error_message = "also has to name .py files below source_path, such as bff/streaming.py."
  }
}

variable "files" {
  description = "Further files of the code's zip: path in the zip to content. One that begins with `#!` becomes executable. No secrets: everybody who may read the bucket reads them."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for path in keys(var.files) : can(regex("^[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*$", path))
      && !can(regex("(?:^|/)\\.\\.?(?:/|$)", path))
    ])
    error_message = "files has to be keyed by paths inside the zip, such as registry.toml: no leading slash, no dots as a folder."
  }

  # They are handed to the build in its environment; Linux takes 128 KiB for one variable.
  validation {
    condition     = length(jsonencode(var.files)) < 100000
    error_message = "files may hold 100,000 characters together."
  }
}

variable "requirements" {
  description = "The lock of the dependencies: exact versions with hashes. `\"\"`: there are none, and no layer."
  type        = string
  default     = ""
  nullable    = false

  validation {
    # No `||`: it asks for the file of "" as well.
    condition     = var.requirements == "" ? true : fileexists(var.requirements)
    error_message = "requirements has to be an existing file, or \"\" for a package without dependencies."
  }
}

variable "architecture" {
  description = "The processor that the package is for. AgentCore has arm64 only."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture has to be arm64 or x86_64."
  }

  validation {
    condition     = var.layout != "runtime" || var.architecture == "arm64"
    error_message = "A runtime of AgentCore runs on arm64."
  }
}

variable "python_version" {
  description = "The Python that the package is for: 3.12 or 3.13 on Lambda, 3.10 to 3.14 on AgentCore."
  type        = string
  default     = "3.13"
  nullable    = false

  validation {
    condition     = contains(var.layout == "runtime" ? ["3.10", "3.11", "3.12", "3.13", "3.14"] : ["3.12", "3.13"], var.python_version)
    error_message = "python_version has to be 3.12 or 3.13; with layout runtime 3.10 to 3.14."
  }
}

variable "bytecode" {
  description = "Whether compiled modules are shipped along: without them a cold start takes more than twice as long. Needs an interpreter of python_version where Terraform runs."
  type        = bool
  default     = true
  nullable    = false
}

variable "compiler" {
  description = "The interpreter of python_version that compiles. `\"\"`: `python3.13` on the PATH, or pyenv's."
  type        = string
  default     = ""
  nullable    = false
}

variable "compression" {
  description = "`stored`: the same bytes on every machine. `deflate`: half the size, but bytes that depend on the machine's zlib; for a runtime that comes near AgentCore's 250 MB."
  type        = string
  default     = "stored"
  nullable    = false

  validation {
    condition     = contains(["stored", "deflate"], var.compression)
    error_message = "compression has to be stored or deflate."
  }
}

variable "bucket" {
  description = "The S3 bucket of the packages, in `region`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket has to be the name of an S3 bucket."
  }
}

variable "prefix" {
  description = "Of the SSM parameter that keeps the manifest: `{prefix}/package/{name}`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(?:/[A-Za-z0-9_.-]+)+$", var.prefix)) && !can(regex("^/(?:aws|ssm)", lower(var.prefix)))
    error_message = "prefix has to be a path such as /gatehouse/demo/dev; SSM keeps names that begin with aws or ssm to itself."
  }
}

variable "region" {
  description = "Of the bucket and of the parameter."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(?:-[a-z]+)+-[0-9]$", var.region))
    error_message = "region has to be an AWS region, such as eu-west-2."
  }
}

variable "python" {
  description = "The interpreter that builds and publishes: 3.11 or newer, with pip and boto3."
  type        = string
  default     = "python3"
  nullable    = false

  validation {
    condition     = var.python != ""
    error_message = "python has to be the name or the path of an interpreter."
  }
}
