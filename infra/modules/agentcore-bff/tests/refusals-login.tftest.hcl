# What the variables of logins and settings refuse.

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

run "oidc_issuer_1" {
  command = plan

  variables {
    oidc_issuer = ""
  }

  expect_failures = [var.oidc_issuer]
}

run "oidc_issuer_2" {
  command = plan

  variables {
    oidc_issuer = "http://login.example.com"
  }

  expect_failures = [var.oidc_issuer]
}

run "oidc_issuer_3" {
  command = plan

  variables {
    oidc_issuer = "https://login.example.com/?a=b"
  }

  expect_failures = [var.oidc_issuer]
}

run "oidc_client_id" {
  command = plan

  variables {
    oidc_client_id = ""
  }

  expect_failures = [var.oidc_client_id]
}

run "oidc_client_secret_arn_1" {
  command = plan

  variables {
    oidc_client_secret_arn = ""
  }

  expect_failures = [var.oidc_client_secret_arn]
}

run "oidc_client_secret_arn_2" {
  command = plan

  variables {
    oidc_client_secret_arn = "a-secret-in-the-wrong-place"
  }

  expect_failures = [var.oidc_client_secret_arn]
}

run "oidc_client_secret_key" {
  command = plan

  variables {
    oidc_client_secret_key = "a#b"
  }

  expect_failures = [var.oidc_client_secret_key]
}

run "oidc_client_key_arn_of_an_alias" {
  command = plan

  variables {
    oidc_client_secret_arn = ""
    oidc_client_auth       = "private_key_jwt"
    oidc_client_key_arn    = "arn:aws:kms:eu-west-1:123456789012:alias/client"
  }

  expect_failures = [var.oidc_client_key_arn]
}

run "oidc_client_key_arn_beside_a_secret" {
  command = plan

  variables {
    oidc_client_auth    = "private_key_jwt"
    oidc_client_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000"
  }

  expect_failures = [var.oidc_client_secret_arn]
}

run "oidc_client_key_arn_for_a_method_with_a_secret" {
  command = plan

  variables {
    oidc_client_secret_arn = ""
    oidc_client_key_arn    = "arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000"
  }

  expect_failures = [var.oidc_client_key_arn]
}

run "oidc_client_auth" {
  command = plan

  variables {
    oidc_client_auth = "none"
  }

  expect_failures = [var.oidc_client_auth]
}

run "oidc_scopes" {
  command = plan

  variables {
    oidc_scopes = "profile email"
  }

  expect_failures = [var.oidc_scopes]
}

run "oidc_authorization_endpoint" {
  command = plan

  variables {
    oidc_authorization_endpoint = "https://login.example.com/authorize"
  }

  expect_failures = [var.oidc_authorization_endpoint]
}

run "oidc_token_endpoint" {
  command = plan

  variables {
    oidc_token_endpoint = "https://login.example.com/token"
  }

  expect_failures = [var.oidc_token_endpoint]
}

run "tenant_claim_1" {
  command = plan

  variables {
    tenant_claim = ""
  }

  expect_failures = [var.tenant_claim]
}

run "tenant_claim_2" {
  command = plan

  variables {
    tenant_claim = "a b"
  }

  expect_failures = [var.tenant_claim]
}

run "session_keys_secret_arn" {
  command = plan

  variables {
    session_keys_secret_arn = "keyring"
  }

  expect_failures = [var.session_keys_secret_arn]
}

run "admin_issuer_1" {
  command = plan

  variables {
    admin_issuer = "https://admin.example.com"
  }

  expect_failures = [var.admin_issuer]
}

run "admin_issuer_2" {
  command = plan

  variables {
    admin_issuer   = "http://admin.example.com"
    admin_audience = "admins"
  }

  expect_failures = [var.admin_issuer]
}

run "admin_audience" {
  command = plan

  variables {
    admin_issuer   = "https://admin.example.com"
    admin_audience = "gatehouse"
  }

  expect_failures = [var.admin_audience]
}

run "settings_1" {
  command = plan

  variables {
    settings = { BFF_STORE = "memory:" }
  }

  expect_failures = [var.settings]
}

run "settings_2" {
  command = plan

  variables {
    settings = { BFF_ENV = "dev" }
  }

  expect_failures = [var.settings]
}

run "settings_3" {
  command = plan

  variables {
    settings = { BFF_STREAM_DRAIN = "1s" }
  }

  expect_failures = [var.settings]
}
