# The runtime's own role. Any code in a microVM can read its credentials, and one role serves all
# tenants: so it reaches tools and models, and no tenant's data. Those come with each call, as the data grant.

locals {
  make_role = var.enable_runtime && var.runtime_role_arn == ""
  role_arn  = local.make_role ? aws_iam_role.runtime["runtime"].arn : var.runtime_role_arn

  # {account}.dkr.ecr.{region}.amazonaws.com/{name}:{tag}@{digest}
  image = try(regex("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([a-z0-9._/-]+)", var.runtime_container_uri), null)

  documents = merge(
    # The template names all runtimes' log groups, for the local stack; here it is this one's.
    { logs = replace(file("${local.policies}/runtime-role.json"), "/aws/bedrock-agentcore/runtimes/*", "/aws/bedrock-agentcore/runtimes/${local.name}-*") },
    length(local.model_arns) == 0 && !var.enable_inference_profile ? {} : {
      models = replace(file("${local.policies}/runtime-role-models.json"), "\"@MODEL_ARNS@\"", jsonencode(local.model_arns))
    },
    var.guardrail == null ? {} : {
      guardrail = replace(file("${local.policies}/runtime-role-guardrail.json"), "@GUARDRAIL_ARN@", try(var.guardrail.arn, ""))
    },
    var.gateway == null ? {} : {
      gateway = replace(file("${local.policies}/runtime-role-gateway.json"), "@GATEWAY_ARN@", try(var.gateway.arn, ""))
    },
    var.code_interpreter == null ? {} : {
      code-interpreter = replace(file("${local.policies}/runtime-role-code-interpreter.json"), "@CODE_INTERPRETER_ARN@", try(var.code_interpreter.arn, ""))
    },
    var.browser == null ? {} : {
      browser = replace(file("${local.policies}/runtime-role-browser.json"), "@BROWSER_ARN@", try(var.browser.arn, ""))
    },
    var.enable_memory && var.memory_runtime_access ? {
      memory = replace(file("${local.policies}/runtime-role-memory.json"), "@MEMORY_ARN@", module.memory["memory"].arn)
    } : {},
    var.workload_identity == null ? {} : {
      identity = replace(file("${local.policies}/runtime-role-identity.json"), "@WORKLOAD_IDENTITY_ARN@", try(var.workload_identity.arn, ""))
    },
    var.workload_identity == null || length(var.credential_providers) == 0 ? {} : {
      credential-providers = replace(replace(replace(file("${local.policies}/runtime-role-credential-providers.json"),
        "@WORKLOAD_IDENTITY_ARN@", try(var.workload_identity.arn, "")),
        "\"@TOKEN_RESOURCE_ARNS@\"", jsonencode([for provider in values(var.credential_providers) : provider.arn])),
      "\"@CLIENT_SECRET_ARNS@\"", jsonencode([for provider in values(var.credential_providers) : provider.client_secret_arn]))
    },
    var.enable_xray ? { xray = file("${local.policies}/runtime-role-xray.json") } : {},
    local.image == null ? {} : {
      image = replace(file("${local.policies}/runtime-role-image.json"), "@REPOSITORY_ARN@", try("arn:aws:ecr:${local.image[1]}:${local.image[0]}:repository/${local.image[2]}", ""))
    },
    !var.enable_kms ? {} : { kms = replace(file("${local.policies}/agentcore-kms.json"), "@KEY_ARN@", var.kms_key_arn) },
  )
}

resource "aws_iam_role" "runtime" {
  for_each = local.make_role ? toset(["runtime"]) : []

  name        = module.names.roles["runtime"]
  description = "What ${var.agent_name} (${var.environment}) may do for all tenants alike: no tenant's data."
  tags        = local.tags

  assume_role_policy = replace(replace(replace(
    file("${local.policies}/runtime-trust.json"),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
  "arn:aws:", "arn:${local.partition}:")
}

resource "aws_iam_role_policy" "runtime" {
  for_each = { for name, document in local.documents : name => document if local.make_role }

  name = each.key
  role = aws_iam_role.runtime["runtime"].name

  policy = replace(replace(replace(replace(each.value,
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
    "@RUNTIME_NAME@", local.name),
  "arn:aws:", "arn:${local.partition}:")
}

resource "aws_iam_role_policy" "inline" {
  for_each = { for name, document in var.runtime_inline_policies : name => document if local.make_role }

  # Apart from ours, whose names have no prefix.
  name   = "further-${each.key}"
  role   = aws_iam_role.runtime["runtime"].name
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "further" {
  for_each = local.make_role ? toset(var.runtime_policy_arns) : []

  role       = aws_iam_role.runtime["runtime"].name
  policy_arn = each.value
}
