# Each function's code and dependencies, as small as what it imports (infra/ocds): the authorizer starts
# in a fraction of the time of the others, since it is a fraction of their size.

locals {
  packages = local.lambda == 1 ? {
    authorizer = { entry = "authorizer/handler.py", also = [], lock = "authorizer", files = {} }
    json       = { entry = "bff/lambda_handler.py", also = [], lock = "json", files = { "registry.toml" = local.registry } }
    stream = {
      entry = "proxy/lambda_stream/__main__.py"
      also  = ["bff/streaming.py"]
      lock  = "stream"
      files = { "registry.toml" = local.registry, "stream" = local.start }
    }
  } : {}

  # Takes the place of Lambda's own Python runtime, which cannot stream (docs/adr/0020). Lambda passes the
  # command that it would have started: its first word is the interpreter. `-P`, and no PYTHONPATH of
  # Lambda's: boto3 is the locked one of the layer, not the one that the runtime happens to bring.
  start = <<-SH
    #!/bin/sh
    export PYTHONPATH="$LAMBDA_TASK_ROOT:/opt/python"
    exec "$1" -P -m proxy.lambda_stream
  SH
}

module "package" {
  source   = "../../ocds/module"
  for_each = local.packages

  name           = each.key
  layout         = "lambda"
  source_path    = var.source_path
  entry          = each.value.entry
  also           = each.value.also
  files          = each.value.files
  requirements   = "${var.requirements_path}/${each.value.lock}.txt"
  architecture   = var.lambda_architecture
  python_version = var.python_version
  bucket         = aws_s3_bucket.these["packages"].id
  prefix         = local.prefix
  region         = local.region
  python         = var.python

  # Nothing is stored before the bucket encrypts and closes.
  depends_on = [
    aws_s3_bucket_versioning.these,
    aws_s3_bucket_server_side_encryption_configuration.these,
    aws_s3_bucket_public_access_block.these,
    aws_s3_bucket_policy.these,
  ]
}

resource "aws_lambda_layer_version" "dependencies" {
  for_each = local.packages

  layer_name               = "${local.name}-${each.key}"
  description              = "What the ${each.key} depends on: requirements/${each.value.lock}.txt"
  s3_bucket                = module.package[each.key].bucket
  s3_key                   = module.package[each.key].layer_key
  source_code_hash         = module.package[each.key].layer_hash
  compatible_architectures = [var.lambda_architecture]
  compatible_runtimes      = ["python${var.python_version}"]
}
