"""Runtimes, endpoints, memory and the built-in tools, as the control plane's model has them.

Source: the service model bedrock-agentcore-control 2023-06-05, and the provider's import pages.
"""

from typing import Any

from bridge.kind import Kind, States, Style, Update
from bridge.memory import lost_by_update, memory_request, memory_view
from bridge.ports import Members


def _endpoint_view(name: str, value: Any) -> Members:
    # What Create calls the agent's version, Get calls the version that traffic is moved to.
    return {"targetVersion" if name == "agentRuntimeVersion" else name: value}


RUNTIME = Kind(
    name="runtime",
    noun="AgentRuntime",
    plural="AgentRuntimes",
    items="agentRuntimes",
    id_input="agentRuntimeId",
    id_output="agentRuntimeId",
    arn="agentRuntimeArn",
    name_input="agentRuntimeName",
    listed_name="agentRuntimeName",
    update=Update(
        style=Style.WHOLE,
        members=frozenset(
            {
                "agentRuntimeArtifact",
                "allowedPorts",
                "authorizerConfiguration",
                "capacityProviderConfiguration",
                "description",
                "environmentVariables",
                "filesystemConfigurations",
                "hooksConfiguration",
                "lifecycleConfiguration",
                "networkConfiguration",
                "platformVersion",
                "protocolConfiguration",
                "requestHeaderConfiguration",
                "resourceConfigurations",
                "roleArn",
            }
        ),
        token=True,
    ),
    outputs=("agentRuntimeVersion", "workloadIdentityDetails.workloadIdentityArn"),
    terraform="aws_bedrockagentcore_agent_runtime",
    rank=1,
)

RUNTIME_ENDPOINT = Kind(
    name="runtime_endpoint",
    noun="AgentRuntimeEndpoint",
    plural="AgentRuntimeEndpoints",
    items="runtimeEndpoints",
    id_input="endpointName",
    id_output="",
    arn="agentRuntimeEndpointArn",
    parent="agentRuntimeId",
    parent_kind="runtime",
    update=Update(
        style=Style.CHANGED,
        members=frozenset({"agentRuntimeVersion", "description"}),
        token=True,
    ),
    view=_endpoint_view,
    outputs=("agentRuntimeArn", "liveVersion", "targetVersion"),
    terraform="aws_bedrockagentcore_agent_runtime_endpoint",
    import_id="{parent},{id}",
    automatic=frozenset({"DEFAULT"}),
    rank=3,
)

MEMORY = Kind(
    name="memory",
    noun="Memory",
    plural="Memories",
    items="memories",
    id_input="memoryId",
    id_output="id",
    arn="arn",
    listed_name="",
    envelope="memory",
    # FAILED is all that there is: only who has just sent a Create can tell what failed.
    states=States(not_made=frozenset({"FAILED"}), not_updated=frozenset()),
    update=Update(
        style=Style.CHANGED,
        members=frozenset(
            {
                "description",
                "eventExpiryDuration",
                "indexedKeys",
                "memoryExecutionRoleArn",
                "memoryStrategies",
                "namespaceKeys",
                "streamDeliveryResources",
            }
        ),
        request=memory_request,
        token=True,
        lost=lost_by_update,
    ),
    view=memory_view,
    loses="all events and records that agents have remembered in it",
    terraform="aws_bedrockagentcore_memory",
    rank=1,
)

_TOOL_STATES = States(not_updated=frozenset())

BROWSER = Kind(
    name="browser",
    noun="Browser",
    plural="Browsers",
    items="browserSummaries",
    id_input="browserId",
    id_output="browserId",
    arn="browserArn",
    states=_TOOL_STATES,
    terraform="aws_bedrockagentcore_browser",
    rank=1,
)

CODE_INTERPRETER = Kind(
    name="code_interpreter",
    noun="CodeInterpreter",
    plural="CodeInterpreters",
    items="codeInterpreterSummaries",
    id_input="codeInterpreterId",
    id_output="codeInterpreterId",
    arn="codeInterpreterArn",
    states=_TOOL_STATES,
    terraform="aws_bedrockagentcore_code_interpreter",
    rank=1,
)
