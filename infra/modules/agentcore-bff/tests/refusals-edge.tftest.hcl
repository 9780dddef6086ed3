# What the variables of CloudFront and API Gateway refuse.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "./tests/mocks"
  override_during = plan
}

override_module {
  target          = module.package
  override_during = plan
  outputs = {
    bucket     = "packages"
    code_key   = "code/abc.zip"
    code_hash  = "Y29kZQ=="
    layer_key  = "layer/def.zip"
    layer_hash = "bGF5ZXI="
  }
}

variables {
  enable_bff                = true
  app_id                    = "demo"
  oidc_issuer               = "https://login.example.com"
  oidc_client_id            = "gatehouse"
  oidc_client_secret_arn    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3"
  bff_agentcore_runtime_arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/hello-a1B2c3D4e5"
  source_path               = "../../../src"
  requirements_path         = "../../../requirements"
  tenants                   = { acme = { name = "Acme" }, globex = { name = "Globex", claims = ["g-1"] } }
  agents                    = { hello = { title = "Hello", data = true } }
  spa_path                  = "tests/page"
}

run "domain_names" {
  command = plan

  variables {
    domain_names    = ["https://app.example.com"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
  }

  expect_failures = [var.domain_names]
}

run "certificate_arn_1" {
  command = plan

  variables {
    domain_names = ["app.example.com"]
  }

  expect_failures = [var.certificate_arn]
}

run "certificate_arn_2" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
  }

  expect_failures = [var.certificate_arn]
}

run "certificate_arn_3" {
  command = plan

  variables {
    domain_names    = ["app.example.com"]
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0123"
  }

  expect_failures = [var.certificate_arn]
}

run "hosted_zone_id" {
  command = plan

  variables {
    hosted_zone_id = "example.com"
  }

  expect_failures = [var.hosted_zone_id]
}

run "price_class" {
  command = plan

  variables {
    price_class = "cheap"
  }

  expect_failures = [var.price_class]
}

run "spa_path" {
  command = plan

  variables {
    spa_path = "tests/mocks"
  }

  expect_failures = [var.spa_path]
}

run "waf_requests_per_5_minutes_1" {
  command = plan

  variables {
    waf_requests_per_5_minutes = 9
  }

  expect_failures = [var.waf_requests_per_5_minutes]
}

run "waf_requests_per_5_minutes_2" {
  command = plan

  variables {
    waf_requests_per_5_minutes = 10.5
  }

  expect_failures = [var.waf_requests_per_5_minutes]
}

run "web_acl_arn" {
  command = plan

  variables {
    web_acl_arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shared/0123"
  }

  expect_failures = [var.web_acl_arn]
}

run "origin_secret_1" {
  command = plan

  variables {
    origin_secret = "short"
  }

  expect_failures = [var.origin_secret]
}

run "origin_secret_2" {
  command = plan

  variables {
    origin_secret = "0123456789abcdef0123456789abcdef"
    web_acl_arn   = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shared/0123"
  }

  expect_failures = [var.origin_secret]
}

run "throttling_rate" {
  command = plan

  variables {
    throttling_rate = 0
  }

  expect_failures = [var.throttling_rate]
}

run "throttling_burst_1" {
  command = plan

  variables {
    throttling_burst = 0
  }

  expect_failures = [var.throttling_burst]
}

run "throttling_burst_2" {
  command = plan

  variables {
    throttling_burst = 1.5
  }

  expect_failures = [var.throttling_burst]
}

run "origin_read_timeout_1" {
  command = plan

  variables {
    origin_read_timeout = 30
  }

  expect_failures = [var.origin_read_timeout]
}

run "origin_read_timeout_2" {
  command = plan

  variables {
    origin_read_timeout = 181
  }

  expect_failures = [var.origin_read_timeout]
}
