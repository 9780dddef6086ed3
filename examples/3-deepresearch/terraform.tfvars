# Deep research: a team of sub-agents with gateway, sandbox, browser and memory.

agent_name  = "deepresearch"
environment = "dev"
region      = "us-east-1"

enable_gateway      = true
gateway_search_type = "SEMANTIC"

enable_runtime            = true
enable_packaging          = true
runtime_source_path       = "../examples"
runtime_entry_file        = "deepresearch/agent.py"
runtime_files             = ["3-deepresearch/corpus/*.md"]
runtime_requirements_file = "3-deepresearch/requirements.lock"
runtime_protocol          = "AGUI"
python_version            = "3.13"

# The budget of one piece of research: README.md names them all.
runtime_config = {
  max_questions   = 3
  max_researchers = 2
  max_steps       = 12
  max_tokens      = 120000
  max_seconds     = 300
}

enable_code_interpreter       = true
code_interpreter_network_mode = "SANDBOX"

enable_browser           = true
browser_network_mode     = "PUBLIC"
enable_browser_recording = false

# The memory is made, and stays out of the agent's reach: any code in a microVM could read in it what
# every tenant's people have said. In an app of one tenant, set memory_runtime_access = true.
enable_memory         = true
memory_type           = "BOTH"
memory_runtime_access = false

enable_observability = true
enable_xray          = true
