# AgentCore judges a TOOL_CALL, a TRACE (one turn) or a SESSION (a whole chat). REASONING and RESPONSE
# are both about one turn: how it came about, and what came out. The chat as a whole is neither.

locals {
  evaluators = {
    TOOL_CALL = {
      name   = "judge-tool-call"
      level  = "TOOL_CALL"
      prompt = "Judge one call of a tool by an agent.\nTools it could use: {available_tools}\nWhat happened before: {context}\nThe call: {tool_turn}\nWas it the right tool, with the right arguments, and needed at all?"
    }
    REASONING = {
      name   = "judge-reasoning"
      level  = "TRACE"
      prompt = "Judge how an agent came to its answer.\nWhat was asked, and the steps it took: {context}\nIts answer: {assistant_turn}\nDoes each step follow from what was known, and the answer from the steps? Say nothing of its style."
    }
    RESPONSE = {
      name   = "judge-response"
      level  = "TRACE"
      prompt = "Judge an agent's answer.\nWhat was asked, and what it found out: {context}\nIts answer: {assistant_turn}\nIs it right by what was found out, complete, and an answer to what was asked?"
    }
  }

  judged = { for type, evaluator in local.evaluators : type => evaluator if var.enable_evaluations && contains([type, "ALL"], var.evaluation_type) }

  # The seed's name is no id of Bedrock: the model is called by a profile, whose id carries a date.
  judge_model = var.evaluator_model_id == "anthropic.claude-sonnet-4-5" ? "global.anthropic.claude-sonnet-4-5-20250929-v1:0" : var.evaluator_model_id

  scale = [
    { value = 0, label = "bad", definition = "Wrong, or of no use." },
    { value = 0.5, label = "middling", definition = "Partly right, or right with needless detours." },
    { value = 1, label = "good", definition = "Right, and nothing is missing." },
  ]

  rating_scale = jsondecode(length(var.evaluation_criteria) == 0 ? jsonencode({ numerical = local.scale }) : jsonencode({
    multiDimensional = [
      for name, text in var.evaluation_criteria : {
        dimensionName        = replace(name, "-", "_")
        dimensionInstruction = text
        dimensionRatingScale = { numerical = local.scale }
      }
    ]
  }))

  evaluator_desired = {
    for type, evaluator in local.judged : type => {
      evaluatorName = module.names.identifiers[evaluator.name]
      description   = "${type} of ${var.agent_name} (${var.environment})"
      level         = evaluator.level
      evaluatorConfig = {
        llmAsAJudge = {
          instructions = var.evaluation_prompt == "" ? evaluator.prompt : var.evaluation_prompt
          ratingScale  = local.rating_scale
          modelConfig = {
            bedrockEvaluatorModelConfig = { modelId = local.judge_model, inferenceConfig = { maxTokens = 1024, temperature = 0 } }
          }
        }
      }
      kmsKeyArn = local.kms_key
      tags      = local.tags
    }
  }
}

module "evaluator" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = local.judged

  kind    = "evaluator"
  name    = each.value.name
  desired = local.evaluator_desired[each.key]
  prefix  = module.names.prefix
  region  = var.region
  python  = var.python
}
