# CloudFront's access logs by the newer delivery: the older one cannot leave the query out, and the
# query of /auth/callback is a code. CloudFront's source is in us-east-1, wherever the rest is.

resource "aws_cloudwatch_log_delivery_source" "front" {
  count    = var.enable_bff && var.enable_access_logs ? 1 : 0
  provider = aws.us_east_1

  name         = local.name
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.front[0].arn
  tags         = local.tags
}

resource "aws_cloudwatch_log_delivery_destination" "front" {
  count    = length(aws_cloudwatch_log_delivery_source.front)
  provider = aws.us_east_1

  name          = local.name
  output_format = "json"

  delivery_destination_configuration {
    destination_resource_arn = aws_s3_bucket.these["logs"].arn
  }

  tags = local.tags

  depends_on = [aws_s3_bucket_policy.these]
}

resource "aws_cloudwatch_log_delivery" "front" {
  count    = length(aws_cloudwatch_log_delivery_source.front)
  provider = aws.us_east_1

  delivery_source_name     = aws_cloudwatch_log_delivery_source.front[0].name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.front[0].arn

  # Not cs-uri-query, not cs(Cookie), not cs(Referer).
  record_fields = [
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
    "cs(User-Agent)", "x-edge-result-type", "x-edge-request-id", "cs-protocol", "cs-bytes", "time-taken",
    "ssl-protocol", "ssl-cipher", "x-edge-response-result-type", "cs-protocol-version", "time-to-first-byte",
    "x-edge-detailed-result-type", "sc-content-type",
  ]

  s3_delivery_configuration {
    suffix_path                 = "/{yyyy}/{MM}/{dd}"
    enable_hive_compatible_path = false
  }

  tags = local.tags
}
