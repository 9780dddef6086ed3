# Nothing is called: `true` stands in for Python, and ends at once.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  kind    = "memory"
  name    = "memory"
  desired = { name = "demo_memory", eventExpiryDuration = 90, description = null }
  prefix  = "/gatehouse/demo/dev"
  region  = "eu-west-1"
  python  = "true"
}

run "a_resource_is_made" {
  assert {
    condition     = output.id == "mock-0123456789" && output.outputs == tomap({})
    error_message = "The outputs must be those of the record."
  }

  assert {
    condition     = data.aws_ssm_parameter.record.name == "/gatehouse/demo/dev/memory/memory"
    error_message = "The record must be {prefix}/{kind}/{name}."
  }

  assert {
    condition     = terraform_data.keeper.input.parameter_region == "us-east-1"
    error_message = "The record must be kept in the region in which the provider reads it."
  }
}

run "a_changed_configuration_leaves_the_keeper_alone" {
  variables {
    desired = { name = "demo_memory", eventExpiryDuration = 30 }
    python  = "/usr/bin/true"
  }

  assert {
    condition     = terraform_data.keeper.id == run.a_resource_is_made.keeper
    error_message = "A change of configuration must never delete the resource."
  }

  assert {
    condition     = terraform_data.applied.id != run.a_resource_is_made.applied
    error_message = "A change of configuration must be applied."
  }
}

run "the_same_configuration_is_not_applied_again" {
  command = plan

  variables {
    desired = { eventExpiryDuration = 30, name = "demo_memory" }
  }

  assert {
    condition     = terraform_data.applied.id == run.a_changed_configuration_leaves_the_keeper_alone.applied
    error_message = "The order of members must not matter."
  }
}

run "another_name_is_another_resource" {
  variables {
    name = "other"
  }

  assert {
    condition     = terraform_data.keeper.id != run.a_resource_is_made.keeper
    error_message = "Another name must be another resource."
  }
}

run "a_kind_that_nobody_knows" {
  command = plan

  variables {
    kind = "lake"
  }

  expect_failures = [var.kind]
}

run "a_name_that_is_no_slug" {
  command = plan

  variables {
    name = "Memory_1"
  }

  expect_failures = [var.name]
}

run "a_desired_state_that_is_no_object" {
  command = plan

  variables {
    desired = "name"
  }

  expect_failures = [var.desired]
}

run "a_client_token_in_the_desired_state" {
  command = plan

  variables {
    desired = { name = "demo", clientToken = "one" }
  }

  expect_failures = [var.desired]
}

run "a_secret_in_the_desired_state" {
  command = plan

  variables {
    kind    = "oauth2_credential_provider"
    desired = { name = "demo", oauth2ProviderConfigInput = { googleOauth2ProviderConfig = { clientId = "a", clientSecret = "hunter2" } } }
  }

  expect_failures = [var.desired]
}

run "a_reference_to_a_secret_in_the_desired_state" {
  command = plan

  variables {
    kind    = "oauth2_credential_provider"
    desired = { name = "demo", oauth2ProviderConfigInput = { googleOauth2ProviderConfig = { clientId = "a", clientSecretSource = "EXTERNAL", clientSecretConfig = { secretId = "b", jsonKey = "c" } } } }
  }
}

run "a_prefix_with_a_slash_at_its_end" {
  command = plan

  variables {
    prefix = "/gatehouse/"
  }

  expect_failures = [var.prefix]
}

run "a_prefix_that_is_awss_own" {
  command = plan

  variables {
    prefix = "/aws/gatehouse"
  }

  expect_failures = [var.prefix]
}

run "a_region_that_is_none" {
  command = plan

  variables {
    region = "Europe"
  }

  expect_failures = [var.region]
}

run "a_timeout_that_is_too_long" {
  command = plan

  variables {
    timeout_minutes = 121
  }

  expect_failures = [var.timeout_minutes]
}

run "an_interpreter_with_a_blank" {
  command = plan

  variables {
    python = "python3 -c"
  }

  expect_failures = [var.python]
}
