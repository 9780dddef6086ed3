# What API Gateway answers by itself, in the application's own form (docs/errors.md), so that the page can
# read it: above all that a session has ended, which has to lead to the login.

locals {
  api_problems = {
    UNAUTHORIZED                   = { status = 401, code = "not_logged_in", title = "You are not logged in." }
    ACCESS_DENIED                  = { status = 401, code = "$context.authorizer.code", title = "You are not logged in." }
    AUTHORIZER_FAILURE             = { status = 503, code = "store_unavailable", title = "The service is not ready. Please try again." }
    AUTHORIZER_CONFIGURATION_ERROR = { status = 503, code = "store_unavailable", title = "The service is not ready. Please try again." }
    THROTTLED                      = { status = 429, code = "rate_limited", title = "Too many requests. Please wait a moment." }
    WAF_FILTERED                   = { status = 403, code = "forbidden", title = "This is not allowed." }
    MISSING_AUTHENTICATION_TOKEN   = { status = 404, code = "not_found", title = "There is nothing here." }
    RESOURCE_NOT_FOUND             = { status = 404, code = "not_found", title = "There is nothing here." }
    REQUEST_TOO_LARGE              = { status = 413, code = "body_too_large", title = "The request is too large." }
    DEFAULT_4XX                    = { status = null, code = "bad_request", title = "The request is not understood." }
    DEFAULT_5XX                    = { status = null, code = "internal_error", title = "Something went wrong here." }
  }

  gateway_responses = {
    for kind, problem in local.api_problems : kind => merge(
      problem.status == null ? {} : { statusCode = problem.status },
      {
        responseParameters = merge(
          {
            "gatewayresponse.header.Content-Type"              = "'application/problem+json'"
            "gatewayresponse.header.Cache-Control"             = "'no-store'"
            "gatewayresponse.header.X-Content-Type-Options"    = "'nosniff'"
            "gatewayresponse.header.Strict-Transport-Security" = "'max-age=31536000'"
          },
          contains([429, 503], coalesce(problem.status, 400)) ? { "gatewayresponse.header.Retry-After" = "'2'" } : {},
        )
        responseTemplates = {
          # Spelled, not encoded: what stands after $ is API Gateway's, and its order people's.
          "application/json" = join("", [
            "{\"type\": \"urn:gatehouse:error:${problem.code}\", \"title\": \"${problem.title}\", ",
            problem.status == null ? "" : "\"status\": ${problem.status}, ",
            "\"code\": \"${problem.code}\", ",
            problem.status == 401 ? "\"login_url\": \"/auth/login\", " : "",
            contains([429, 503], coalesce(problem.status, 400)) ? "\"retry_after\": 2, " : "",
            "\"request_id\": \"$context.requestId\"}",
          ])
        }
      },
    )
  }
}
