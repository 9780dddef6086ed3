resource "vault_mount" "kv" {
  path        = var.mounts.kv
  type        = "kv-v2"
  description = "Secrets of ${var.app_id}: Gatehouse's below bff/, the agents' below agents/"
}

resource "vault_mount" "transit" {
  path        = var.mounts.transit
  type        = "transit"
  description = "The key by which ${var.app_id} says which client it is"
}

resource "vault_transit_secret_backend_key" "bff" {
  backend                = vault_mount.transit.path
  name                   = module.decided.names["bff"]
  type                   = var.signing_key_type
  exportable             = false
  allow_plaintext_backup = false
  deletion_allowed       = false
}

resource "vault_mount" "database" {
  for_each = { for agent, one in var.agents : "database" => one.database.connection... if one.database != null }

  path                      = var.mounts.database
  type                      = "database"
  description               = "Users of databases for agents; the connections are made by who knows their passwords"
  default_lease_ttl_seconds = 900
  max_lease_ttl_seconds     = 86400
}

resource "vault_database_secret_backend_role" "agent" {
  for_each = { for agent, one in var.agents : agent => one.database if one.database != null }

  backend               = vault_mount.database["database"].path
  name                  = module.decided.names["agent:${each.key}"]
  db_name               = each.value.connection
  creation_statements   = each.value.creation_statements
  revocation_statements = each.value.revocation_statements
  default_ttl           = each.value.ttl_seconds
  max_ttl               = each.value.max_ttl_seconds
}

resource "vault_mount" "aws" {
  for_each = { for agent, one in var.agents : "aws" => agent... if length(one.aws_role_arns) > 0 }

  path                      = var.mounts.aws
  type                      = "aws"
  description               = "AWS credentials for agents, by Vault's own role: no access key is configured"
  default_lease_ttl_seconds = 900
  max_lease_ttl_seconds     = 3600
}

resource "vault_aws_secret_backend_role" "agent" {
  for_each = { for agent, one in var.agents : agent => one.aws_role_arns if length(one.aws_role_arns) > 0 }

  backend         = vault_mount.aws["aws"].path
  name            = module.decided.names["agent:${each.key}"]
  credential_type = "assumed_role"
  role_arns       = each.value
  default_sts_ttl = 900
  max_sts_ttl     = 3600
}
