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

  # What our roles, and tenants' grants, ask of a table. DynamoDB counts its errors by operation, and by the
  # table's name alone not at all: such an alarm would never have anything to look at.
  table_operations = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "TransactWriteItems"]

  table_alarms = merge([for kind, table in local.tables : {
    "${kind}-throttles" = {
      text      = "The table ${table.name} is throttled."
      namespace = "AWS/DynamoDB", statistic = "Sum", threshold = 1
      sum_of = [for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : {
        metric = metric, dimensions = { TableName = table.name }
      }]
    }
    "${kind}-errors" = {
      text      = "DynamoDB fails with the table ${table.name}."
      namespace = "AWS/DynamoDB", statistic = "Sum", threshold = 1
      sum_of = [for operation in local.table_operations : {
        metric = "SystemErrors", dimensions = { TableName = table.name, Operation = operation }
      }]
    }
  }]...)

  api_alarms = local.lambda == 1 ? {
    "api-5xx" = {
      text       = "The API answers with server errors."
      namespace  = "AWS/ApiGateway", metric = "5XXError", statistic = "Sum", threshold = 5
      dimensions = { ApiName = local.name, Stage = "live" }
    }
    # Not API Gateway's IntegrationLatency: where an answer streams, that is the time of the whole stream.
    "json-latency" = {
      text       = "The API's answers that do not stream take long."
      namespace  = "AWS/Lambda", metric = "Duration", statistic = "Average", threshold = 10000
      dimensions = { FunctionName = "${local.name}-json" }
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

  # Several metrics, looked at as one.
  summed = { for name, alarm in local.alarms : name => try(alarm.sum_of, []) }

  alarm_names = toset(concat(
    keys(local.function_alarms), keys(local.table_alarms), keys(local.api_alarms), keys(local.container_alarms),
  ))
}

resource "aws_cloudwatch_metric_alarm" "these" {
  for_each = local.alarm_names

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = local.alarms[each.key].text
  namespace           = local.summed[each.key] == [] ? local.alarms[each.key].namespace : null
  metric_name         = try(local.alarms[each.key].metric, null)
  dimensions          = try(local.alarms[each.key].dimensions, null)
  statistic           = local.summed[each.key] == [] ? local.alarms[each.key].statistic : null
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = local.alarms[each.key].threshold
  period              = local.summed[each.key] == [] ? local.five_minutes.period : null
  evaluation_periods  = local.five_minutes.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]
  ok_actions          = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]
  tags                = local.tags

  dynamic "metric_query" {
    for_each = local.summed[each.key] == [] ? [] : ["SUM(METRICS())"]

    content {
      id          = "sum"
      expression  = metric_query.value
      label       = local.alarms[each.key].text
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = local.summed[each.key]

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = local.alarms[each.key].namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        stat        = local.alarms[each.key].statistic
        period      = local.five_minutes.period
      }
    }
  }
}
