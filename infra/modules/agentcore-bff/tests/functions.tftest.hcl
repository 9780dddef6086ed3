# The functions, what they may do, and who may be the agents' roles.

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

run "three_functions_run_on_arm_with_their_own_packages" {
  command = plan

  assert {
    condition = { for name, function in aws_lambda_function.these : name => [function.function_name, function.handler, function.timeout, function.reserved_concurrent_executions] } == {
      authorizer = ["gatehouse-demo-dev-authorizer", "authorizer.handler.handler", 5, -1]
      json       = ["gatehouse-demo-dev-json", "bff.lambda_handler.handler", 28, -1]
      stream     = ["gatehouse-demo-dev-stream", "bff.streaming:app", 900, 10]
    }
    error_message = "Three functions, of which the one that streams has its concurrency reserved."
  }

  assert {
    condition     = alltrue([for function in aws_lambda_function.these : function.architectures == tolist(["arm64"]) && function.runtime == "python3.13" && function.source_code_hash == "Y29kZQ==" && one(function.tracing_config).mode == "Active"])
    error_message = "Each on arm64, with Python 3.13, its package and traces."
  }
}

run "functions_are_told_what_they_need_and_no_secret" {
  command = plan

  assert {
    condition = aws_lambda_function.these["json"].environment[0].variables == tomap({
      BFF_PUBLIC_URL         = "https://d111111abcdef8.cloudfront.net"
      BFF_APP_ID             = "demo"
      BFF_OIDC_ISSUER        = "https://login.example.com"
      BFF_OIDC_CLIENT_ID     = "gatehouse"
      BFF_OIDC_CLIENT_AUTH   = "client_secret_basic"
      BFF_OIDC_CLIENT_SECRET = "awssm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3"
      BFF_OIDC_SCOPES        = "openid profile email"
      BFF_TENANT_CLAIM       = "tenant_id"
      BFF_STORE              = "dynamodb:gatehouse-demo-dev-sessions"
      BFF_SESSION_KEYS       = "awssm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:gatehouse-demo-dev/session-keys-a1B2c3"
      BFF_TRUSTED_PROXIES    = "192.0.2.0/24,198.51.100.0/25"
      BFF_REGISTRY           = "file:/var/task/registry.toml"
    })
    error_message = "Just these settings."
  }

  assert {
    condition     = aws_lambda_function.these["stream"].environment[0].variables == tomap(merge(aws_lambda_function.these["json"].environment[0].variables, { AWS_LAMBDA_EXEC_WRAPPER = "/var/task/stream", BFF_STREAM_MAX = "880s" }))
    error_message = "The function that streams is started by our own runtime, and ends an answer before Lambda does."
  }

  assert {
    condition     = aws_lambda_function.these["authorizer"].environment[0].variables == tomap({ BFF_APP_ID = "demo", BFF_STORE = "dynamodb:gatehouse-demo-dev-sessions" })
    error_message = "The authorizer needs the table, and no secret."
  }
}

run "a_key_in_kms_takes_the_secrets_place" {
  command = plan

  variables {
    oidc_client_secret_arn = ""
    oidc_client_auth       = "private_key_jwt"
    oidc_client_key_arn    = "arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000"
  }

  assert {
    condition     = aws_lambda_function.these["json"].environment[0].variables["BFF_OIDC_CLIENT_KEY"] == "kms:arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000" && !contains(keys(aws_lambda_function.these["json"].environment[0].variables), "BFF_OIDC_CLIENT_SECRET")
    error_message = "The functions are told the key, and of no secret."
  }

  assert {
    condition     = [for name in keys(aws_iam_role_policy.runner) : name if endswith(name, "/signing")] == ["json/signing", "stream/signing"] && alltrue([for statement in jsondecode(aws_iam_role_policy.runner["stream/signing"].policy).Statement : statement.Resource == "arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000"])
    error_message = "Who talks to the provider may sign by this key; the authorizer does not."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runner["json/secrets"].policy).Statement[0].Resource == ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:gatehouse-demo-dev/session-keys-a1B2c3"]
    error_message = "The keyring is the only secret that is left."
  }
}

run "the_streams_own_runtime_is_in_its_package" {
  command = plan

  assert {
    condition     = local.packages.stream.files.stream == "#!/bin/sh\nexport PYTHONPATH=\"$LAMBDA_TASK_ROOT:/opt/python\"\nexec \"$1\" -P -m proxy.lambda_stream\n"
    error_message = "Lambda's own interpreter has to be started with our runtime."
  }

  assert {
    condition     = local.packages.stream.files["registry.toml"] == output.registry && local.packages.json.files["registry.toml"] == output.registry && length(local.packages.authorizer.files) == 0
    error_message = "Who serves agents has the registry."
  }
}

run "each_function_may_do_what_it_calls_and_nothing_else" {
  command = plan

  assert {
    condition = keys(aws_iam_role_policy.runner) == [
      "authorizer/logs", "authorizer/sessions", "authorizer/tracing",
      "json/grants", "json/logs", "json/secrets", "json/sessions", "json/tracing",
      "stream/grants", "stream/logs", "stream/secrets", "stream/sessions", "stream/tracing",
    ]
    error_message = "The authorizer opens no grant and reads no secret."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runner["authorizer/sessions"].policy).Statement[0].Action == "dynamodb:GetItem" && jsondecode(aws_iam_role_policy.runner["authorizer/sessions"].policy).Statement[0].Resource == "arn:aws:dynamodb:eu-west-1:123456789012:table/gatehouse-demo-dev-sessions"
    error_message = "The authorizer finds sessions, and that is all."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runner["stream/sessions"].policy).Statement[1].Condition == { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "APP#demo" }, Null = { "dynamodb:LeadingKeys" = "false" } } && !contains(jsondecode(aws_iam_role_policy.runner["stream/sessions"].policy).Statement[0].Action, "dynamodb:Query") && contains(jsondecode(aws_iam_role_policy.runner["json/sessions"].policy).Statement[0].Action, "dynamodb:Query")
    error_message = "Only the function for JSON lists anybody's sessions or chats."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.runner["stream/secrets"].policy).Statement[0].Resource == ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:gatehouse-demo-dev/session-keys-a1B2c3", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3"]
    error_message = "The keyring and the client secret, and no other."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_role_policy.runner : !can(regex("@[A-Z_]+@", policy.policy))]) && alltrue([for policy in aws_iam_role_policy.invoke : !can(regex("@[A-Z_]+@", policy.policy))]) && alltrue([for policy in aws_iam_role_policy.data : !can(regex("@[A-Z_]+@", policy.policy))]) && alltrue([for policy in aws_s3_bucket_policy.these : !can(regex("@[A-Z_]+@", policy.policy))])
    error_message = "A placeholder was left."
  }

  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.runner), aws_iam_role.api_logs) : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"])
    error_message = "Whoever a service acts for has to be this account."
  }

  assert {
    condition     = aws_lambda_permission.api["json"].source_arn == "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*/*" && aws_lambda_permission.api["authorizer"].source_arn == "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/authorizers/*" && alltrue([for permission in aws_lambda_permission.api : permission.source_account == "123456789012"])
    error_message = "This API alone may call the functions."
  }
}

run "agents_roles_demand_the_tags" {
  command = plan

  variables {
    agents = {
      hello  = { title = "Hello", data = true, tenants = ["globex", "acme"] }
      ledger = { title = "Ledger", tenants = ["acme"], for_user = true, runtime_arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/ledger-f6G7h8I9j0" }
      papers = { title = "Papers", protocol = "A2A" }
      mail   = { title = "Mail", auth = "jwt" }
    }
  }

  assert {
    condition = jsondecode(aws_iam_role.invoke["ledger"].assume_role_policy).Statement[0] == {
      Sid       = "TaggedSessionsOfTheBff"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::123456789012:role/gatehouse-mocked", "arn:aws:iam::123456789012:role/gatehouse-mocked"] }
      Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
      Condition = {
        StringEquals                = { "aws:RequestTag/app_id" = "demo", "aws:RequestTag/agent_name" = "ledger", "aws:RequestTag/tenant_id" = ["acme"] }
        "ForAllValues:StringEquals" = { "aws:TagKeys" = ["app_id", "tenant_id", "agent_name"] }
        Null                        = { "aws:RequestTag/app_id" = "false", "aws:RequestTag/tenant_id" = "false", "aws:RequestTag/agent_name" = "false", "aws:TagKeys" = "false", "sts:SourceIdentity" = "false" }
      }
    }
    error_message = "Nobody may be in it without the tags, and for another tenant."
  }

  assert {
    condition     = keys(aws_iam_role.invoke) == ["hello", "ledger", "papers"] && keys(aws_iam_role.data) == ["hello"]
    error_message = "An agent that takes tokens needs no role, one that keeps nothing no second."
  }

  assert {
    condition     = keys(aws_iam_role_policy.invoke) == ["hello/invoke-role", "ledger/invoke-role", "ledger/invoke-role-for-user", "papers/invoke-role", "papers/invoke-role-agent-card"]
    error_message = "Only who says so may act for a user or read a card."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.invoke["ledger/invoke-role-for-user"].policy).Statement[0].Action == "bedrock-agentcore:InvokeAgentRuntimeForUser" && jsondecode(aws_iam_role_policy.invoke["ledger/invoke-role"].policy).Statement[0].Resource[0] == "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/ledger-f6G7h8I9j0"
    error_message = "This runtime alone."
  }

  assert {
    condition     = length(jsondecode(aws_iam_role_policy.runner["json/grants"].policy).Statement[0].Resource) == 4
    error_message = "These roles alone may be assumed."
  }

  assert {
    condition     = !strcontains(output.registry, "role/gatehouse-invoke-demo-dev-mail") && strcontains(output.registry, "auth = \"jwt\"") && strcontains(output.registry, "[agents.ledger]") && strcontains(output.registry, "for_user = true")
    error_message = "The registry has to say the same."
  }
}

run "names_that_are_too_long_stay_apart" {
  command = plan

  variables {
    app_id = "a23456789-123456789-123456789-123456789-123456789-123456789-123"
    agents = {
      b23456789-123456789-123456789-123456789-123456789-123456789-123 = { title = "One", data = true }
      b23456789-123456789-123456789-123456789-123456789-123456789-124 = { title = "Two" }
    }
  }

  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.invoke), values(aws_iam_role.data), values(aws_iam_role.runner)) : length(role.name) <= 64]) && length(distinct([for role in aws_iam_role.invoke : role.name])) == 2
    error_message = "A role's name has 64 characters."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.these : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", bucket.bucket))]) && length(aws_lambda_function.these["authorizer"].function_name) <= 64
    error_message = "A bucket's name has 63 characters, a function's 64."
  }
}

run "the_registry_is_what_the_variables_say" {
  command = plan

  variables {
    tenants = {
      acme   = { name = "Acme \"Quoted\" \\ Ünïcode <&>", suspended = true }
      globex = { name = "Globex", claims = ["g-1"], issuer = "https://login.example.com/globex" }
    }
    providers_of_tenants = {
      globex-entra = { issuer = "https://login.example.com/globex", client_id = "gatehouse", tenant_claim = "tid", client_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:globex-a1B2c3", own_callback = true }
    }
    agents = { hello = { title = "Hello", max_age_s = 3600, acr_values = ["phr"] } }
  }

  assert {
    condition     = output.registry == <<-TOML
      [tenants.acme]
      name = "Acme \"Quoted\" \\ Ünïcode \u003c\u0026\u003e"
      suspended = true

      [tenants.globex]
      claims = ["g-1"]
      issuer = "https://login.example.com/globex"
      name = "Globex"

      [providers.globex-entra]
      client_id = "gatehouse"
      client_secret = "awssm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:globex-a1B2c3"
      issuer = "https://login.example.com/globex"
      own_callback = true
      tenant_claim = "tid"

      [agents.hello]
      acr_values = ["phr"]
      auth = "sigv4"
      invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-demo-dev-hello"
      max_age_s = 3600
      protocol = "AGUI"
      runtime_arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/hello-a1B2c3D4e5"
      tenants = ["acme","globex"]
      title = "Hello"
    TOML
    error_message = "The registry is not what the variables say."
  }

  assert {
    condition     = contains(jsondecode(aws_iam_role_policy.runner["json/secrets"].policy).Statement[0].Resource, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:globex-a1B2c3")
    error_message = "The tenant's provider's secret has to be readable."
  }
}

run "without_tracing_nobody_may_send_traces" {
  command = plan

  variables {
    enable_xray = false
  }

  assert {
    condition     = !contains(keys(aws_iam_role_policy.runner), "json/tracing") && alltrue([for function in aws_lambda_function.these : one(function.tracing_config).mode == "PassThrough"]) && !aws_api_gateway_stage.api[0].xray_tracing_enabled
    error_message = "Without enable_xray there is no trace and no right to send one."
  }
}

run "a_key_signs_in_where_a_secret_would" {
  command = plan

  variables {
    oidc_client_auth       = "private_key_jwt"
    oidc_client_secret_key = "key"
    settings               = { BFF_SESSION_IDLE = "10m" }
  }

  assert {
    condition     = aws_lambda_function.these["json"].environment[0].variables.BFF_OIDC_CLIENT_KEY == "awssm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3#key" && !contains(keys(aws_lambda_function.these["json"].environment[0].variables), "BFF_OIDC_CLIENT_SECRET") && aws_lambda_function.these["json"].environment[0].variables.BFF_SESSION_IDLE == "10m"
    error_message = "The key's reference goes into the key's variable."
  }
}
