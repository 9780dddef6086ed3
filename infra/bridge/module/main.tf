# The record is read by data.aws_ssm_parameter, which asks in the provider's own region.
data "aws_region" "parameters" {}

locals {
  parameter = "${var.prefix}/${var.kind}/${var.name}"

  # Where Python finds the package `bridge`.
  packages = "${path.module}/../.."
}

# The keeper stands for the resource's existence. It is replaced when the resource becomes another
# one, and only its end deletes anything: a changed configuration never comes by here.
resource "terraform_data" "keeper" {
  input = {
    kind             = var.kind
    name             = var.name
    prefix           = var.prefix
    region           = var.region
    parameter_region = data.aws_region.parameters.id
    python           = var.python
    timeout_minutes  = var.timeout_minutes
  }

  triggers_replace = [var.kind, var.name, var.prefix, var.region]

  # What `desired` refers to (the gateway of a target, the role of a runtime) outlives the resource:
  # at destroy the order is the reverse of this.
  depends_on = [var.desired]

  provisioner "local-exec" {
    when    = destroy
    command = "\"$BRIDGE_PYTHON\" -m bridge delete"

    environment = {
      BRIDGE_PYTHON           = self.input.python
      BRIDGE_KIND             = self.input.kind
      BRIDGE_NAME             = self.input.name
      BRIDGE_PREFIX           = self.input.prefix
      BRIDGE_REGION           = self.input.region
      BRIDGE_PARAMETER_REGION = self.input.parameter_region
      BRIDGE_TIMEOUT_MINUTES  = self.input.timeout_minutes
      PYTHONPATH              = "${path.module}/../.."
    }
  }
}

# The configuration as it was last applied. A new hash runs `bridge apply` again, which updates in
# place what can be; a failed run leaves it tainted, so that the next one carries on.
resource "terraform_data" "applied" {
  triggers_replace = [terraform_data.keeper.id, sha256(jsonencode(var.desired))]

  provisioner "local-exec" {
    command = "\"$BRIDGE_PYTHON\" -m bridge apply"

    environment = {
      BRIDGE_PYTHON           = var.python
      BRIDGE_KIND             = var.kind
      BRIDGE_NAME             = var.name
      BRIDGE_PREFIX           = var.prefix
      BRIDGE_REGION           = var.region
      BRIDGE_PARAMETER_REGION = data.aws_region.parameters.id
      BRIDGE_TIMEOUT_MINUTES  = var.timeout_minutes
      BRIDGE_ALLOW_REPLACE    = var.allow_replace
      BRIDGE_DESIRED          = jsonencode(var.desired)
      PYTHONPATH              = local.packages
    }
  }
}

data "aws_ssm_parameter" "record" {
  name = local.parameter

  depends_on = [terraform_data.applied]
}
