"""`/healthz` and `/readyz`: is it alive, and can it do its work."""

from fastapi import APIRouter, Response

from bff.access import Gated
from bff.gate import Gate
from bff.health.documents import (
    AliveDocument,
    CheckDocument,
    ChecksDocument,
    ProviderCheckDocument,
    ReadyDocument,
)
from trust.errors import TrustError
from trust.store.table import Key

router = APIRouter(tags=["health"])

NOT_READY = 503


@router.get("/healthz")
async def healthz() -> AliveDocument:
    """Answer: the process runs."""
    return AliveDocument()


@router.get(
    "/readyz",
    response_model_exclude_unset=True,
    responses={NOT_READY: {"model": ReadyDocument, "description": "Not ready."}},
)
async def readyz(response: Response, gate: Gated) -> ReadyDocument:
    """Say whether store and provider can be asked; 503 if not. Names no reason to the outside."""
    checks = ChecksDocument(store=await _store(gate), provider=await _provider(gate))
    if checks.store.ok and checks.provider.ok:
        return ReadyDocument(status="ready", checks=checks)
    response.status_code = NOT_READY
    return ReadyDocument(status="not ready", checks=checks)


async def _store(gate: Gate) -> CheckDocument:
    try:
        await gate.table.get(Key("READY", "READY"), now=gate.clock.now())
    except TrustError as error:
        return CheckDocument(ok=False, code=error.code)
    return CheckDocument(ok=True)


async def _provider(gate: Gate) -> ProviderCheckDocument:
    try:
        await gate.providers.default.provider.metadata()
    except TrustError as error:
        return ProviderCheckDocument(ok=False, code=error.code)
    return ProviderCheckDocument(ok=True, keys_age_s=gate.providers.default.provider.keys.age_s)
