"""AgentCore's data plane by boto3, with the runtime's own role; imported late, where it is used."""

from typing import Any

from boto3.session import Session
from botocore.config import Config

from agent_host.settings import Settings


def agentcore(settings: Settings, *, read_timeout_s: int) -> tuple[Any, Any]:
    """Return the client and the role's credentials; nothing is called yet.

    The client comes as what it is, an object made at run time: who uses it says what of it.
    """
    session: Any = Session()
    limits = Config(
        connect_timeout=5, read_timeout=read_timeout_s, retries={"total_max_attempts": 2}
    )
    client = session.client(
        "bedrock-agentcore", region_name=settings.agentcore_region, config=limits
    )
    return client, session.get_credentials()
