"""`/healthz` and `/readyz`: is it alive, and can it do its work."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bff.access import Gated
from bff.gate import Gate
from trust.errors import TrustError
from trust.store.table import Key

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> Response:
    """Answer: the process runs."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(gate: Gated) -> Response:
    """Say whether store and provider can be asked; 503 if not. Names no reason to the outside."""
    checks = {"store": await _store(gate), "provider": await _provider(gate)}
    ready = all(check["ok"] for check in checks.values())
    body = {"status": "ready" if ready else "not ready", "checks": checks}
    return JSONResponse(body, status_code=200 if ready else 503)


async def _store(gate: Gate) -> dict[str, object]:
    try:
        await gate.table.get(Key("READY", "READY"), now=gate.clock.now())
    except TrustError as error:
        return {"ok": False, "code": error.code}
    return {"ok": True}


async def _provider(gate: Gate) -> dict[str, object]:
    try:
        await gate.providers.default.provider.metadata()
    except TrustError as error:
        return {"ok": False, "code": error.code}
    return {"ok": True, "keys_age_s": gate.providers.default.provider.keys.age_s}
