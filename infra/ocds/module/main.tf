# Builds a package, uploads it and keeps its manifest in SSM, from where its keys are read.
#
# Twice: the layer by itself, and the package whole. What Terraform is to run anew it knows nothing of
# beforehand, so were both one, each change of the code would publish the layer as a new version, with
# the bytes of the one before.

locals {
  parameter = "${var.prefix}/package/${var.name}"
  layered   = var.layout == "lambda" && var.requirements != ""

  # The builder's own files: other rules of packing are other bytes.
  builder       = "${path.module}/.."
  builder_files = { for file in fileset(local.builder, "**/*.py") : file => filesha256("${local.builder}/${file}") }

  # What stage 1 is made of.
  dependencies = sha256(jsonencode([
    local.builder_files, var.requirements == "" ? "" : filesha256(var.requirements),
    var.name, var.layout, var.architecture, var.python_version, var.bytecode, var.compression,
    var.bucket, local.parameter, var.region,
  ]))

  # Every source, not only the packed ones: which these are is the build's finding. A change beside the
  # package costs a build of seconds, ends at the same key, and so changes no function.
  inputs = sha256(jsonencode([
    local.dependencies, var.entry, var.also,
    { for file in fileset(var.source_path, "**/*.py") : file => filesha256("${var.source_path}/${file}") },
    { for file, content in var.files : file => sha256(content) },
  ]))

  # No shell: what Terraform calls the command is the last argument, and the interpreter all before it.
  publish = concat(
    [
      var.python, "-P", "-m", "ocds", "publish",
      "--name", var.name, "--layout", var.layout, "--source", var.source_path,
      "--architecture", var.architecture, "--python-version", var.python_version,
      "--compression", var.compression, "--bucket", var.bucket, "--prefix", var.prefix, "--region", var.region,
    ],
    flatten([for file in var.also : ["--also", file]]),
    var.requirements == "" ? [] : ["--requirements", var.requirements],
    var.compiler == "" ? [] : ["--python-for", "${var.python_version}=${var.compiler}"],
    var.bytecode ? [] : ["--no-bytecode"],
  )

  manifest = jsondecode(data.aws_ssm_parameter.manifest.insecure_value)
  layer    = local.layered ? jsondecode(data.aws_ssm_parameter.layer[0].insecure_value).layer : { key = "", hash = "" }
}

# Removes a manifest when the package is given up, and only then: were this the other resources', each
# change of the code would remove it for a moment. The zips stay, for whatever still runs them.
resource "terraform_data" "parameter" {
  for_each = toset(local.layered ? [local.parameter, "${local.parameter}/layer"] : [local.parameter])

  triggers_replace = var.region
  input            = { name = each.key, region = var.region, python = var.python }

  provisioner "local-exec" {
    when        = destroy
    interpreter = [self.input.python, "-P", "-m", "ocds", "withdraw", "--region", self.input.region]
    command     = self.input.name
    environment = { PYTHONPATH = "${path.module}/../.." }
  }
}

resource "terraform_data" "layer" {
  count = local.layered ? 1 : 0

  triggers_replace = local.dependencies
  depends_on       = [terraform_data.parameter]

  provisioner "local-exec" {
    interpreter = concat(local.publish, ["--dependencies"])
    command     = var.entry
    environment = { PYTHONPATH = "${path.module}/../.." }
  }
}

# After the layer, which leaves the dependencies in the cache: the code is checked against them.
resource "terraform_data" "package" {
  triggers_replace = local.inputs
  depends_on       = [terraform_data.parameter, terraform_data.layer]

  provisioner "local-exec" {
    interpreter = local.publish
    command     = var.entry
    environment = {
      PYTHONPATH = "${path.module}/../.."
      OCDS_FILES = jsonencode(var.files)
    }
  }
}

data "aws_ssm_parameter" "layer" {
  count = local.layered ? 1 : 0

  name       = "${local.parameter}/layer"
  depends_on = [terraform_data.layer]
}

data "aws_ssm_parameter" "manifest" {
  name       = local.parameter
  depends_on = [terraform_data.package]
}
