mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "my-bucket"
}

run "defaults" {
  command = plan

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false" && strcontains(aws_s3_bucket_policy.this.policy, "arn:aws:s3:::my-bucket/*") && !strcontains(aws_s3_bucket_policy.this.policy, "@")
    error_message = "The bucket is reached over TLS alone."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "The bucket is closed."
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy == false
    error_message = "A bucket keeps what is in it."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256" && aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket is encrypted and versioned."
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration) == 0 && aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30
    error_message = "Objects stay, old versions go."
  }
}

run "own_key_and_expiry" {
  command = plan

  variables {
    kms_key_arn     = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    expire_days     = 7
    noncurrent_days = 1
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn && aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days == 7
    error_message = "The key and the days are used."
  }
}

run "rules" {
  command = plan

  variables {
    name            = "my.bucket"
    expire_days     = -1
    noncurrent_days = 0
  }

  expect_failures = [var.name, var.expire_days, var.noncurrent_days]
}
