"""Who thinks: a model of Amazon Bedrock where the settings name one, else the offline one."""

from typing import Any

from strands.models import Model

from agent_host.offline import OfflineModel, Replies
from agent_host.settings import Settings


def model_for(settings: Settings, replies: Replies) -> Model:
    """Return the model that the settings name; offline, it answers by `replies`."""
    if settings.bedrock_model_id is None:
        return OfflineModel(replies, pause_s=settings.offline_pause_s)
    from strands.models import BedrockModel

    return BedrockModel(
        model_id=settings.bedrock_model_id,
        region_name=settings.region,
        **guardrail(settings),
    )


def guardrail(settings: Settings) -> dict[str, Any]:
    """Return Bedrock's settings for the guardrail; nothing without one."""
    if settings.guardrail is None:
        return {}
    return {
        "guardrail_id": settings.guardrail.id,
        "guardrail_version": settings.guardrail.version,
        # What was blocked does not stay in the conversation, to block each further turn.
        "guardrail_redact_input": True,
        "guardrail_redact_output": True,
        # A trace quotes what it found.
        "guardrail_trace": "disabled",
    }
