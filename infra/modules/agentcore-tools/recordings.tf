# Recordings of the browser's sessions: the role that writes them, and their bucket unless you have one.

locals {
  recorded         = var.enable_browser && var.enable_browser_recording
  make_bucket      = local.recorded && var.browser_recording_s3_bucket == ""
  recording_bucket = local.make_bucket ? "${module.names.hyphenated["recordings"]}-${local.account}" : var.browser_recording_s3_bucket
  recording_prefix = "browser/${module.names.log_stem}"

  browser_documents = merge(
    { recordings = file("${local.policies}/browser-role.json") },
    !var.enable_kms ? {} : { kms = replace(file("${local.policies}/agentcore-kms.json"), "@KEY_ARN@", var.kms_key_arn) },
  )
}

resource "aws_iam_role" "browser" {
  for_each = local.recorded ? toset(["browser"]) : []

  name        = module.names.roles["browser"]
  description = "Writes the recordings of the browser of ${var.agent_name} (${var.environment})."
  tags        = local.tags

  assume_role_policy = replace(replace(replace(replace(
    file("${local.policies}/browser-trust.json"),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
    "@BROWSER_NAME@", module.names.identifiers["browser"]),
  "arn:aws:", "arn:${local.partition}:")
}

resource "aws_iam_role_policy" "browser" {
  for_each = { for name, document in local.browser_documents : name => document if local.recorded }

  name = each.key
  role = aws_iam_role.browser["browser"].name

  policy = replace(replace(replace(replace(replace(each.value,
    "@RECORDING_BUCKET@", local.recording_bucket),
    "@RECORDING_PREFIX@", local.recording_prefix),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
  "arn:aws:", "arn:${local.partition}:")
}

module "recordings" {
  source   = "../../bucket/module"
  for_each = local.make_bucket ? toset(["recordings"]) : []

  name            = local.recording_bucket
  kms_key_arn     = var.enable_kms ? var.kms_key_arn : ""
  expire_days     = var.browser_recording_days
  noncurrent_days = 1
  tags            = local.tags
}
