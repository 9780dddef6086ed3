# Secrets are named, never known: their values are put into Secrets Manager by somebody else. The keyring
# alone can be made here, by a program that the apply starts: its keys are in no state, plan or argument.

locals {
  own_keyring = var.enable_bff && var.session_keys_secret_arn == "" ? 1 : 0
  keyring_arn = local.own_keyring == 1 ? aws_secretsmanager_secret.session_keys[0].arn : var.session_keys_secret_arn

  # Everything that the application may read, and nothing else.
  secret_arns = distinct(concat(
    [local.keyring_arn],
    var.oidc_client_secret_arn == "" ? [] : [var.oidc_client_secret_arn],
    [for provider in values(var.providers_of_tenants) : provider.client_secret_arn],
  ))

  # A key in KMS signs there: it is nothing that could be read.
  client_credential = var.oidc_client_key_arn != "" ? "kms:${var.oidc_client_key_arn}" : "awssm:${var.oidc_client_secret_arn}${var.oidc_client_secret_key == "" ? "" : "#${var.oidc_client_secret_key}"}"
}

resource "aws_secretsmanager_secret" "session_keys" {
  #checkov:skip=CKV_AWS_149:The customer's key is enable_kms's business; AWS's own encrypts without it.
  #checkov:skip=CKV2_AWS_57:Rotation is a command (gatehouse keys rotate): keys stay as long as the sessions that they sealed.
  count = local.own_keyring

  name        = "${local.name}/session-keys"
  description = "The keyring that seals sessions: a JSON Web Key Set. Replace it by gatehouse keys rotate."
  kms_key_id  = local.key
  # 0: at once, so that a deployment can be destroyed and made again under its name.
  recovery_window_in_days = var.deletion_protection ? 30 : 0
  tags                    = local.tags
}

resource "terraform_data" "session_keys" {
  count = local.own_keyring

  triggers_replace = aws_secretsmanager_secret.session_keys[0].arn

  # No shell: what Terraform calls the command is the last argument, and the interpreter all before it.
  provisioner "local-exec" {
    interpreter = [var.python, "-P", "${path.module}/session_keys/secretsmanager.py", "--region", local.region]
    command     = aws_secretsmanager_secret.session_keys[0].arn
  }
}
