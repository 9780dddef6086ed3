terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
      # CloudFront's web ACL, its access logs and its certificate live in us-east-1, wherever the rest is.
      configuration_aliases = [aws.us_east_1]
    }
  }
}
