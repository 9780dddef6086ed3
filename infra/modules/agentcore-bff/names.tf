data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  here    = var.enable_bff ? 1 : 0
  lambda  = var.enable_bff && var.compute == "lambda" ? 1 : 0
  fargate = var.enable_bff && var.compute == "fargate" ? 1 : 0

  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  # `id`, since provider 6 calls `name` by another name.
  region = data.aws_region.current.id

  # One name for everything, short enough for what is added to it. Too long a one is cut, and keeps
  # apart from another with the same beginning by a hash of the whole.
  long = "gatehouse-${var.app_id}-${var.environment}"
  name = length(local.long) <= 40 ? local.long : "${trimsuffix(substr(local.long, 0, 31), "-")}-${substr(sha256(local.long), 0, 8)}"

  # Load balancers and target groups have 32 characters.
  short = length(local.name) <= 32 ? local.name : "${trimsuffix(substr(local.long, 0, 23), "-")}-${substr(sha256(local.long), 0, 8)}"

  # Bucket names are the world's, so the account and the region are in them, as a hash.
  unique = substr(sha256("${local.account}/${local.region}/${local.long}"), 0, 12)

  prefix = "/gatehouse/${var.app_id}/${var.environment}"

  # Terraform's own tags and the caller's; a resource's Name is what it is called anyway.
  tags = merge(var.tags, { "gatehouse:app" = var.app_id, "gatehouse:environment" = var.environment })

  # null: AWS's own key.
  key = var.enable_kms ? var.kms_key_arn : null
}
