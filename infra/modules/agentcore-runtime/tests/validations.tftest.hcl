# Each run breaks one rule of each variable it names, and no other.

mock_provider "aws" {
  source = "../../tests/mocks"
}

mock_provider "aws" {
  alias  = "bedrock"
  source = "../../tests/mocks"
}

variables {
  agent_name           = "my-agent"
  region               = "us-east-1"
  bedrock_region       = "us-east-1"
  runtime_source_path  = "tests/agent"
  enable_observability = false
}

run "first_rules" {
  command = plan

  variables {
    agent_name                         = "a.b"
    app_id                             = "a--"
    environment                        = "PROD"
    region                             = "here"
    bedrock_region                     = "there"
    python                             = ""
    tags                               = { "" = "empty" }
    kms_key_arn                        = "key/1"
    enable_observability               = true
    runtime_source_path                = " "
    runtime_also                       = ["plugins/*"]
    runtime_files                      = ["../secrets/*"]
    runtime_requirements_file          = "my requirements"
    runtime_config                     = { long = join("", [for row in range(100) : join("", [for column in range(51) : "x"])]) }
    runtime_environment                = { "A-B" = "c" }
    runtime_protocol                   = "GRPC"
    runtime_header_allowlist           = ["Cookie"]
    runtime_network_mode               = "SANDBOX"
    runtime_idle_seconds               = 59
    runtime_container_uri              = "docker.io/library/hello:1"
    runtime_role_arn                   = "mine"
    runtime_model_arns                 = ["*"]
    runtime_reserved_concurrency       = 5
    memory_type                        = "MEDIUM_TERM"
    memory_event_days                  = 2
    python_version                     = "3.9"
    lambda_architecture                = "ppc64"
    deployment_bucket_name             = "Packages"
    inference_profile_name             = "-profile"
    inference_profile_model_source_arn = "anthropic.claude"
  }

  expect_failures = [
    var.agent_name, var.app_id, var.environment, var.region, var.bedrock_region, var.python, var.tags, var.kms_key_arn, var.log_group_arns,
    var.runtime_source_path, var.runtime_also, var.runtime_files, var.runtime_requirements_file, var.runtime_config, var.runtime_environment,
    var.runtime_protocol, var.runtime_header_allowlist, var.runtime_network_mode, var.runtime_idle_seconds,
    var.runtime_container_uri, var.runtime_role_arn, var.runtime_model_arns,
    var.runtime_reserved_concurrency, var.memory_type, var.memory_event_days, var.python_version, var.lambda_architecture,
    var.deployment_bucket_name, var.inference_profile_name, var.inference_profile_model_source_arn,
  ]
}

# A rule that looks at another variable is not asked while that one is wrong: hence by itself.
run "rules_about_two_variables" {
  command = plan

  variables {
    runtime_entry_file           = "../agent/runtime.py"
    runtime_max_lifetime_seconds = 1209601
    runtime_policy_arns          = ["further"]
    runtime_inline_policies      = { broken = "{" }
  }

  expect_failures = [var.runtime_entry_file, var.runtime_max_lifetime_seconds, var.runtime_policy_arns, var.runtime_inline_policies]
}

run "second_rules" {
  command = plan

  variables {
    runtime_max_lifetime_seconds = 899
    enable_kms                   = true
    tags                         = { managed_by = "me" }
    runtime_entry_file           = "other.py"
    runtime_network_mode         = "VPC"
    runtime_policy_arns          = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    runtime_inline_policies      = { all = "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"s3:*\"], \"Resource\": \"*\"}]}" }
    enable_inference_profile     = true
  }

  expect_failures = [var.kms_key_arn, var.tags, var.runtime_entry_file, var.runtime_max_lifetime_seconds, var.runtime_vpc_config, var.runtime_policy_arns, var.runtime_inline_policies, var.enable_inference_profile]
}

run "third_rules" {
  command = plan

  variables {
    runtime_network_mode    = "VPC"
    runtime_vpc_config      = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = [] }
    runtime_role_arn        = "arn:aws:iam::123456789012:role/mine"
    runtime_policy_arns     = ["arn:aws:iam::123456789012:policy/further"]
    runtime_inline_policies = { topic = "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sns:Publish\", \"Resource\": \"arn:aws:sns:us-east-1:123456789012:topic\"}]}" }
    enable_packaging        = false
  }

  expect_failures = [var.runtime_vpc_config, var.runtime_policy_arns, var.runtime_inline_policies, var.enable_packaging]
}
