output "url" {
  description = "The app's public address; `\"\"` without it, as everything below."
  value       = local.public_url
}

output "redirect_uris" {
  description = "What to register at the provider: where logins come back, and where logouts do."
  value       = var.enable_bff ? { callback = "${local.public_url}/auth/callback", post_logout = "${local.public_url}/", backchannel_logout = "${local.public_url}/auth/backchannel-logout" } : {}
}

output "distribution_id" {
  description = "CloudFront's distribution."
  value       = join("", aws_cloudfront_distribution.front[*].id)
}

output "distribution_domain_name" {
  description = "CloudFront's own name, which the app's names have to point at."
  value       = join("", aws_cloudfront_distribution.front[*].domain_name)
}

output "api_id" {
  description = "The REST API, with compute = \"lambda\"."
  value       = join("", aws_api_gateway_rest_api.api[*].id)
}

output "tables" {
  description = "The tables, by what they are for: sessions, data."
  value       = { for kind, table in aws_dynamodb_table.these : kind => table.name }
}

output "buckets" {
  description = "The buckets, by what they are for: data, spa, logs, packages."
  value       = { for kind, bucket in aws_s3_bucket.these : kind => bucket.id }
}

output "functions" {
  description = "The functions' names, with compute = \"lambda\"."
  value       = { for kind, function in aws_lambda_function.these : kind => function.function_name }
}

output "role_arns" {
  description = "The roles: of each runner by its name, of each agent as invoke/NAME and data/NAME."
  value = merge(
    { for kind, role in aws_iam_role.runner : kind => role.arn },
    { for slug, role in aws_iam_role.invoke : "invoke/${slug}" => role.arn },
    { for slug, role in aws_iam_role.data : "data/${slug}" => role.arn },
  )
}

output "session_keys_secret_arn" {
  description = "Where the keyring is."
  value       = var.enable_bff ? local.keyring_arn : ""
}

output "web_acl_arn" {
  description = "CloudFront's web ACL, with enable_waf."
  value       = join("", aws_wafv2_web_acl.front[*].arn)
}

output "registry" {
  description = "The registry as the application reads it."
  value       = var.enable_bff ? local.registry : ""
}
