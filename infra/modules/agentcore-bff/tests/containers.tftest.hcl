# The image on Fargate, behind a load balancer that CloudFront alone reaches.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  enable_bff                = true
  app_id                    = "demo"
  oidc_issuer               = "https://login.example.com"
  oidc_client_id            = "gatehouse"
  oidc_client_secret_arn    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-a1B2c3"
  bff_agentcore_runtime_arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/hello-a1B2c3D4e5"
  source_path               = "../../../src"
  requirements_path         = "../../../requirements"
  tenants                   = { acme = { name = "Acme" }, globex = { name = "Globex", claims = ["g-1"] } }
  agents                    = { hello = { title = "Hello", data = true } }
  spa_path                  = "tests/page"
  compute                   = "fargate"
  container_image           = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/gatehouse:1"
  vpc_id                    = "vpc-0123456789abcdef0"
  subnet_ids                = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  origin_domain_name        = "origin.example.com"
  origin_certificate_arn    = "arn:aws:acm:eu-west-1:123456789012:certificate/0123"
}

run "a_container_serves_everything" {
  command = plan

  assert {
    condition     = length(aws_lambda_function.these) == 0 && length(aws_api_gateway_rest_api.api) == 0 && keys(aws_iam_role.runner) == ["container"] && keys(aws_s3_bucket.these) == ["data", "logs", "spa"]
    error_message = "No function, no API Gateway, no packages."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.bff[0].container_definitions)[1].stopTimeout == 40 && contains(jsondecode(aws_ecs_task_definition.bff[0].container_definitions)[1].environment, { name = "BFF_STREAM_DRAIN", value = "30s" }) && tonumber(aws_lb_target_group.api[0].deregistration_delay) == 35
    error_message = "Open answers get their drain, and a container is stopped after it."
  }

  assert {
    condition     = alltrue([for container in jsondecode(aws_ecs_task_definition.bff[0].container_definitions) : container.readonlyRootFilesystem && container.logConfiguration.logDriver == "awslogs" && container.image == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/gatehouse:1"])
    error_message = "Both containers are the image, write nothing and log."
  }

  assert {
    condition     = contains(jsondecode(aws_ecs_task_definition.bff[0].container_definitions)[0].environment, { name = "REGISTRY", value = output.registry }) && contains(jsondecode(aws_ecs_task_definition.bff[0].container_definitions)[1].environment, { name = "BFF_REGISTRY", value = "file:/registry/registry.toml" }) && jsondecode(aws_ecs_task_definition.bff[0].container_definitions)[1].dependsOn == [{ containerName = "registry", condition = "SUCCESS" }]
    error_message = "The registry has to be there before the application."
  }

  assert {
    condition     = contains(jsondecode(aws_ecs_task_definition.bff[0].container_definitions)[1].environment, { name = "BFF_TRUSTED_PROXIES", value = "192.0.2.0/24,198.51.100.0/25,10.20.0.0/16" })
    error_message = "CloudFront and the load balancer stand between a client and the application."
  }
}

run "only_cloudfront_reaches_the_load_balancer" {
  command = plan

  assert {
    condition     = aws_lb.api[0].internal && aws_lb.api[0].drop_invalid_header_fields && aws_lb_listener.api[0].protocol == "HTTPS" && aws_vpc_security_group_ingress_rule.cloudfront[0].prefix_list_id == "pl-0123456789abcdef0" && aws_vpc_security_group_ingress_rule.cloudfront[0].cidr_ipv4 == null
    error_message = "An internal load balancer, over https, for CloudFront's networks."
  }

  assert {
    condition     = [for origin in aws_cloudfront_distribution.front[0].origin : [origin.domain_name, one(origin.vpc_origin_config).vpc_origin_id, length(origin.custom_origin_config)] if origin.origin_id == "api"] == [["origin.example.com", "vo_0123456789", 0]]
    error_message = "CloudFront has to come through the VPC."
  }

  assert {
    condition     = one(aws_lb_target_group.api[0].health_check).path == "/healthz" && !one(aws_ecs_service.bff[0].network_configuration).assign_public_ip && one(aws_ecs_service.bff[0].deployment_circuit_breaker).rollback
    error_message = "Containers are asked whether they live, and have no public address."
  }
}

run "the_container_may_do_what_both_functions_may" {
  command = plan

  assert {
    condition     = keys(aws_iam_role_policy.runner) == ["container/grants", "container/secrets", "container/sessions"] && jsondecode(aws_iam_role_policy.execution_image[0].policy).Statement[1].Resource == "arn:aws:ecr:eu-west-1:123456789012:repository/gatehouse"
    error_message = "The application writes no logs by itself; the image is pulled by another role."
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.runner["container"], aws_iam_role.execution[0]] : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012" && jsondecode(role.assume_role_policy).Statement[0].Principal.Service == "ecs-tasks.amazonaws.com"])
    error_message = "Tasks of this account alone."
  }
}

run "websockets_and_images_from_elsewhere" {
  command = plan

  variables {
    container_image = "registry.example.com:5000/team/gatehouse@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    web_acl_arn     = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shared/0123"
    agents          = { hello = { title = "Hello", websocket = true, for_user = true } }
  }

  assert {
    condition     = length(aws_iam_role_policy.execution_image) == 0 && length(aws_wafv2_web_acl_association.balancer) == 1
    error_message = "Another registry needs no right of ours."
  }

  assert {
    condition     = keys(aws_iam_role_policy.invoke) == ["hello/invoke-role", "hello/invoke-role-for-user", "hello/invoke-role-websocket", "hello/invoke-role-websocket-for-user"] && jsondecode(aws_iam_role_policy.invoke["hello/invoke-role-websocket-for-user"].policy).Statement[0].Action == "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStreamForUser"
    error_message = "Here an agent can be spoken to over a WebSocket."
  }
}

run "alarms_look_at_the_load_balancer" {
  command = plan

  assert {
    condition     = length(setsubtract(["balancer-5xx", "containers-5xx", "containers-unhealthy"], keys(aws_cloudwatch_metric_alarm.these))) == 0 && length(aws_cloudwatch_metric_alarm.these) == 7
    error_message = "What the API's alarms tell, the load balancer's tell here."
  }
}

run "a_registry_that_no_task_definition_holds_is_refused" {
  command = plan

  variables {
    tenants = { acme = { name = "Acme", claims = [for number in range(1000) : "${number}: ${join("", [for letter in range(40) : "ä"])}"] } }
  }

  expect_failures = [aws_ecs_task_definition.bff]
}
