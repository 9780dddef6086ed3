# Gateway tool: the Titanic function as a target of the gateway, and an agent that asks it.

agent_name  = "gateway-tool"
environment = "dev"
region      = "us-east-1"

enable_gateway = true
mcp_targets = {
  titanic = {
    name = "titanic"
    # Yours: README.md says how the function is made.
    lambda_arn       = "arn:aws:lambda:us-east-1:123456789012:function:gateway-tool-titanic"
    description      = "Questions about the passengers of the Titanic (synthetic list)."
    tool_schema_file = "../examples/2-gateway-tool/tool_schema.json"
  }
}

enable_runtime            = true
enable_packaging          = true
runtime_source_path       = "../examples"
runtime_entry_file        = "gateway_tool/agent.py"
runtime_requirements_file = "2-gateway-tool/requirements.lock"
runtime_protocol          = "AGUI"
python_version            = "3.13"

enable_code_interpreter       = true
code_interpreter_network_mode = "SANDBOX"

enable_browser       = false
enable_observability = true
enable_memory        = false
