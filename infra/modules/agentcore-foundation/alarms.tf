resource "aws_cloudwatch_log_metric_filter" "errors" {
  for_each = local.groups

  name           = "${each.key}-errors"
  log_group_name = aws_cloudwatch_log_group.agentcore[each.key].name
  pattern        = local.error_patterns[each.key]

  metric_transformation {
    namespace     = "Gatehouse/AgentCore"
    name          = "Errors/${module.names.log_stem}/${each.key}"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = local.groups

  alarm_name        = "${module.names.roles["gateway"]}-${each.key}-errors"
  alarm_description = "AgentCore logged errors of ${each.key} of ${var.agent_name} (${var.environment}): read ${each.value}."

  namespace   = "Gatehouse/AgentCore"
  metric_name = aws_cloudwatch_log_metric_filter.errors[each.key].metric_transformation[0].name
  statistic   = "Sum"

  # Five errors within five minutes, twice in a row: one failed call of a tool wakes nobody.
  period              = 300
  evaluation_periods  = 2
  threshold           = 5
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"

  alarm_actions = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]
  ok_actions    = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]
  tags          = local.tags
}
