terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"

      # aws: AgentCore's region. aws.edge: where the web ACL's scope wants it.
      configuration_aliases = [aws.edge]
    }
  }
}
