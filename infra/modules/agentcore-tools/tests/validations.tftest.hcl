# Each run breaks one rule of each variable it names, and no other.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  agent_name           = "my-agent"
  region               = "us-east-1"
  enable_observability = false
}

run "first_rules" {
  command = plan

  variables {
    agent_name                    = "-agent"
    app_id                        = "Shop"
    environment                   = "qa"
    region                        = "us east 1"
    python                        = "python3 -c"
    tags                          = { "a*" = "b" }
    kms_key_arn                   = "mine"
    enable_browser                = true
    enable_observability          = true
    code_interpreter_network_mode = "OFF"
    browser_network_mode          = "SANDBOX"
    browser_recording_s3_bucket   = "My_Recordings"
    browser_recording_days        = 0
  }

  expect_failures = [
    var.agent_name, var.app_id, var.environment, var.region, var.python, var.tags, var.kms_key_arn, var.log_group_arns,
    var.code_interpreter_network_mode, var.browser_network_mode, var.browser_recording_s3_bucket, var.browser_recording_days,
  ]
}

run "second_rules" {
  command = plan

  variables {
    enable_kms                    = true
    tags                          = { agent_name = "another" }
    code_interpreter_network_mode = "VPC"
    browser_vpc_config            = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] }
  }

  expect_failures = [var.kms_key_arn, var.tags, var.code_interpreter_vpc_config, var.browser_vpc_config]
}

run "third_rules" {
  command = plan

  variables {
    code_interpreter_network_mode = "VPC"
    code_interpreter_vpc_config   = { subnet_ids = [], security_group_ids = ["sg-0123456789abcdef0"] }
    browser_network_mode          = "VPC"
    browser_vpc_config            = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["vpc-1"] }
  }

  expect_failures = [var.code_interpreter_vpc_config, var.browser_vpc_config]
}
