"""`/api/chats`: the person's conversations."""

from fastapi import APIRouter
from fastapi.responses import Response

from bff.access import Gated, LiveSession
from bff.responses import json_response

router = APIRouter(prefix="/api/chats", tags=["chats"])


@router.get("")
async def chats(gate: Gated, session: LiveSession) -> Response:
    """List the person's chats, the most recently used first."""
    found = await gate.turns.chats.of(session.owner, now=gate.clock.now())
    return json_response(
        {
            "chats": [
                {
                    "id": chat.id,
                    "agent": chat.agent,
                    "title": chat.title,
                    "created_at": chat.created_at,
                    "updated_at": chat.updated_at,
                }
                for chat in found
            ]
        }
    )


@router.post("/{chat_id}/stop", status_code=204)
async def stop(chat_id: str, gate: Gated, session: LiveSession) -> Response:
    """Stop the chat's running turn; stopping one that does not run is no error."""
    await gate.turns.stop(session, chat_id)
    return Response(status_code=204)


@router.delete("/{chat_id}", status_code=204)
async def forget(chat_id: str, gate: Gated, session: LiveSession) -> Response:
    """Stop the chat's runtime session and forget the chat."""
    await gate.turns.forget(session, chat_id)
    return Response(status_code=204)
