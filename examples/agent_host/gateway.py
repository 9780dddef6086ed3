"""The tools of an AgentCore Gateway, by MCP over streamable HTTP."""

import asyncio

from botocore.session import Session
from strands.tools.mcp import MCPClient
from strands.types.exceptions import ToolProviderException

from agent_host.sigv4 import SigV4

STARTUP_S = 10
"""How long the gateway may take to say what tools it has, in seconds."""


def gateway_tools(url: str, *, region: str) -> MCPClient:
    """Connect to the gateway and return its tools; blocks. The agent hangs up after its turn.

    Calls are signed with the runtime's role (a gateway of the kind AWS_IAM). Raises
    ToolProviderException where there are no credentials, or the gateway does not answer.
    """
    credentials = Session().get_credentials()
    if credentials is None:
        raise ToolProviderException("no AWS credentials for the gateway")
    signing = SigV4(credentials, service="bedrock-agentcore", region=region)
    client = MCPClient(url=url, auth_provider=signing, startup_timeout=STARTUP_S)
    # Here rather than by the agent, whose registry would make a ValueError of it.
    asyncio.run(client.load_tools())
    return client
