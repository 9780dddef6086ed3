mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  agent_name = "my-agent"
  region     = "us-east-1"
  log_group_arns = {
    code-interpreter = "arn:aws:logs:us-east-1:123456789012:log-group:code"
    browser          = "arn:aws:logs:us-east-1:123456789012:log-group:browser"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = length(module.code_interpreter) == 1 && length(module.browser) == 0 && length(module.delivery) == 1 && length(module.recordings) == 0 && length(aws_iam_role.browser) == 0
    error_message = "By default there is a code interpreter and nothing else."
  }

  assert {
    condition     = local.interpreter_desired.name == "my_agent_dev_code_interpreter" && local.interpreter_desired.networkConfiguration.networkMode == "SANDBOX" && local.interpreter_desired.networkConfiguration.vpcConfig == null
    error_message = "The interpreter is called after the coordinates, and shut in."
  }

  assert {
    condition     = output.browser == null && output.recording_bucket == ""
    error_message = "Outputs of what is not made are empty."
  }
}

run "all_off" {
  command = plan

  variables {
    enable_code_interpreter  = false
    enable_browser_recording = true
  }

  assert {
    condition     = length(module.code_interpreter) == 0 && length(module.browser) == 0 && length(module.delivery) == 0 && length(module.recordings) == 0 && length(aws_iam_role_policy.browser) == 0
    error_message = "Without a tool nothing is made, recording or not."
  }
}

run "recorded_browser_in_a_vpc" {
  command = plan

  variables {
    environment              = "prod"
    enable_browser           = true
    browser_network_mode     = "VPC"
    browser_vpc_config       = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] }
    enable_browser_recording = true
    browser_recording_days   = 7
    enable_kms               = true
    kms_key_arn              = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    tags                     = { team = "red" }

    code_interpreter_network_mode = "VPC"
    code_interpreter_vpc_config   = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] }
  }

  assert {
    condition     = local.browser_desired.networkConfiguration.networkMode == "VPC" && local.browser_desired.networkConfiguration.vpcConfig.subnets == tolist(["subnet-0123456789abcdef0"]) && local.interpreter_desired.networkConfiguration.vpcConfig.securityGroups == tolist(["sg-0123456789abcdef0"])
    error_message = "VPC configurations reach the requests."
  }

  assert {
    condition     = local.browser_desired.recording.s3Location == { bucket = "my-agent-prod-recordings-123456789012", prefix = "browser/my-agent/prod" } && length(module.recordings) == 1 && output.recording_bucket == "my-agent-prod-recordings-123456789012"
    error_message = "Recordings go to the bucket that is made."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.browser["recordings"].policy).Statement[0].Resource == "arn:aws:s3:::my-agent-prod-recordings-123456789012/browser/my-agent/prod/*"
    error_message = "The browser's role writes recordings below its prefix and nowhere else."
  }

  assert {
    condition     = jsondecode(aws_iam_role.browser["browser"].assume_role_policy).Statement[0].Condition.ArnLike["aws:SourceArn"] == "arn:aws:bedrock-agentcore:us-east-1:123456789012:browser*/my_agent_prod_browser-*"
    error_message = "Only this browser takes the role on."
  }

  assert {
    condition     = alltrue([for policy in values(aws_iam_role_policy.browser) : !strcontains(policy.policy, "@")])
    error_message = "A placeholder was left unfilled."
  }
}

run "recorded_browser_with_own_bucket" {
  command = plan

  variables {
    enable_browser                = true
    enable_browser_recording      = true
    browser_recording_s3_bucket   = "my-recordings"
    code_interpreter_network_mode = "PUBLIC"
    enable_observability          = false
    log_group_arns                = {}
  }

  assert {
    condition     = length(module.recordings) == 0 && local.browser_desired.recording.s3Location.bucket == "my-recordings" && local.browser_desired.networkConfiguration.networkMode == "PUBLIC" && local.interpreter_desired.networkConfiguration.networkMode == "PUBLIC"
    error_message = "Your own bucket is used, and none is made."
  }

  assert {
    condition     = length(module.delivery) == 0
    error_message = "Without observability nothing is delivered."
  }
}
