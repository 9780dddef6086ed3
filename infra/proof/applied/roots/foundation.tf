# The foundation, with every part of it that the emulated AWS knows. Not among them: workload identities and
# OAuth2 credential providers, of which moto has none.

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

module "foundation" {
  source    = "../infra/modules/agentcore-foundation"
  providers = { aws = aws, aws.edge = aws }

  agent_name          = "hello"
  region              = "eu-west-1"
  app_id              = "demo"
  enable_gateway      = true
  enable_waf          = true
  gateway_search_type = "SEMANTIC"
  alarm_sns_topic_arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
  python              = var.python

  mcp_targets = {
    titanic = {
      name       = "titanic"
      lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:titanic"
    }
  }
}
