"""Operations that are described by hand: their routes read the request themselves."""

from typing import Any, Final

from bff.logout.documents import LogoutRefusedDocument
from proxy.body import FORBIDDEN_MEMBERS

Documented = dict[str, Any]

INVOCATIONS: Final = "/api/agents/{agent}/invocations"

CHAT_ID: Final = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
"""A chat's id (`trust.chat.record`)."""

_CHAT_ID_HEADER: Final[Documented] = {
    "description": "The chat's id.",
    "required": True,
    "schema": {"type": "string", "pattern": CHAT_ID},
}

INVOCATION: Final[Documented] = {
    "tags": ["agents"],
    "summary": "Send a message to an agent",
    "description": "The body goes to the agent, the answer streams back (docs/agents.md).",
    "operationId": "invoke_agent",
    "security": [{"session": []}],
    "parameters": [
        {"name": "agent", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "Chat-Id",
            "in": "header",
            "required": False,
            "description": "Continues a chat; absent begins one.",
            "schema": {"type": "string", "pattern": CHAT_ID},
        },
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A name of the client's own for this message: under one name it is asked"
            " once in ten minutes, and else refused with 409 (docs/streams.md).",
            "schema": {"type": "string"},
        },
    ],
    "requestBody": {
        "required": True,
        "description": "What the agent understands: `RunAgentInput` of AG-UI, or its own form.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": dict.fromkeys(sorted(FORBIDDEN_MEMBERS), False),
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "The agent's answer.",
            "headers": {"Chat-Id": _CHAT_ID_HEADER},
            "content": {
                "text/event-stream": {"schema": {"type": "string"}},
                "application/json": {"schema": {}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
}

MCP_SESSION_END: Final[Documented] = {
    "tags": ["agents"],
    "summary": "End an MCP session",
    "description": "The chat that it belongs to is forgotten. For agents that speak MCP.",
    "operationId": "end_mcp_session",
    "security": [{"session": []}],
    "parameters": [
        {"name": "agent", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "Mcp-Session-Id",
            "in": "header",
            "required": True,
            "description": "As the answer to `initialize` named it.",
            "schema": {"type": "string"},
        },
    ],
    "responses": {"204": {"description": "The session has ended."}},
}

EVENT_ID: Final = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}\.(0|[1-9][0-9]{0,8})$"
"""Where a client stands in a turn (`proxy.resume.position`)."""

FOLLOWING: Final[Documented] = {
    "parameters": [
        {
            "name": name,
            "in": place,
            "required": False,
            "description": "The last event that was seen; absent: the newest turn, all of it.",
            "schema": {"type": "string", "pattern": EVENT_ID},
        }
        for name, place in (("Last-Event-ID", "header"), ("last_event_id", "query"))
    ]
    + [
        {
            "name": "turn",
            "in": "query",
            "required": False,
            "description": "The newest turn, all of it, if it goes on. An id counts more.",
            "schema": {"type": "string", "enum": ["running"]},
        }
    ],
    "responses": {
        "200": {
            "description": "What follows in the turn.",
            "headers": {"Chat-Id": _CHAT_ID_HEADER},
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        "204": {
            "description": "The turn is over, and everything of it was seen; or none goes on.",
            "headers": {"Chat-Id": _CHAT_ID_HEADER},
        },
    },
}

BACKCHANNEL: Final[Documented] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["logout_token"],
                    "properties": {
                        "logout_token": {
                            "type": "string",
                            "description": "OpenID Connect Back-Channel Logout 1.0 §2.4.",
                        }
                    },
                }
            }
        },
    },
    "responses": {
        "200": {"description": "The sessions that it names have ended."},
        "400": {
            "description": "It is not accepted; a forger is not told why (§2.8).",
            "content": {"application/json": {"schema": LogoutRefusedDocument.model_json_schema()}},
        },
    },
}
