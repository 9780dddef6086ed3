# The page's files. The names of assets change with their content, so they are kept for ever; the page that
# names them is asked for anew each time (src/bff/spa.py).

locals {
  spa_files = var.enable_bff && var.spa_path != "" ? fileset(var.spa_path, "**") : toset([])

  media_types = {
    css         = "text/css; charset=utf-8"
    html        = "text/html; charset=utf-8"
    ico         = "image/vnd.microsoft.icon"
    js          = "text/javascript; charset=utf-8"
    json        = "application/json"
    map         = "application/json"
    png         = "image/png"
    svg         = "image/svg+xml"
    txt         = "text/plain; charset=utf-8"
    webmanifest = "application/manifest+json"
    woff2       = "font/woff2"
  }
}

resource "aws_s3_object" "page" {
  #checkov:skip=CKV_AWS_186:Public files; see buckets.tf.
  for_each = local.spa_files

  bucket        = aws_s3_bucket.these["spa"].id
  key           = each.value
  source        = "${var.spa_path}/${each.value}"
  source_hash   = filemd5("${var.spa_path}/${each.value}")
  content_type  = lookup(local.media_types, lower(element(split(".", each.value), length(split(".", each.value)) - 1)), "application/octet-stream")
  cache_control = startswith(each.value, "assets/") ? "public, max-age=31536000, immutable" : "no-cache"
  tags          = local.tags

  depends_on = [
    aws_s3_bucket_versioning.these,
    aws_s3_bucket_server_side_encryption_configuration.these,
  ]
}
