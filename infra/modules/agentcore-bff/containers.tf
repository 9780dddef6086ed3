# With compute = "fargate": the image, as it stands.

locals {
  # Of an image in ECR its repository, which the execution role may pull from.
  ecr        = local.fargate == 1 ? try(regex("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com/([a-z0-9._/-]+)[:@]", var.container_image), []) : []
  repository = length(local.ecr) == 3 ? "arn:${local.partition}:ecr:${local.ecr[1]}:${local.ecr[0]}:repository/${local.ecr[2]}" : ""

  # The drain, the 5 s that connections get, and a little: whatever stops the process waits for longer.
  stop_timeout_s = var.stream_drain_seconds + 10

  container_environment = merge(local.application, {
    AWS_REGION       = local.region
    BFF_REGISTRY     = "file:/registry/registry.toml"
    BFF_STREAM_DRAIN = "${var.stream_drain_seconds}s"
  })

  container_logs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = "/aws/ecs/${local.name}"
      awslogs-region        = local.region
      awslogs-stream-prefix = "bff"
      mode                  = "non-blocking"
      max-buffer-size       = "4m"
    }
  }

  containers = [
    {
      # The registry is a file, and the image has none: it is written before the application starts.
      name       = "registry"
      image      = var.container_image
      essential  = false
      user       = "0"
      entryPoint = ["python", "-I", "-c"]
      command    = ["import os, pathlib; pathlib.Path('/registry/registry.toml').write_text(os.environ['REGISTRY'])"]
      environment = [
        { name = "REGISTRY", value = local.registry },
      ]
      readonlyRootFilesystem = true
      mountPoints            = [{ sourceVolume = "registry", containerPath = "/registry", readOnly = false }]
      logConfiguration       = local.container_logs
    },
    {
      name      = "bff"
      image     = var.container_image
      essential = true
      dependsOn = [{ containerName = "registry", condition = "SUCCESS" }]
      environment = [
        for name in sort(keys(local.container_environment)) : { name = name, value = local.container_environment[name] }
      ]
      portMappings           = [{ containerPort = 8080, protocol = "tcp" }]
      readonlyRootFilesystem = true
      stopTimeout            = local.stop_timeout_s
      mountPoints            = [{ sourceVolume = "registry", containerPath = "/registry", readOnly = true }]
      linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
      logConfiguration       = local.container_logs
    },
  ]
}

resource "aws_iam_role" "execution" {
  count = local.fargate

  name               = "${local.name}-execution"
  description        = "Gatehouse ${var.app_id}, ${var.environment}: starts containers; the application never has it."
  assume_role_policy = local.filled["task-trust"]
  tags               = local.tags
}

resource "aws_iam_role_policy" "execution_logs" {
  count = local.fargate

  name   = "logs"
  role   = aws_iam_role.execution[0].name
  policy = replace(local.filled["function-logs"], "@LOG_GROUP@", local.log_groups["container"])
}

resource "aws_iam_role_policy" "execution_image" {
  count = local.fargate == 1 && local.repository != "" ? 1 : 0

  name   = "image"
  role   = aws_iam_role.execution[0].name
  policy = replace(local.filled["container-image"], "@REPOSITORY_ARN@", local.repository)
}

resource "aws_ecs_cluster" "this" {
  count = local.fargate

  name = local.name
  tags = local.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "bff" {
  #checkov:skip=CKV_AWS_336:Both containers' root file systems are read-only; the registry's volume is the task's own.
  count = local.fargate

  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.container_cpu
  memory                   = var.container_memory_mb
  task_role_arn            = aws_iam_role.runner["container"].arn
  execution_role_arn       = aws_iam_role.execution[0].arn
  container_definitions    = jsonencode(local.containers)
  tags                     = local.tags

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.container_architecture == "arm64" ? "ARM64" : "X86_64"
  }

  volume {
    name = "registry"
  }

  lifecycle {
    precondition {
      # ECS takes 64 KiB of a task definition ("Amazon ECS service quotas"): a kibibyte is for all but its containers.
      # By way of base64, since `length` counts characters, and a name may have letters of several bytes.
      condition     = length(base64encode(jsonencode(local.containers))) / 4 * 3 <= 63 * 1024
      error_message = "The registry of ${length(var.tenants)} tenants and ${length(var.agents)} agents is too long for a task definition (64 KiB): fewer of them, fewer claims, or compute = \"lambda\"."
    }
  }
}

resource "aws_ecs_service" "bff" {
  count = local.fargate

  name                               = "bff"
  cluster                            = aws_ecs_cluster.this[0].id
  task_definition                    = aws_ecs_task_definition.bff[0].arn
  desired_count                      = var.containers.least
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  health_check_grace_period_seconds  = 30
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"
  tags                               = local.tags

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.container[0].id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api[0].arn
    container_name   = "bff"
    container_port   = 8080
  }

  # A version that does not become healthy is taken back.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  lifecycle {
    # How many there are is the autoscaling's.
    ignore_changes = [desired_count]
  }

  depends_on = [
    aws_cloudwatch_log_group.these,
    aws_lb_listener.api,
    aws_iam_role_policy.runner,
    aws_iam_role_policy.execution_logs,
    aws_iam_role_policy.execution_image,
    terraform_data.session_keys,
  ]
}

resource "aws_appautoscaling_target" "bff" {
  count = local.fargate

  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this[0].name}/${aws_ecs_service.bff[0].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.containers.least
  max_capacity       = var.containers.most
  tags               = local.tags
}

resource "aws_appautoscaling_policy" "cpu" {
  count = local.fargate

  name               = "${local.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.bff[0].service_namespace
  resource_id        = aws_appautoscaling_target.bff[0].resource_id
  scalable_dimension = aws_appautoscaling_target.bff[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 60
    # A container that goes takes its open answers with it: slowly down, quickly up.
    scale_in_cooldown  = 600
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
