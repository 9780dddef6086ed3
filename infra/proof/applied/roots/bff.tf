# The front door, with every part of it that the emulated AWS knows.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "python" {
  description = "The interpreter that has boto3."
  type        = string
}

provider "aws" {
  region                      = "eu-west-1"
  max_retries                 = 2
  skip_credentials_validation = true
  s3_use_path_style           = true
}

provider "aws" {
  alias                       = "us_east_1"
  region                      = "us-east-1"
  max_retries                 = 2
  skip_credentials_validation = true
  s3_use_path_style           = true
}

module "bff" {
  source    = "../infra/modules/agentcore-bff"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  enable_bff                = true
  app_id                    = "demo"
  deletion_protection       = false
  enable_waf                = true
  origin_secret             = "only-an-emulated-aws-ever-sees-this-one"
  oidc_issuer               = "https://login.example.com"
  oidc_client_id            = "gatehouse"
  oidc_client_secret_arn    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3"
  bff_agentcore_runtime_arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/hello-a1B2c3D4e5"
  source_path               = "${path.root}/../src"
  requirements_path         = "${path.root}/../requirements"
  spa_path                  = "${path.root}/../infra/modules/agentcore-bff/tests/page"
  python                    = var.python

  tenants = {
    acme   = { name = "Acme" }
    globex = { name = "Globex", claims = ["g-1"] }
  }

  agents = {
    hello  = { title = "Hello", data = true }
    papers = { title = "Papers", protocol = "A2A", tenants = ["acme"], for_user = true }
  }
}
