# What the variables of tenants, providers and agents refuse.

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

run "bff_agentcore_runtime_arn" {
  command = plan

  variables {
    bff_agentcore_runtime_arn = "hello"
  }

  expect_failures = [var.bff_agentcore_runtime_arn]
}

run "tenants_1" {
  command = plan

  variables {
    tenants = {}
  }

  expect_failures = [var.tenants]
}

run "tenants_2" {
  command = plan

  variables {
    tenants = { Acme = { name = "Acme" } }
  }

  expect_failures = [var.tenants]
}

run "tenants_3" {
  command = plan

  variables {
    tenants = { "a.b" = { name = "Acme" } }
  }

  expect_failures = [var.tenants]
}

run "providers_of_tenants_1" {
  command = plan

  variables {
    providers_of_tenants = { Acme = { issuer = "https://a.example.com", client_id = "g", tenant_claim = "tid", client_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-a1B2c3" } }
  }

  expect_failures = [var.providers_of_tenants]
}

run "providers_of_tenants_2" {
  command = plan

  variables {
    providers_of_tenants = { acme = { issuer = "https://a.example.com", client_id = "g", tenant_claim = "tid", client_secret_arn = "swordfish" } }
  }

  expect_failures = [var.providers_of_tenants]
}

run "agents_1" {
  command = plan

  variables {
    agents = {}
  }

  expect_failures = [var.agents]
}

run "agents_2" {
  command = plan

  variables {
    agents = { Hello = { title = "Hello" } }
  }

  expect_failures = [var.agents]
}

run "agents_3" {
  command = plan

  variables {
    agents = { hello = { title = "Hello", protocol = "GRPC" } }
  }

  expect_failures = [var.agents]
}

run "agents_4" {
  command = plan

  variables {
    agents = { hello = { title = "Hello", auth = "none" } }
  }

  expect_failures = [var.agents]
}

run "agents_5" {
  command = plan

  variables {
    agents = { hello = { title = "Hello", tenants = ["initech"] } }
  }

  expect_failures = [var.agents]
}

run "agents_6" {
  command = plan

  variables {
    agents = { hello = { title = "Hello", tenants = [] } }
  }

  expect_failures = [var.agents]
}

run "agents_7" {
  command = plan

  variables {
    bff_agentcore_runtime_arn = ""
  }

  expect_failures = [var.agents]
}

run "agents_8" {
  command = plan

  variables {
    agents = { hello = { title = "Hello", runtime_arn = "*" } }
  }

  expect_failures = [var.agents]
}

run "agents_9" {
  command = plan

  variables {
    agents = { hello = { title = "Hello", websocket = true } }
  }

  expect_failures = [var.agents]
}
