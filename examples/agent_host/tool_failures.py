"""What is told of a tool that failed: our own words, since the browser hears them."""

from typing import Any

from strands.hooks import AfterToolCallEvent, HookProvider, HookRegistry

from agent_host import log

FAILED = "The tool failed. Go on without it, and say so."


class ToolFailures(HookProvider):
    """Takes the exception's text out of failed calls; it may name addresses, keys or rows."""

    def register_hooks(self, registry: HookRegistry, **_more: Any) -> None:
        """Look at each call after it."""
        registry.add_callback(AfterToolCallEvent, _plain)


def _plain(event: AfterToolCallEvent[Any]) -> None:
    # Who was refused before the call gets the reason that our own check wrote.
    if event.result.get("status") != "error" or event.cancel_message is not None:
        return
    log.event("tool.failed", error=type(event.exception).__name__ if event.exception else None)
    event.result = {
        "toolUseId": event.tool_use["toolUseId"],
        "status": "error",
        "content": [{"text": FAILED}],
    }
