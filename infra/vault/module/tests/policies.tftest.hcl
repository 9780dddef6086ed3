variables {
  app_id = "demo"
  agents = ["research", "b-c"]
}

run "policies_of_a_deployment" {
  command = plan

  variables {
    identities = {
      "bff"            = { auth = "jwt-svid", mount = "jwt-spire", spiffe = "spiffe://example.org/bff" }
      "agent:research" = { auth = "aws-iam", mount = "aws", server = "vault.example.org" }
      "agent:b-c"      = { auth = "kubernetes", mount = "kubernetes" }
    }
  }

  assert {
    condition     = toset(keys(output.policies)) == toset(["token", "bff", "operator", "agent:research", "agent:b-c"])
    error_message = "One policy for each workload, one for tokens, one for who rotates."
  }

  assert {
    condition     = alltrue([for text in values(output.policies) : !strcontains(text, "$${")])
    error_message = "Nothing is left open in a policy."
  }

  assert {
    condition     = strcontains(output.policies["agent:research"], "path \"gatehouse/data/demo/agents/research/+\"") && !strcontains(output.policies["agent:research"], "b-c")
    error_message = "An agent's policy is about that agent."
  }

  assert {
    condition     = output.variables["bff"]["BFF_SPIFFE_ID"] == "spiffe://example.org/bff" && output.variables["agent:research"]["BFF_VAULT_AWS_SERVER_ID"] == "vault.example.org" && !contains(keys(output.variables["agent:b-c"]), "BFF_SPIFFE_ID")
    error_message = "Each workload is told what its way of logging in needs, and no more."
  }

  assert {
    condition     = output.names["agent:b-c"] == "demo_agent_b-c" && output.references["BFF_SESSION_KEYS"] == "vault-kv:gatehouse/demo/bff/session-keys#keys" && output.agent_references["b-c"].database == "vault-db:gatehouse-database/demo_agent_b-c"
    error_message = "Names are joined by what no slug holds."
  }
}

# A name is put into policies as it is: none of these may get there.

run "an_app_that_is_a_wildcard" {
  command = plan

  variables {
    app_id     = "+"
    agents     = ["../bff"]
    mounts     = { kv = "gatehouse/*" }
    identities = { bff = { auth = "token", mount = "" } }
  }

  expect_failures = [var.app_id, var.agents, var.mounts, var.identities]
}

run "an_app_that_ends_a_path" {
  command = plan

  variables {
    app_id = "demo\" { capabilities = [\"sudo\"] }"
    agents = ["{{identity.entity.name}}"]
    mounts = { kv = "one", aws = "one" }
  }

  expect_failures = [var.app_id, var.agents, var.mounts]
}

run "a_mount_of_vaults_own" {
  command = plan

  variables {
    app_id = "demo\n"
    agents = ["*"]
    mounts = { transit = "sys" }
  }

  expect_failures = [var.app_id, var.agents, var.mounts]
}
