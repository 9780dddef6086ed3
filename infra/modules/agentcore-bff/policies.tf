# Every IAM document is a template in infra/policies, which is read, filled and tested as it stands
# there. A list takes the place of its placeholder together with the quotation marks.

locals {
  policies = "${path.module}/../../policies"

  documents = {
    for name in [
      "api-resource", "apigateway-logs", "apigateway-trust", "bff-grants", "bff-secrets",
      "bff-sessions", "bff-sessions-read", "bff-sessions-stream", "bff-signing", "bucket-tls", "container-image",
      "customer-key", "data-role", "data-trust", "delivery-bucket", "function-logs", "function-tracing",
      "function-trust", "invoke-role", "invoke-role-agent-card", "invoke-role-for-user",
      "invoke-role-websocket", "invoke-role-websocket-for-user", "invoke-trust", "spa-bucket", "task-trust",
    ] : name => file("${local.policies}/${name}.json")
  }

  # What is the same in every document of this deployment.
  filled = {
    for name, text in local.documents : name => replace(replace(replace(replace(replace(replace(text,
      "@ACCOUNT@", local.account),
      "@REGION@", local.region),
      "@APP@", var.app_id),
      "@SESSION_TABLE@", local.session_table),
      "@DATA_TABLE@", local.data_table),
    "@DATA_BUCKET@", local.data_bucket)
  }
}
