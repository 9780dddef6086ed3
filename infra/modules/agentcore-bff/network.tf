# With compute = "fargate": an internal load balancer that CloudFront alone reaches, inside the VPC, and
# containers that the load balancer alone reaches.

locals {
  # The load balancer and CloudFront's own interfaces in the VPC stand between a client and the application.
  vpc_networks = local.fargate == 1 ? sort([for network in data.aws_vpc.this[0].cidr_block_associations : network.cidr_block]) : []
}

data "aws_vpc" "this" {
  count = local.fargate

  id = var.vpc_id
}

resource "aws_security_group" "balancer" {
  #checkov:skip=CKV2_AWS_5:It is the load balancer's.
  count = local.fargate

  name        = "${local.name}-balancer"
  description = "From CloudFront to the containers."
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  count = local.fargate

  security_group_id = aws_security_group.balancer[0].id
  description       = "CloudFront's VPC origin"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  count = local.fargate

  security_group_id            = aws_security_group.balancer[0].id
  description                  = "The containers"
  referenced_security_group_id = aws_security_group.container[0].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_security_group" "container" {
  #checkov:skip=CKV2_AWS_5:It is the service's.
  count = local.fargate

  name        = "${local.name}-container"
  description = "From the load balancer to AWS and the identity providers."
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  count = local.fargate

  security_group_id            = aws_security_group.container[0].id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.balancer[0].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "container" {
  count = local.fargate

  security_group_id = aws_security_group.container[0].id
  description       = "AWS and the identity providers: https, to anywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_lb" "api" {
  #checkov:skip=CKV_AWS_150:Its deletion loses nothing: state is in DynamoDB.
  #checkov:skip=CKV_AWS_91:CloudFront's access logs tell the same, without the query.
  #checkov:skip=CKV2_AWS_28:CloudFront's web ACL is the first line (enable_waf); a second one is web_acl_arn.
  #checkov:skip=CKV2_AWS_20:There is no listener but the one for https.
  count = local.fargate

  name                       = local.short
  internal                   = true
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer[0].id]
  subnets                    = var.subnet_ids
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  # Streams send a byte every 15 s.
  idle_timeout = 120
  # It appends the address that it saw; what came before is looked at from the end.
  xff_header_processing_mode = "append"
  tags                       = local.tags
}

resource "aws_lb_target_group" "api" {
  #checkov:skip=CKV_AWS_378:Between load balancer and container, inside two security groups that name each other.
  count = local.fargate

  name        = local.short
  vpc_id      = var.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
  # As long as open answers may go on.
  deregistration_delay = var.stream_drain_seconds + 5
  # Streams hold their connection for minutes: the fewest open ones, not the next in turn.
  load_balancing_algorithm_type = "least_outstanding_requests"
  tags                          = local.tags

  health_check {
    path                = "/healthz"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "api" {
  count = local.fargate

  load_balancer_arn = aws_lb.api[0].arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.origin_certificate_arn
  tags              = local.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api[0].arn
  }
}

resource "aws_wafv2_web_acl_association" "balancer" {
  count = local.fargate == 1 && var.web_acl_arn != "" ? 1 : 0

  resource_arn = aws_lb.api[0].arn
  web_acl_arn  = var.web_acl_arn
}

resource "aws_cloudfront_vpc_origin" "api" {
  count = local.fargate

  vpc_origin_endpoint_config {
    name                   = local.name
    arn                    = aws_lb.api[0].arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "https-only"

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }

  tags = local.tags
}
