# The API as an OpenAPI document: the provider has no argument for `responseTransferMode`.

locals {
  json_integration = {
    type       = "aws_proxy"
    httpMethod = "POST"
    uri        = "arn:${local.partition}:apigateway:${local.region}:lambda:path/2015-03-31/functions/${local.function_arns.json}/invocations"
    # The longest that API Gateway waits for an answer that does not stream.
    timeoutInMillis = 29000
  }

  stream_integration = {
    type                 = "aws_proxy"
    httpMethod           = "POST"
    uri                  = "arn:${local.partition}:apigateway:${local.region}:lambda:path/2021-11-15/functions/${local.function_arns.stream}/response-streaming-invocations"
    responseTransferMode = "STREAM"
    timeoutInMillis      = local.stream_timeout_s * 1000
  }

  # Before the function: a request without a live session costs one look-up and starts nothing else.
  with_session = [{ session = [] }]

  proxy_parameter = [{ name = "proxy", in = "path", required = true, schema = { type = "string" } }]
  agent_parameter = [{ name = "agent", in = "path", required = true, schema = { type = "string" } }]

  # Login and logout speak for themselves; administration and back-channel logout bring signed tokens.
  open_paths = concat(["/auth/{proxy+}"], var.admin_issuer == "" ? [] : ["/admin/{proxy+}"])

  api_paths = merge(
    { for path in local.open_paths : path => {
      x-amazon-apigateway-any-method = {
        parameters                      = local.proxy_parameter
        responses                       = {}
        x-amazon-apigateway-integration = local.json_integration
      }
    } },
    { for path in ["/healthz", "/readyz"] : path => {
      get = {
        responses                       = {}
        x-amazon-apigateway-integration = local.json_integration
      }
    } },
    {
      "/api/{proxy+}" = {
        x-amazon-apigateway-any-method = {
          parameters                      = local.proxy_parameter
          security                        = local.with_session
          responses                       = {}
          x-amazon-apigateway-integration = local.json_integration
        }
      }
      # The one answer that streams. GET /api/chats/{id}/stream does not, here: on Lambda no turn outlives
      # its browser, so what it answers is short (docs/streams.md).
      "/api/agents/{agent}/invocations" = {
        x-amazon-apigateway-any-method = {
          parameters                      = local.agent_parameter
          security                        = local.with_session
          responses                       = {}
          x-amazon-apigateway-integration = local.stream_integration
        }
        # The end of an MCP session: it removes what is kept of a chat, which the function that streams may not list.
        delete = {
          parameters                      = local.agent_parameter
          security                        = local.with_session
          responses                       = {}
          x-amazon-apigateway-integration = local.json_integration
        }
      }
    },
  )

  api_body = {
    openapi = "3.0.1"
    info    = { title = local.name, version = "1" }
    paths   = local.api_paths
    components = {
      securitySchemes = {
        session = {
          type                         = "apiKey"
          name                         = "Cookie"
          in                           = "header"
          x-amazon-apigateway-authtype = "custom"
          x-amazon-apigateway-authorizer = {
            type          = "request"
            authorizerUri = "arn:${local.partition}:apigateway:${local.region}:lambda:path/2015-03-31/functions/${local.function_arns.authorizer}/invocations"
            # Nothing is remembered: with a cache a session would outlive its logout. And a request without
            # any cookie is refused before the authorizer is called.
            authorizerResultTtlInSeconds = 0
            identitySource               = "method.request.header.Cookie"
          }
        }
      }
    }
    x-amazon-apigateway-gateway-responses = local.gateway_responses
  }
}

locals {
  # Only from CloudFront's networks; who of them it is, origin_secret tells apart.
  api_policy = replace(local.filled["api-resource"], "\"@CLOUDFRONT_NETWORKS@\"", jsonencode(local.cloudfront_networks))
}

resource "aws_api_gateway_rest_api" "api" {
  count = local.lambda

  name        = local.name
  description = "Gatehouse ${var.app_id}, ${var.environment}: behind CloudFront only."
  body        = jsonencode(local.api_body)
  policy      = local.api_policy
  # No minimum_compression_size: a stream that is compressed is held back.

  endpoint_configuration {
    # Edge-optimized, silence would end a stream after 30 s instead of 5 minutes.
    types = ["REGIONAL"]
  }

  tags = local.tags

  lifecycle {
    create_before_destroy = true
  }
}
