"""`/api/chats`: the person's conversations."""

from fastapi import APIRouter
from pydantic import BaseModel

from bff.access import Gated, LiveSession

router = APIRouter(prefix="/api/chats", tags=["chats"])


class ChatDocument(BaseModel):
    """A chat; times are seconds since 1970."""

    id: str
    agent: str
    title: str
    created_at: int
    updated_at: int


class ChatsDocument(BaseModel):
    """The person's chats, the most recently used first."""

    chats: list[ChatDocument]


@router.get("")
async def chats(gate: Gated, session: LiveSession) -> ChatsDocument:
    """List the person's chats, the most recently used first."""
    found = await gate.turns.chats.of(session.owner, now=gate.clock.now())
    return ChatsDocument(
        chats=[
            ChatDocument(
                id=chat.id,
                agent=chat.agent,
                title=chat.title,
                created_at=chat.created_at,
                updated_at=chat.updated_at,
            )
            for chat in found
        ]
    )


@router.post("/{chat_id}/stop", status_code=204)
async def stop(chat_id: str, gate: Gated, session: LiveSession) -> None:
    """Stop the chat's running turn; stopping one that does not run is no error."""
    await gate.turns.stop(session, chat_id)


@router.delete("/{chat_id}", status_code=204)
async def forget(chat_id: str, gate: Gated, session: LiveSession) -> None:
    """Stop the chat's runtime session and forget the chat."""
    await gate.turns.forget(session, chat_id)
