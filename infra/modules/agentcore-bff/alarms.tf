# What somebody has to look at. A missing value is no fault: nothing was asked.

locals {
  five_minutes = { period = 300, periods = 1 }

  function_alarms = merge([for name, function in local.functions : {
    "${name}-errors" = {
      text       = "The function ${name} fails: its log says why (docs/runbook.md)."
      namespace  = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 5
      dimensions = { FunctionName = "${local.name}-${name}" }
    }
    "${name}-throttles" = {
      text       = "The function ${name} is throttled: its concurrency, or the account's, is used up."
      namespace  = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 1
      dimensions = { FunctionName = "${local.name}-${name}" }
    }
    "${name}-duration" = {
      text       = "The function ${name} takes nearly all of its time."
      namespace  = "AWS/Lambda", metric = "Duration", statistic = "Maximum", threshold = function.timeout_s * 1000 * 0.9
      dimensions = { FunctionName = "${local.name}-${name}" }
    }
  }]...)

  table_alarms = merge([for kind, table in local.tables : {
    "${kind}-throttles" = {
      text       = "The table ${table.name} is throttled."
      namespace  = "AWS/DynamoDB", metric = "ThrottledRequests", statistic = "Sum", threshold = 1
      dimensions = { TableName = table.name }
    }
    "${kind}-errors" = {
      text       = "DynamoDB fails with the table ${table.name}."
      namespace  = "AWS/DynamoDB", metric = "SystemErrors", statistic = "Sum", threshold = 1
      dimensions = { TableName = table.name }
    }
  }]...)

  api_alarms = local.lambda == 1 ? {
    "api-5xx" = {
      text       = "The API answers with server errors."
      namespace  = "AWS/ApiGateway", metric = "5XXError", statistic = "Sum", threshold = 5
      dimensions = { ApiName = local.name, Stage = "live" }
    }
    "api-latency" = {
      text       = "The API's answers that do not stream take long to begin."
      namespace  = "AWS/ApiGateway", metric = "IntegrationLatency", statistic = "Average", threshold = 10000
      dimensions = { ApiName = local.name, Stage = "live" }
    }
  } : {}

  container_alarms = local.fargate == 1 ? {
    "containers-5xx" = {
      text       = "The application answers with server errors."
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", threshold = 5
      dimensions = { LoadBalancer = aws_lb.api[0].arn_suffix }
    }
    "balancer-5xx" = {
      text       = "The load balancer finds nobody who answers."
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum", threshold = 5
      dimensions = { LoadBalancer = aws_lb.api[0].arn_suffix }
    }
    "containers-unhealthy" = {
      text       = "A container does not answer its health check."
      namespace  = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", threshold = 1
      dimensions = { LoadBalancer = aws_lb.api[0].arn_suffix, TargetGroup = aws_lb_target_group.api[0].arn_suffix }
    }
  } : {}

  alarms = merge(local.function_alarms, local.table_alarms, local.api_alarms, local.container_alarms)

  alarm_names = toset(concat(
    keys(local.function_alarms), keys(local.table_alarms), keys(local.api_alarms), keys(local.container_alarms),
  ))
}

resource "aws_cloudwatch_metric_alarm" "these" {
  for_each = local.alarm_names

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = local.alarms[each.key].text
  namespace           = local.alarms[each.key].namespace
  metric_name         = local.alarms[each.key].metric
  dimensions          = local.alarms[each.key].dimensions
  statistic           = local.alarms[each.key].statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = local.alarms[each.key].threshold
  period              = local.five_minutes.period
  evaluation_periods  = local.five_minutes.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]
  ok_actions          = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]
  tags                = local.tags
}
