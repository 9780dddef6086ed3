# What has the evaluators judge a share of the runtime's sessions.

locals {
  online = var.enable_evaluations && var.runtime != null

  # A profile, us.anthropic.…, calls anthropic.… in any of its regions; a model's own id names itself.
  judge_is_profile = can(regex("^(us|eu|apac|jp|au|us-gov|global)\\.", local.judge_model))
  judge_arns = local.judge_is_profile ? [
    "arn:aws:bedrock:${var.region}:${local.account}:inference-profile/${local.judge_model}",
    "arn:aws:bedrock:*::foundation-model/${regex("^[a-z-]+\\.(.+)$", local.judge_model)[0]}",
  ] : ["arn:aws:bedrock:${var.region}::foundation-model/${local.judge_model}"]

  evaluation_documents = merge(
    { evaluation = replace(file("${local.policies}/evaluation-role.json"), "\"@MODEL_ARNS@\"", jsonencode(local.judge_arns)) },
    !var.enable_kms ? {} : { kms = replace(file("${local.policies}/agentcore-kms.json"), "@KEY_ARN@", var.kms_key_arn) },
  )
}

resource "aws_iam_role" "evaluation" {
  for_each = local.online ? toset(["evaluation"]) : []

  name        = module.names.roles["evaluation"]
  description = "Reads the traces of ${var.agent_name} (${var.environment}) and writes scores."
  tags        = local.tags

  assume_role_policy = replace(replace(replace(replace(
    file("${local.policies}/evaluation-trust.json"),
    "@AGENT_IDENTIFIER@", module.names.stem),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
  "arn:aws:", "arn:${local.partition}:")
}

resource "aws_iam_role_policy" "evaluation" {
  for_each = { for name, document in local.evaluation_documents : name => document if local.online }

  name = each.key
  role = aws_iam_role.evaluation["evaluation"].name

  policy = replace(replace(replace(replace(each.value,
    "@RUNTIME_NAME@", module.names.identifiers["runtime"]),
    "@ACCOUNT@", local.account),
    "@REGION@", var.region),
  "arn:aws:", "arn:${local.partition}:")
}

module "online_evaluation" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = local.online ? toset(["online"]) : []

  kind   = "online_evaluation"
  name   = "online-evaluation"
  prefix = module.names.prefix
  region = var.region
  python = var.python

  desired = {
    onlineEvaluationConfigName = module.names.identifiers["evaluation"]
    description                = "Judges ${var.agent_name} (${var.environment})"
    rule                       = { samplingConfig = { samplingPercentage = var.evaluation_sampling_percentage } }
    dataSourceConfig = {
      cloudWatchLogs = {
        # AgentCore's own names, by the runtime's id and endpoint.
        logGroupNames = [for endpoint in ["DEFAULT", var.runtime.endpoint] : "/aws/bedrock-agentcore/runtimes/${var.runtime.id}-${endpoint}"]
        serviceNames  = ["${var.runtime.name}.${var.runtime.endpoint}"]
      }
    }
    evaluators                 = [for type in sort(keys(local.judged)) : { evaluatorId = module.evaluator[type].id }]
    evaluationExecutionRoleArn = aws_iam_role.evaluation["evaluation"].arn
    enableOnCreate             = true
    tags                       = local.tags
  }

  depends_on = [aws_iam_role_policy.evaluation]
}
