# Hello World: a gateway without targets, a sandbox, a runtime and its package.

agent_name  = "hello-world"
environment = "dev"
region      = "us-east-1"

enable_gateway = true

enable_runtime      = true
enable_packaging    = true
runtime_source_path = "../examples"
runtime_entry_file  = "hello_world/agent.py"
# Written by uv: README.md says how.
runtime_requirements_file = "1-hello-world/requirements.lock"
runtime_protocol          = "AGUI"
python_version            = "3.13"

enable_code_interpreter       = true
code_interpreter_network_mode = "SANDBOX"

enable_browser       = false
enable_observability = true
enable_memory        = false
