# The same headers as the application's own (src/bff/spa.py, src/proxy/request.py): a test compares them.

locals {
  page_csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
  api_csp  = "default-src 'none'; frame-ancestors 'none'; sandbox"

  hardened = {
    page = {
      override = true
      csp      = local.page_csp
      custom = {
        cross-origin-opener-policy   = "same-origin"
        cross-origin-resource-policy = "same-origin"
        permissions-policy           = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
      }
    }
    # What the application says goes first: its pages have policies of their own. This is for what
    # CloudFront and API Gateway say by themselves.
    api = {
      override = false
      csp      = local.api_csp
      custom   = { cache-control = "no-store" }
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "page" {
  #checkov:skip=CKV_AWS_259:It has the same age as the app's; sub-domains may be somebody else's, and not ours to decide.
  count = local.here

  name    = "${local.name}-page"
  comment = "The page: nothing from elsewhere, nothing guessed, nothing framed."

  security_headers_config {
    content_security_policy {
      content_security_policy = local.hardened.page.csp
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }

  custom_headers_config {
    dynamic "items" {
      for_each = local.hardened.page.custom

      content {
        header   = items.key
        value    = items.value
        override = true
      }
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "api" {
  #checkov:skip=CKV_AWS_259:It has the same age; sub-domains may be somebody else's, and not ours to decide.
  count = local.here

  name    = "${local.name}-api"
  comment = "What the application did not say by itself."

  security_headers_config {
    content_security_policy {
      content_security_policy = local.hardened.api.csp
      override                = false
    }

    # Without `override` there is no way to say it: the header has one value anyway.
    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = false
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = false
    }
  }

  custom_headers_config {
    dynamic "items" {
      for_each = local.hardened.api.custom

      content {
        header   = items.key
        value    = items.value
        override = false
      }
    }
  }
}
