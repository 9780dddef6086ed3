# One configuration for each region that something may live in. Most is AgentCore's.

locals {
  agentcore_region = coalesce(var.agentcore_region, var.region)
  bedrock_region   = coalesce(var.bedrock_region, local.agentcore_region)
  bff_region       = coalesce(var.bff_region, local.agentcore_region)

  tags = merge(var.tags, {
    app_id      = local.app_id
    agent_name  = var.agent_name
    environment = var.environment
    managed_by  = "terraform"
  })
}

provider "aws" {
  region = local.agentcore_region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "bedrock"
  region = local.bedrock_region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "bff"
  region = local.bff_region

  default_tags {
    tags = local.tags
  }
}

# CloudFront's certificates, web ACLs and logs are nowhere else.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}
