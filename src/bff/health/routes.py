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
    SecretsCheckDocument,
)
from bff.settings import references
from trust.errors import TrustError
from trust.registry.record import ClientAuthMethod
from trust.secrets.cell import State
from trust.secrets.source import SecretUnavailable
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
    """Say whether store, provider and secrets can be had; 503 if not. Names no reason outside."""
    checks = ChecksDocument(
        store=await _store(gate), provider=await _provider(gate), secrets=await _secrets(gate)
    )
    if checks.store.ok and checks.provider.ok and checks.secrets.ok:
        return ReadyDocument(status="ready", checks=checks)
    response.status_code = NOT_READY
    return ReadyDocument(status="not ready", checks=checks)


async def _store(gate: Gate) -> CheckDocument:
    try:
        await gate.table.get(Key("READY", "READY"), now=gate.clock.now())
    except TrustError as error:
        return CheckDocument(ok=False, code=error.code)
    return CheckDocument(ok=True)


async def _secrets(gate: Gate) -> SecretsCheckDocument:
    if gate.settings.oidc_client_auth is ClientAuthMethod.JWT_SPIFFE:
        try:
            # It costs nothing while one is held.
            await gate.keepers.svids().jwt_svid(gate.settings.oidc_issuer)
        except TrustError as error:
            return SecretsCheckDocument(ok=False, code=error.code)
    # Those of tenants' own providers are not among them: without one, the others log in.
    needed = {reference.place for reference in references(gate.settings).values() if reference}
    found = [health for health in gate.secrets.health() if health.reference in needed]
    if any(health.state is State.ABSENT for health in found):
        return SecretsCheckDocument(ok=False, code=SecretUnavailable.code)
    stale = [health.stale_s for health in found if health.state is State.STALE]
    return (
        SecretsCheckDocument(ok=True, stale_s=max(stale))
        if stale
        else SecretsCheckDocument(ok=True)
    )


async def _provider(gate: Gate) -> ProviderCheckDocument:
    try:
        await gate.providers.default.provider.metadata()
    except TrustError as error:
        return ProviderCheckDocument(ok=False, code=error.code)
    return ProviderCheckDocument(ok=True, keys_age_s=gate.providers.default.provider.keys.age_s)
