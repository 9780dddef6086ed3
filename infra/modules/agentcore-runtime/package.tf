module "bucket" {
  source   = "../../bucket/module"
  for_each = local.make_bucket ? toset(["packages"]) : []

  name        = "${module.names.hyphenated["packages"]}-${local.account}"
  kms_key_arn = var.enable_kms ? var.kms_key_arn : ""

  # Keys are content-addressed, so nothing is overwritten; what is deleted by hand stays for as long as
  # somebody may want to go back.
  noncurrent_days = 90
  force_destroy   = true # the build makes them again, byte for byte
  tags            = local.tags
}

locals {
  source_path  = startswith(var.runtime_source_path, "/") ? var.runtime_source_path : "${path.root}/${var.runtime_source_path}"
  requirements = "${local.source_path}/${var.runtime_requirements_file}"
  files        = toset(flatten([for pattern in var.runtime_files : tolist(fileset(local.source_path, pattern))]))
}

module "package" {
  source   = "../../ocds/module"
  for_each = local.packaged ? toset(["package"]) : []

  name        = "runtime"
  layout      = "runtime"
  source_path = local.source_path
  entry       = var.runtime_entry_file
  also        = var.runtime_also
  files       = { for file in local.files : file => file("${local.source_path}/${file}") }

  requirements   = try(fileexists(local.requirements), false) ? local.requirements : ""
  architecture   = "arm64" # AgentCore has no other
  python_version = var.python_version

  bucket = local.make_bucket ? module.bucket["packages"].name : var.deployment_bucket_name
  prefix = module.names.prefix
  region = var.region
  python = var.python
}
