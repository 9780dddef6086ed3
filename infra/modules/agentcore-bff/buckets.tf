# data: what agents keep for tenants. packages: the functions' code. logs: CloudFront's access logs.
# spa: the page. All private, versioned, encrypted, and over TLS alone.

locals {
  data_bucket = "${local.name}-data-${local.unique}"
  spa_bucket  = "${local.name}-spa-${local.unique}"

  buckets = merge(
    var.enable_bff ? {
      data = { name = local.data_bucket, key = null, expires_days = 0 }
      # CloudFront could only decrypt by a statement in the customer's key policy; the page is public.
      spa = { name = local.spa_bucket, key = null, expires_days = 0 }
    } : {},
    var.enable_bff && var.enable_access_logs ? {
      logs = { name = "${local.name}-logs-${local.unique}", key = local.key, expires_days = var.log_retention_days }
    } : {},
    local.lambda == 1 ? {
      packages = { name = "${local.name}-packages-${local.unique}", key = local.key, expires_days = 0 }
    } : {},
  )

  bucket_policies = {
    data     = replace(local.filled["bucket-tls"], "@BUCKET@", local.data_bucket)
    packages = replace(local.filled["bucket-tls"], "@BUCKET@", "${local.name}-packages-${local.unique}")
    logs     = replace(replace(local.filled["delivery-bucket"], "@BUCKET@", "${local.name}-logs-${local.unique}"), "@DELIVERY_SOURCE@", local.name)
    spa = replace(replace(local.filled["spa-bucket"], "@BUCKET@", local.spa_bucket),
    "@DISTRIBUTION_ARN@", var.enable_bff ? aws_cloudfront_distribution.front[0].arn : "")
  }
}

resource "aws_s3_bucket" "these" {
  #checkov:skip=CKV_AWS_18:Tenants' objects are reached by grants, which CloudTrail tells of by tenant; the others hold public files, code and logs.
  #checkov:skip=CKV_AWS_144:One region is the module's; a second one is another deployment.
  #checkov:skip=CKV_AWS_145:The customer's key is enable_kms's business; AWS's own encrypts without it.
  #checkov:skip=CKV2_AWS_62:Nobody listens.
  for_each = local.buckets

  bucket        = each.value.name
  force_destroy = !var.deletion_protection
  tags          = local.tags
}

resource "aws_s3_bucket_public_access_block" "these" {
  for_each = aws_s3_bucket.these

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "these" {
  for_each = aws_s3_bucket.these

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "these" {
  for_each = aws_s3_bucket.these

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "these" {
  for_each = aws_s3_bucket.these

  bucket = each.value.id

  rule {
    bucket_key_enabled = local.buckets[each.key].key != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.buckets[each.key].key == null ? "AES256" : "aws:kms"
      kms_master_key_id = local.buckets[each.key].key
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "these" {
  #checkov:skip=CKV_AWS_300:The first rule ends them after seven days in every bucket; the second is about what expires.
  for_each = aws_s3_bucket.these

  bucket = each.value.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = local.buckets[each.key].expires_days > 0 ? [local.buckets[each.key].expires_days] : []

    content {
      id     = "expired"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  # A rule for old versions before there are any would be refused.
  depends_on = [aws_s3_bucket_versioning.these]
}

resource "aws_s3_bucket_policy" "these" {
  for_each = aws_s3_bucket.these

  bucket = each.value.id
  policy = local.bucket_policies[each.key]

  # While the block is being set, a policy is refused now and then.
  depends_on = [aws_s3_bucket_public_access_block.these]
}
