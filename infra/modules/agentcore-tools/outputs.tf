output "code_interpreter" {
  description = "Id and ARN of the code interpreter; null without one."
  value = var.enable_code_interpreter ? {
    id  = module.code_interpreter["code-interpreter"].id
    arn = module.code_interpreter["code-interpreter"].arn
  } : null
}

output "browser" {
  description = "Id and ARN of the browser; null without one."
  value = var.enable_browser ? {
    id  = module.browser["browser"].id
    arn = module.browser["browser"].arn
  } : null
}

output "recording_bucket" {
  description = "Where the browser's recordings lie; empty where nothing is recorded."
  value       = local.recorded ? local.recording_bucket : ""
}
