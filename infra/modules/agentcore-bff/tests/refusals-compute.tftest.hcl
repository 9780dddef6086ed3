# What the variables of functions and containers refuse.

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

run "lambda_architecture" {
  command = plan

  variables {
    lambda_architecture = "riscv"
  }

  expect_failures = [var.lambda_architecture]
}

run "python_version" {
  command = plan

  variables {
    python_version = "3.11"
  }

  expect_failures = [var.python_version]
}

run "proxy_reserved_concurrency_1" {
  command = plan

  variables {
    proxy_reserved_concurrency = 0
  }

  expect_failures = [var.proxy_reserved_concurrency]
}

run "proxy_reserved_concurrency_2" {
  command = plan

  variables {
    proxy_reserved_concurrency = 2.5
  }

  expect_failures = [var.proxy_reserved_concurrency]
}

run "memory_mb" {
  command = plan

  variables {
    memory_mb = { json = 64 }
  }

  expect_failures = [var.memory_mb]
}

run "container_image_1" {
  command = plan

  variables {
    compute = "fargate"
  }

  expect_failures = [var.container_image, var.vpc_id, var.subnet_ids, var.origin_domain_name, var.origin_certificate_arn]
}

run "container_image_2" {
  command = plan

  variables {
    container_image = "gatehouse"
  }

  expect_failures = [var.container_image]
}

run "container_architecture" {
  command = plan

  variables {
    container_architecture = "riscv"
  }

  expect_failures = [var.container_architecture]
}

run "vpc_id_2" {
  command = plan

  variables {
    vpc_id = "10.0.0.0/16"
  }

  expect_failures = [var.vpc_id]
}

run "subnet_ids_2" {
  command = plan

  variables {
    subnet_ids = ["a", "b"]
  }

  expect_failures = [var.subnet_ids]
}

run "subnet_ids_3" {
  command = plan

  variables {
    compute    = "fargate"
    subnet_ids = ["subnet-0123456789abcdef0"]
  }

  expect_failures = [var.container_image, var.vpc_id, var.subnet_ids, var.origin_domain_name, var.origin_certificate_arn]
}

run "origin_domain_name_2" {
  command = plan

  variables {
    origin_domain_name = "https://a.example.com"
  }

  expect_failures = [var.origin_domain_name]
}

run "origin_certificate_arn_2" {
  command = plan

  variables {
    origin_certificate_arn = "certificate"
  }

  expect_failures = [var.origin_certificate_arn]
}

run "container_cpu" {
  command = plan

  variables {
    container_cpu = 100
  }

  expect_failures = [var.container_cpu]
}

run "container_memory_mb_1" {
  command = plan

  variables {
    container_memory_mb = 1024
  }

  expect_failures = [var.container_memory_mb]
}

run "container_memory_mb_2" {
  command = plan

  variables {
    container_memory_mb = 2100
  }

  expect_failures = [var.container_memory_mb]
}

run "containers_1" {
  command = plan

  variables {
    containers = { least = 0 }
  }

  expect_failures = [var.containers]
}

run "containers_2" {
  command = plan

  variables {
    containers = { least = 5, most = 4 }
  }

  expect_failures = [var.containers]
}

run "stream_drain_seconds_1" {
  command = plan

  variables {
    stream_drain_seconds = 106
  }

  expect_failures = [var.stream_drain_seconds]
}

run "stream_drain_seconds_2" {
  command = plan

  variables {
    stream_drain_seconds = -1
  }

  expect_failures = [var.stream_drain_seconds]
}
