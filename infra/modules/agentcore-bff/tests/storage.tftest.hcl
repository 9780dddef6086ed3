# What is kept, for how long, and under which key.

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

run "tables_are_protected" {
  command = plan

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.these : table.deletion_protection_enabled && table.billing_mode == "PAY_PER_REQUEST" && one(table.point_in_time_recovery).enabled && one(table.ttl).attribute_name == "expires_at" && one(table.ttl).enabled && table.hash_key == "pk" && table.range_key == "sk"]) && output.tables == { sessions = "gatehouse-demo-dev-sessions", data = "gatehouse-demo-dev-data" }
    error_message = "Both tables: protected, recoverable, with the keys that the application writes."
  }

  # Every table is encrypted; this is whether by a key of the account's (SSESpecification in DynamoDB's API).
  assert {
    condition     = { for kind, table in aws_dynamodb_table.these : kind => one(table.server_side_encryption).enabled } == { sessions = true, data = false }
    error_message = "A tenant's grant allows no KMS action: its items need a key that asks for none."
  }
}

run "buckets_are_closed" {
  command = plan

  assert {
    condition     = keys(aws_s3_bucket.these) == ["data", "logs", "packages", "spa"] && alltrue([for bucket in aws_s3_bucket.these : !bucket.force_destroy])
    error_message = "Four buckets, none of which is emptied with the rest."
  }

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.these : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets]) && alltrue([for versioning in aws_s3_bucket_versioning.these : one(versioning.versioning_configuration).status == "Enabled"])
    error_message = "No bucket is public, each keeps its versions."
  }

  assert {
    condition     = alltrue([for policy in aws_s3_bucket_policy.these : anytrue([for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"])]) && length(aws_s3_bucket_policy.these) == 4
    error_message = "Every bucket has to refuse plain http."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.these["spa"].policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "123456789012" }, ArnEquals = { "aws:SourceArn" = "arn:aws:cloudfront::123456789012:distribution/E123EXAMPLE" } }
    error_message = "The page's bucket has to answer this distribution alone."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.these["logs"].policy).Statement[0].Condition.ArnLike["aws:SourceArn"] == "arn:aws:logs:us-east-1:123456789012:delivery-source:gatehouse-demo-dev"
    error_message = "Only this delivery may write access logs."
  }
}

run "without_protection_everything_can_go" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.these : !table.deletion_protection_enabled]) && alltrue([for bucket in aws_s3_bucket.these : bucket.force_destroy]) && aws_secretsmanager_secret.session_keys[0].recovery_window_in_days == 0
    error_message = "A deployment for a test has to be destroyed without a trace."
  }
}

run "the_customers_key_is_on_what_can_take_it" {
  command = plan

  variables {
    enable_kms  = true
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0123"
  }

  assert {
    condition     = one(aws_dynamodb_table.these["sessions"].server_side_encryption).kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/0123" && aws_secretsmanager_secret.session_keys[0].kms_key_id == "arn:aws:kms:eu-west-1:123456789012:key/0123" && alltrue([for group in aws_cloudwatch_log_group.these : group.kms_key_id == "arn:aws:kms:eu-west-1:123456789012:key/0123"]) && alltrue([for function in aws_lambda_function.these : function.kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/0123"])
    error_message = "Sessions, keyring, logs and variables have to be under the customer's key."
  }

  assert {
    condition     = { for kind, encryption in aws_s3_bucket_server_side_encryption_configuration.these : kind => one(one(encryption.rule).apply_server_side_encryption_by_default).sse_algorithm } == { data = "AES256", spa = "AES256", logs = "aws:kms", packages = "aws:kms" }
    error_message = "Logs and packages have to be, the page and what grants reach cannot be under the customer's key."
  }

  assert {
    condition     = contains(keys(aws_iam_role_policy.runner), "stream/key") && contains(jsondecode(aws_iam_role_policy.runner["stream/key"].policy).Statement[0].Condition.StringEquals["kms:ViaService"], "dynamodb.eu-west-1.amazonaws.com")
    error_message = "Who reads the table has to be able to use its key, through DynamoDB."
  }
}

run "a_keyring_that_is_there_is_used" {
  command = plan

  variables {
    session_keys_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ours-a1B2c3"
  }

  assert {
    condition     = length(aws_secretsmanager_secret.session_keys) == 0 && length(terraform_data.session_keys) == 0 && output.session_keys_secret_arn == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ours-a1B2c3" && aws_lambda_function.these["json"].environment[0].variables.BFF_SESSION_KEYS == "awssm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:ours-a1B2c3"
    error_message = "The operator's keyring has to be the application's."
  }
}

run "logs_end" {
  command = plan

  variables {
    log_retention_days = 7
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.these : group.retention_in_days == 7]) && keys(aws_cloudwatch_log_group.these) == ["api", "authorizer", "json", "stream"]
    error_message = "Every log has an end."
  }
}

run "alarms_are_told" {
  command = plan

  variables {
    alarm_sns_topic_arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
  }

  assert {
    condition = keys(aws_cloudwatch_metric_alarm.these) == [
      "api-5xx", "authorizer-duration", "authorizer-errors", "authorizer-throttles", "data-errors",
      "data-throttles", "json-duration", "json-errors", "json-latency", "json-throttles", "sessions-errors", "sessions-throttles",
      "stream-duration", "stream-errors", "stream-throttles",
    ]
    error_message = "Errors, throttles and times of everything that is asked."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.these : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alarms"]) && alarm.treat_missing_data == "notBreaching"])
    error_message = "Every alarm has to be told to the topic."
  }

  # By a table's name alone DynamoDB has neither SystemErrors nor ThrottledRequests ("DynamoDB metrics and
  # dimensions" in its Developer Guide).
  assert {
    condition = alltrue([for kind in ["data", "sessions"] : toset([
      for query in aws_cloudwatch_metric_alarm.these["${kind}-errors"].metric_query : jsonencode(one(query.metric).dimensions) if query.id != "sum"
      ]) == toset([
      for operation in ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "TransactWriteItems"] : jsonencode({ TableName = "gatehouse-demo-dev-${kind}", Operation = operation })
    ])])
    error_message = "A table's errors are counted by operation: each one that we ask for has to be looked at."
  }

  assert {
    condition = alltrue([for kind in ["data", "sessions"] : toset([
      for query in aws_cloudwatch_metric_alarm.these["${kind}-throttles"].metric_query : "${one(query.metric).metric_name} ${jsonencode(one(query.metric).dimensions)}" if query.id != "sum"
      ]) == toset([
      for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : "${metric} ${jsonencode({ TableName = "gatehouse-demo-dev-${kind}" })}"
    ])])
    error_message = "A throttled table has to be noticed, by reads and by writes."
  }

  assert {
    condition = alltrue([for name in ["data-errors", "data-throttles", "sessions-errors", "sessions-throttles"] : [
      for query in aws_cloudwatch_metric_alarm.these[name].metric_query : "${query.expression} ${query.return_data}" if query.id == "sum"
    ] == ["SUM(METRICS()) true"] && aws_cloudwatch_metric_alarm.these[name].metric_name == null])
    error_message = "An alarm looks at one number: the sum."
  }

  # API Gateway counts a stream's latency to its end ("Troubleshoot issues with response streaming" in its
  # Developer Guide): a chat of half a minute would be an alarm.
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.these : !can(regex("Latency$", alarm.metric_name))]) && aws_cloudwatch_metric_alarm.these["json-latency"].dimensions == tomap({ FunctionName = "gatehouse-demo-dev-json" })
    error_message = "Only what does not stream can be late."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.these["stream-duration"].threshold == 810000
    error_message = "An answer that is about to be cut has to be told."
  }
}
