locals {
  # Records are kept by actor, and an actor is {tenant}/{subject key}: whoever reads by a namespace
  # without its actor reads all tenants.
  strategies = [
    { semanticMemoryStrategy = { name = "facts", namespaceTemplates = ["/facts/{actorId}"] } },
    { userPreferenceMemoryStrategy = { name = "preferences", namespaceTemplates = ["/preferences/{actorId}"] } },
    { summaryMemoryStrategy = { name = "summaries", namespaceTemplates = ["/summaries/{actorId}/{sessionId}"] } },
  ]

  memory_desired = {
    name        = module.names.identifiers["memory"]
    description = "Memory of ${var.agent_name} (${var.environment})"

    # The API's least for LONG_TERM, which needs events only until they are extracted.
    eventExpiryDuration = var.memory_type == "LONG_TERM" ? 3 : var.memory_event_days
    memoryStrategies    = var.memory_type == "SHORT_TERM" ? null : local.strategies
    encryptionKeyArn    = var.enable_kms ? var.kms_key_arn : null
    tags                = local.tags
  }
}

module "memory" {
  source        = "../../bridge/module"
  allow_replace = var.allow_replace
  for_each      = var.enable_memory ? toset(["memory"]) : []

  kind    = "memory"
  name    = "memory"
  desired = local.memory_desired
  prefix  = module.names.prefix
  region  = var.region
  python  = var.python
}
