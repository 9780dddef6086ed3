terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }

  # One bucket for each environment, locked by S3 itself: terraform init -backend-config=backends/dev.s3.tfbackend
  backend "s3" {}
}
