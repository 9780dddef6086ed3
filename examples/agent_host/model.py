"""Who thinks: a model of Amazon Bedrock where the settings name one, else the offline one."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any

from strands.models import Model

from agent_host.offline import OfflineModel, Replies
from agent_host.secret_settings import MODEL_KEY
from agent_host.settings import Settings


def model_for(settings: Settings, replies: Replies) -> Model:
    """Return the model that the settings name; offline, it answers by `replies`."""
    if settings.bedrock_model_id is None:
        return OfflineModel(replies, pause_s=settings.offline_pause_s)
    if _has_key(settings):
        from agent_host.model_key import keyed_model

        return keyed_model(
            settings.region, model_id=settings.bedrock_model_id, **guardrail(settings)
        )
    from strands.models import BedrockModel

    return BedrockModel(
        model_id=settings.bedrock_model_id,
        region_name=settings.region,
        **guardrail(settings),
    )


def turn_of(settings: Settings) -> Callable[[], AbstractAsyncContextManager[None]]:
    """Return what stands around each turn: with a key of the model, that it is held."""
    if settings.bedrock_model_id is None or settings.secrets is None or not _has_key(settings):
        return nullcontext
    from agent_host.model_key import model_key_held

    return partial(model_key_held, settings.secrets)


def _has_key(settings: Settings) -> bool:
    return settings.secrets is not None and MODEL_KEY in settings.secrets.references


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
