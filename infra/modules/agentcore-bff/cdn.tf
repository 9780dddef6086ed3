# One domain: the page from its bucket, everything else from the API. So the cookie is first-party, and no
# answer needs a CORS header.

locals {
  # AWS's own policies, the same in every account.
  caching_disabled              = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  caching_optimized             = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  all_viewer_except_host_header = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

  # Every path that is the application's (src/bff/front.py); the rest is the page.
  dynamic_paths = concat(["/api/*", "/auth/*", "/healthz", "/readyz"], var.admin_issuer == "" ? [] : ["/admin/*"])

  api_origin = local.lambda == 1 ? {
    domain = "${aws_api_gateway_rest_api.api[0].id}.execute-api.${local.region}.amazonaws.com"
    # The stage, which the application never sees.
    path = "/live"
    } : {
    domain = var.origin_domain_name
    path   = ""
  }
}

resource "aws_cloudfront_origin_access_control" "spa" {
  count = local.here

  name                              = local.name
  description                       = "The page's bucket answers this distribution alone."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "page" {
  count = local.here

  name    = "${local.name}-page"
  comment = "Every path that is no file is the page's, which knows what to show there."
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/page.js")
}

resource "aws_cloudfront_distribution" "front" {
  #checkov:skip=CKV_AWS_68:A web ACL is enable_waf's business.
  #checkov:skip=CKV2_AWS_47:The managed rules for known bad inputs, Log4j among them, come with enable_waf.
  #checkov:skip=CKV_AWS_86:Access logs go by the newer delivery (delivery.tf), which can leave the query out; it holds codes.
  #checkov:skip=CKV_AWS_174:CloudFront's own certificate allows no choice; with domain_names it is TLS 1.2.
  #checkov:skip=CKV2_AWS_42:Without domain_names there is only CloudFront's own certificate.
  #checkov:skip=CKV_AWS_310:A second origin would be a second deployment.
  #checkov:skip=CKV_AWS_374:Who may log in is the provider's business, not a map's.
  count = local.here

  enabled             = true
  comment             = local.name
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  default_root_object = "index.html"
  aliases             = var.domain_names
  web_acl_id          = var.enable_waf ? aws_wafv2_web_acl.front[0].arn : null
  tags                = local.tags

  origin {
    origin_id                = "spa"
    domain_name              = aws_s3_bucket.these["spa"].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.spa[0].id
  }

  origin {
    origin_id   = "api"
    domain_name = local.api_origin.domain
    origin_path = local.api_origin.path
    # Not again: a request that was sent has been acted upon, and a turn would be paid for twice.
    connection_attempts = 1

    dynamic "custom_header" {
      # nonsensitive: whether there is one, not what it is.
      for_each = nonsensitive(var.origin_secret != "") ? ["X-Origin-Verify"] : []

      content {
        name  = custom_header.value
        value = var.origin_secret
      }
    }

    dynamic "custom_origin_config" {
      for_each = local.lambda == 1 ? [1] : []

      content {
        http_port                = 80
        https_port               = 443
        origin_protocol_policy   = "https-only"
        origin_ssl_protocols     = ["TLSv1.2"]
        origin_read_timeout      = var.origin_read_timeout
        origin_keepalive_timeout = 60
      }
    }

    dynamic "vpc_origin_config" {
      for_each = aws_cloudfront_vpc_origin.api[*].id

      content {
        vpc_origin_id            = vpc_origin_config.value
        origin_read_timeout      = var.origin_read_timeout
        origin_keepalive_timeout = 60
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = "spa"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = aws_cloudfront_response_headers_policy.page[0].id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.page[0].arn
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.dynamic_paths

    content {
      path_pattern     = ordered_cache_behavior.value
      target_origin_id = "api"
      # No redirect: whoever sends a cookie in the clear shall notice.
      viewer_protocol_policy = "https-only"
      allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
      cached_methods         = ["GET", "HEAD"]
      # A stream that is compressed is held back.
      compress        = false
      cache_policy_id = local.caching_disabled
      # All of the browser's headers, cookies and query. Its Host would send API Gateway to no API; nothing
      # of ours reads it, since the public origin is BFF_PUBLIC_URL.
      origin_request_policy_id   = local.all_viewer_except_host_header
      response_headers_policy_id = aws_cloudfront_response_headers_policy.api[0].id
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = length(var.domain_names) == 0
    acm_certificate_arn            = length(var.domain_names) == 0 ? null : var.certificate_arn
    ssl_support_method             = length(var.domain_names) == 0 ? null : "sni-only"
    # With CloudFront's own certificate, CloudFront knows no other than TLSv1.
    minimum_protocol_version = length(var.domain_names) == 0 ? "TLSv1" : "TLSv1.2_2021"
  }
}

resource "aws_route53_record" "front" {
  for_each = var.enable_bff && var.hosted_zone_id != "" ? {
    for pair in setproduct(var.domain_names, ["A", "AAAA"]) : "${pair[0]}/${pair[1]}" => { name = pair[0], type = pair[1] }
  } : {}

  zone_id = var.hosted_zone_id
  name    = each.value.name
  type    = each.value.type

  alias {
    name                   = aws_cloudfront_distribution.front[0].domain_name
    zone_id                = aws_cloudfront_distribution.front[0].hosted_zone_id
    evaluate_target_health = false
  }
}
