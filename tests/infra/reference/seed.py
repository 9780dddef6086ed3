"""The configuration that was asked for: each variable's name, type and default, row by row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the reference."""

    name: str
    type: str
    default: str | None
    """As Terraform writes it; None where the variable is required."""
    falls_back_on: str = ""
    """The variable whose value is the default."""


def _text(name: str, default: str = "", **kw: str) -> Row:
    return Row(name, "string", f'"{default}"', **kw)


def _switch(name: str, *, on: bool) -> Row:
    return Row(name, "bool", "true" if on else "false")


_TEN = "10"
DEFAULT_FILTERS = (
    "["
    + "".join(f'{{type="{t}"}},' for t in ("HATE", "INSULTS", "SEXUAL", "VIOLENCE"))
    + '{type="MISCONDUCT"},{type="PROMPT_ATTACK"},]'
)

CORE = (
    Row("agent_name", "string", None),
    _text("app_id", falls_back_on="agent_name"),
    _text("region", "us-east-1"),
    _text("agentcore_region", falls_back_on="region"),
    _text("bedrock_region", falls_back_on="agentcore_region"),
    _text("bff_region", falls_back_on="agentcore_region"),
    _text("environment", "dev"),
    Row("tags", "map(string)", "{}"),
)
FOUNDATION = (
    _switch("enable_gateway", on=True),
    _text("gateway_name"),
    _text("gateway_search_type", "HYBRID"),
    _text("gateway_role_arn"),
    Row("mcp_targets", "map(object)", "{}"),
    _switch("enable_identity", on=False),
    Row("oauth_return_urls", "list(string)", "[]"),
    _switch("enable_observability", on=True),
    Row("log_retention_days", "number", "30"),
    _switch("enable_xray", on=True),
    _text("alarm_sns_topic_arn"),
    _switch("enable_waf", on=False),
    _switch("enable_kms", on=False),
    _text("kms_key_arn"),
)
TOOLS = (
    _switch("enable_code_interpreter", on=True),
    _text("code_interpreter_network_mode", "SANDBOX"),
    Row("code_interpreter_vpc_config", "object", "null"),
    _switch("enable_browser", on=False),
    _text("browser_network_mode", "SANDBOX"),
    Row("browser_vpc_config", "object", "null"),
    _switch("enable_browser_recording", on=False),
    _text("browser_recording_s3_bucket"),
)
RUNTIME = (
    _switch("enable_runtime", on=True),
    _text("runtime_source_path", "./agent-code"),
    _text("runtime_entry_file", "runtime.py"),
    Row("runtime_config", "map(any)", "{}"),
    _text("runtime_role_arn"),
    Row("runtime_policy_arns", "list(string)", "[]"),
    Row("runtime_inline_policies", "map(string)", "{}"),
    Row("runtime_reserved_concurrency", "number", _TEN),
    _switch("enable_memory", on=False),
    _text("memory_type", "BOTH"),
    _switch("enable_packaging", on=True),
    _text("python_version", "3.12"),
    _text("lambda_architecture", "x86_64"),
    _text("deployment_bucket_name"),
    _switch("enable_inference_profile", on=False),
    _text("inference_profile_name"),
    _text("inference_profile_model_source_arn"),
)
GOVERNANCE = (
    _switch("enable_policy_engine", on=False),
    Row("cedar_policy_files", "map(string)", "{}"),
    _text("policy_engine_schema"),
    _switch("enable_guardrails", on=False),
    _text("guardrail_name"),
    Row("guardrail_filters", "list(object)", DEFAULT_FILTERS),
    Row("guardrail_sensitive_info_filters", "list(object)", "[]"),
    _switch("enable_evaluations", on=False),
    _text("evaluation_type", "TOOL_CALL"),
    _text("evaluator_model_id", "anthropic.claude-sonnet-4-5"),
    _text("evaluation_prompt"),
    Row("evaluation_criteria", "map(string)", "{}"),
)
BFF = (
    _switch("enable_bff", on=False),
    _text("oidc_issuer"),
    _text("oidc_client_id"),
    _text("oidc_client_secret_arn"),
    _text("oidc_authorization_endpoint"),
    _text("oidc_token_endpoint"),
    _text("bff_agentcore_runtime_arn"),
    Row("proxy_reserved_concurrency", "number", _TEN),
)
MODULES = {
    "foundation": FOUNDATION,
    "tools": TOOLS,
    "runtime": RUNTIME,
    "governance": GOVERNANCE,
    "bff": BFF,
}
ROWS = (*CORE, *FOUNDATION, *TOOLS, *RUNTIME, *GOVERNANCE, *BFF)
