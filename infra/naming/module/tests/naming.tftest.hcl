variables {
  environment = "dev"
  resources   = ["runtime", "gateway-role"]
}

run "plain" {
  command = plan

  variables {
    agent_name = "my-agent"
  }

  assert {
    condition     = output.identifiers["runtime"] == "my_agent_dev_runtime" && output.hyphenated["runtime"] == "my-agent-dev-runtime" && output.roles["gateway-role"] == "gatehouse-my-agent-dev-gateway-role" && output.app_id == "my-agent" && output.prefix == "/gatehouse/my-agent/dev/my-agent" && output.log_stem == "my-agent/dev" && output.stem == "my_agent_dev"
    error_message = "Short names are the coordinates, joined."
  }
}

run "the_longest_slug" {
  command = plan

  variables {
    agent_name  = "a23456789-123456789-123456789-123456789-123456789-123456789-123"
    environment = "staging"
  }

  assert {
    condition = alltrue([
      length(output.identifiers["runtime"]) <= 48, can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,47}$", output.identifiers["runtime"])),
      length(output.hyphenated["gateway-role"]) <= 48, can(regex("^([0-9a-zA-Z]-?){1,48}$", output.hyphenated["gateway-role"])),
      length(output.roles["gateway-role"]) <= 64,
      output.identifiers["runtime"] != output.identifiers["gateway-role"],
      output.roles["runtime"] != output.roles["gateway-role"],
      alltrue([for name in values(output.identifiers) : startswith(name, output.stem)]),
    ])
    error_message = "Names that are cut stay valid and apart."
  }
}

run "digits_and_double_hyphens" {
  command = plan

  variables {
    agent_name = "7--up"
  }

  assert {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,47}$", output.identifiers["runtime"])) && can(regex("^([0-9a-zA-Z]-?){1,48}$", output.hyphenated["runtime"])) && length(output.hyphenated["runtime"]) <= 48 && startswith(output.identifiers["runtime"], output.stem)
    error_message = "An identifier starts with a letter, and a gateway has single hyphens."
  }
}

run "app_a_b_agent_c" {
  command = plan

  variables {
    app_id     = "a-b"
    agent_name = "c"
  }
}

run "app_a_agent_b_c" {
  command = plan

  variables {
    app_id     = "a"
    agent_name = "b-c"
  }

  assert {
    condition     = output.identifiers["runtime"] != run.app_a_b_agent_c.identifiers["runtime"] && output.hyphenated["runtime"] != run.app_a_b_agent_c.hyphenated["runtime"] && output.roles["runtime"] != run.app_a_b_agent_c.roles["runtime"] && output.prefix != run.app_a_b_agent_c.prefix
    error_message = "Other coordinates are other names, even where they read alike."
  }

  assert {
    condition     = output.app_id == "a" && output.log_stem == "b-c/a/dev" && output.tags["app_id"] == "a" && alltrue([for name in values(output.identifiers) : startswith(name, output.stem)])
    error_message = "The app is kept apart from the agent."
  }
}
