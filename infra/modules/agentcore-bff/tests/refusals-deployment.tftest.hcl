# What the variables of a deployment refuse.

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

run "app_id_1" {
  command = plan

  variables {
    app_id = "Demo"
  }

  expect_failures = [var.app_id]
}

run "app_id_2" {
  command = plan

  variables {
    app_id = "-demo"
  }

  expect_failures = [var.app_id]
}

run "environment" {
  command = plan

  variables {
    environment = "qa"
  }

  expect_failures = [var.environment]
}

run "compute" {
  command = plan

  variables {
    compute = "ec2"
  }

  expect_failures = [var.compute]
}

run "kms_key_arn_1" {
  command = plan

  variables {
    enable_kms = true
  }

  expect_failures = [var.kms_key_arn]
}

run "kms_key_arn_2" {
  command = plan

  variables {
    kms_key_arn = "alias/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "log_retention_days" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "alarm_sns_topic_arn" {
  command = plan

  variables {
    alarm_sns_topic_arn = "alarms"
  }

  expect_failures = [var.alarm_sns_topic_arn]
}
