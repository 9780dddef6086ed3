"""The key of the model, as a secret of the agent: an API key of Amazon Bedrock.

For a model in an account where the agent's role may call none. Bedrock's own variable for it,
AWS_BEARER_TOKEN_BEDROCK, would be in the environment for as long as the process lives; this one is
held for one turn, and only the turn's own calls can find it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, cast

from botocore import UNSIGNED
from botocore.config import Config
from strands.models import BedrockModel

from agent_host.definition import TurnRefused
from agent_host.secret_settings import MODEL_KEY, AgentSecrets
from agent_host.secrets import Held, SecretMissing, held

READ_S = 120
"""How long the model may be silent, in seconds."""

_held: ContextVar[Held] = ContextVar("agent_host.model_key")


@asynccontextmanager
async def model_key_held(places: AgentSecrets) -> AsyncGenerator[None]:
    """Hold the key for whatever is done inside of the block. Raises TurnRefused."""
    try:
        async with held(places, MODEL_KEY) as values:
            outer = _held.set(values)
            try:
                yield
            finally:
                _held.reset(outer)
    except SecretMissing:
        raise TurnRefused("model_unavailable", "The model cannot be asked at the moment.") from None


def keyed_model(region: str, **configuration: Any) -> BedrockModel:
    """Return a model of Bedrock that is called with the key that is held at the time."""
    # Without a signature, and so without the role's: a key that is missing must be noticed.
    limits = Config(signature_version=UNSIGNED, read_timeout=READ_S)
    model = BedrockModel(region_name=region, boto_client_config=limits, **configuration)
    # boto3 makes its clients at run time: they have no type.
    client = cast("Any", model).client
    client.meta.events.register("before-send.bedrock-runtime", _add_key)
    return model


def _add_key(request: Any, **_more: Any) -> None:
    request.headers["Authorization"] = f"Bearer {_held.get()[MODEL_KEY].reveal()}"
