# Sessions and tenant data are in two tables (docs/adr/0006): no grant that leaves the server names the
# first, or an agent could delete sessions.

locals {
  session_table = "${local.name}-sessions"
  data_table    = "${local.name}-data"

  tables = var.enable_bff ? {
    # The application's own roles are told of the customer's key, so the session table can have it.
    sessions = { name = local.session_table, kms = true, key = local.key }
    # A tenant's grant is narrowed by a session policy that allows no KMS action (src/trust/grant), so
    # its objects and items stay under keys that need none: DynamoDB's own, not the account's
    # (alias/aws/dynamodb), by which KMS would ask whoever reads.
    data = { name = local.data_table, kms = false, key = null }
  } : {}
}

resource "aws_dynamodb_table" "these" {
  #checkov:skip=CKV_AWS_119:The customer's key is enable_kms's business; the tenants' table cannot have it (see above).
  for_each = local.tables

  name                        = each.value.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = var.deletion_protection
  hash_key                    = "pk"
  range_key                   = "sk"

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  # Only the broom: every reader looks at the time itself.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    # false is no less encrypted: it is the key that DynamoDB owns.
    enabled     = each.value.kms
    kms_key_arn = each.value.key
  }

  tags = local.tags
}
