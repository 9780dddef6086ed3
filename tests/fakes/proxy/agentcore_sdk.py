"""How `bedrock_agentcore` 1.25.0 streams what an entry point yields (`BedrockAgentCoreApp`).

Proven against recordings of the real one in tests/proxy/events/test_strands_agent.py.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, is_dataclass
from typing import Any, cast

_MOST_DEPTH = 50


async def run_ahead(values: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Let the entry point run to its end before its first value is looked at.

    The SDK has a queue of 100 between the two, so what is serialised may have changed since.
    """
    known: list[Any] = []
    failure: Exception | None = None
    try:
        async for value in values:
            known.append(value)  # noqa: PERF401 what came before a failure counts
    except Exception as error:  # noqa: BLE001 raised below, in its place
        failure = error
    for value in known:
        yield value
    if failure:
        raise failure


async def streamed(values: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Yield each value as an event; an exception is the last one."""
    try:
        async for value in values:
            yield event(value)
    except Exception as error:  # noqa: BLE001 as the SDK does
        yield event(
            {
                "error": str(error),
                "error_type": type(error).__name__,
                "message": "An error occurred during streaming",
            }
        )


def event(value: Any) -> bytes:
    """Return a value as an event."""
    return f"data: {serialised(value)}\n\n".encode()


def serialised(value: Any) -> str:
    """Return a value as JSON, in the first of three ways that works."""
    for way in (lambda: value, lambda: _plain(value, 0), lambda: str(value)):
        try:
            return json.dumps(way(), ensure_ascii=False)
        except Exception:  # noqa: BLE001, S112 as the SDK does
            continue
    return json.dumps({"error": "Serialization failed", "original_type": type(value).__name__})


def _plain(value: Any, depth: int) -> Any:
    if depth > _MOST_DEPTH:
        return f"<too_deep:{type(value).__name__}>"
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if is_dataclass(value):
        return asdict(cast("Any", value))
    match value:
        case {**members}:
            return {name: _plain(member, depth + 1) for name, member in members.items()}
        case [*items]:
            return [_plain(item, depth + 1) for item in items]
        case _:
            return value
