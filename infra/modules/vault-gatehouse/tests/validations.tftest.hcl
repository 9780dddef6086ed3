# Each run breaks one rule of each variable it names, and no other.

mock_provider "vault" {}

variables {
  app_id        = "demo"
  vault_address = "https://vault.example.org:8200"
  bff           = { spiffe_id = "spiffe://example.org/gatehouse/bff" }
  spire         = { oidc_discovery_url = "https://oidc.example.org" }
}

run "as_it_should_be" {
  command = plan

  assert {
    condition     = output.variables["BFF_VAULT_ROLE"] == "gatehouse_demo_bff" && output.variables["BFF_OIDC_CLIENT_KEY"] == "vault-transit:gatehouse-transit/demo_bff"
    error_message = "Gatehouse is told its role and its key."
  }
}

# A rule that looks at another variable is not tried while that one is wrong, so they go apart.

run "names_and_numbers" {
  command = plan

  variables {
    app_id                = "demo/+"
    vault_address         = "http://vault.example.org"
    mounts                = { kv = "secret/app" }
    token_ttl_seconds     = 901
    token_max_ttl_seconds = 20000
    signing_key_type      = "ed25519"
    people_oidc           = { discovery_url = "https://idp", client_id = "c", group = "", redirect_uris = ["https://vault/cb"] }

    people_oidc_client_secret_version = 0
  }

  expect_failures = [
    var.app_id, var.vault_address, var.mounts, var.token_ttl_seconds, var.token_max_ttl_seconds, var.signing_key_type,
    var.people_oidc, var.people_oidc_client_secret_version,
  ]
}

run "two_engines_in_one_place" {
  command = plan

  variables {
    mounts      = { kv = "one", transit = "one" }
    people_oidc = { discovery_url = "https://idp", client_id = "c", group = "g", redirect_uris = ["https://*.example.org/cb"] }
  }

  expect_failures = [var.mounts, var.people_oidc]
}

run "an_engine_in_the_place_of_vaults_own" {
  command = plan

  variables {
    mounts = { kv = "sys" }
  }

  expect_failures = [var.mounts]
}

run "nobody_is_gatehouse" {
  command = plan

  variables {
    bff = {}
  }

  expect_failures = [var.bff]
}

run "two_are_gatehouse" {
  command = plan

  variables {
    bff = { spiffe_id = "spiffe://example.org/bff", service_account = { namespace = "a", name = "b" } }
  }

  expect_failures = [var.bff]
}

run "a_spiffe_id_with_a_star" {
  command = plan

  variables {
    bff = { spiffe_id = "spiffe://example.org/gatehouse/*" }
  }

  expect_failures = [var.bff]
}

run "roles_of_aws_with_a_star" {
  command = plan

  variables {
    bff = { iam_principal_arns = ["arn:aws:iam::123456789012:role/*"] }
  }

  expect_failures = [var.bff]
}

run "all_service_accounts" {
  command = plan

  variables {
    bff = { service_account = { namespace = "*", name = "bff" } }
  }

  expect_failures = [var.bff]
}

run "an_agent_called_star" {
  command = plan

  variables {
    agents = { "a*" = { spiffe_id = "spiffe://example.org/a" } }
  }

  expect_failures = [var.agents]
}

run "an_agent_that_is_nobody" {
  command = plan

  variables {
    agents = { a = {} }
  }

  expect_failures = [var.agents]
}

run "an_agents_spiffe_id_with_a_plus" {
  command = plan

  variables {
    agents = { a = { spiffe_id = "spiffe://example.org/+" } }
  }

  expect_failures = [var.agents]
}

run "an_agent_that_takes_on_all_roles" {
  command = plan

  variables {
    agents = { a = { spiffe_id = "spiffe://example.org/a", aws_role_arns = ["*"] } }
  }

  expect_failures = [var.agents]
}

run "logins_of_no_use" {
  command = plan

  variables {
    spire      = {}
    aws_login  = { server_id = "" }
    kubernetes = { host = "http://kubernetes" }
  }

  expect_failures = [var.spire, var.aws_login, var.kubernetes]
}

run "keys_that_anybody_can_change_on_the_way" {
  command = plan

  variables {
    spire = { jwks_url = "http://oidc.example.org/keys" }
  }

  expect_failures = [var.spire]
}

run "tokens_for_anybody" {
  command = plan

  variables {
    spire = { oidc_discovery_url = "https://oidc.example.org", audience = "" }
  }

  expect_failures = [var.spire]
}

run "a_service_account_of_any_name" {
  command = plan

  variables {
    agents     = { a = { service_account = { namespace = "agents", name = "*" } } }
    kubernetes = { host = "https://kubernetes" }
  }

  expect_failures = [var.agents]
}

run "credentials_for_a_year" {
  command = plan

  variables {
    agents = { a = {
      spiffe_id = "spiffe://example.org/a"
      database  = { connection = "notes", creation_statements = ["CREATE"], max_ttl_seconds = 31536000 }
    } }
  }

  expect_failures = [var.agents]
}

run "a_database_user_that_is_never_made" {
  command = plan

  variables {
    agents = { a = { spiffe_id = "spiffe://example.org/a", database = { connection = "notes", creation_statements = [] } } }
  }

  expect_failures = [var.agents]
}

run "one_identity_for_two" {
  command = plan

  variables {
    agents = { a = { spiffe_id = "spiffe://example.org/gatehouse/bff" } }
  }

  expect_failures = [var.agents]
}

run "a_login_that_is_missing" {
  command = plan

  variables {
    spire = null
  }

  expect_failures = [var.spire]
}

run "other_logins_that_are_missing" {
  command = plan

  variables {
    agents = {
      a = { iam_principal_arns = ["arn:aws:iam::123456789012:role/a"] }
      b = { service_account = { namespace = "agents", name = "b" } }
    }
  }

  expect_failures = [var.aws_login, var.kubernetes]
}
