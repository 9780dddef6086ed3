output "bucket" {
  description = "The bucket that holds the zips."
  value       = local.manifest.bucket
}

output "code_key" {
  description = "S3 key of the code's zip; with layout `runtime` of the one zip. It ends in the zip's own SHA-256."
  value       = local.manifest.code.key
}

output "code_hash" {
  description = "SHA-256 of the code's zip, base64: for `source_code_hash`."
  value       = local.manifest.code.hash
}

output "layer_key" {
  description = "S3 key of the layer's zip; `\"\"` without requirements and with layout `runtime`."
  value       = local.layer.key
}

output "layer_hash" {
  description = "SHA-256 of the layer's zip, base64; `\"\"` where there is no layer."
  value       = local.layer.hash
}
