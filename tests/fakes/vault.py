"""HashiCorp Vault's key-value engine, version 2, on loopback: reading, and its ways to refuse."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fakes.loopback import Call, Reply, serving

TOKEN = "hvs.made-up"


@dataclass(kw_only=True)
class FakeVault:
    """Versions of secrets by `mount/path`; None is a version that was deleted."""

    url: str = ""
    token: str = TOKEN
    sealed: bool = False
    versions: dict[str, list[dict[str, object] | None]] = field(
        default_factory=dict[str, list[dict[str, object] | None]]
    )
    calls: list[Call] = field(default_factory=list[Call])

    def answer(self, call: Call) -> Reply:
        """Answer `GET /v1/<mount>/data/<path>` (API docs, "Read Secret Version")."""
        self.calls.append(call)
        if self.sealed:
            return _json(503, {"errors": ["Vault is sealed"]})
        if call.headers.get("x-vault-token") != self.token:
            return _json(403, {"errors": ["permission denied"]})
        mount, data, path = call.path.removeprefix("/v1/").partition("/data/")
        versions = self.versions.get(f"{mount}/{path}") if data else None
        if not versions:
            return _json(404, {"errors": []})
        return self._version(versions)

    def _version(self, versions: list[dict[str, object] | None]) -> Reply:
        newest = versions[-1]
        metadata = {
            "created_time": "2096-10-01T00:00:00.000000000Z",
            "custom_metadata": None,
            "deletion_time": "" if newest is not None else "2096-10-02T00:00:00.000000000Z",
            "destroyed": False,
            "version": len(versions),
        }
        document: dict[str, object] = {
            "request_id": "b5a0f0f4-5f5a-4b8e-9d6a-1f1f0d0c0b0a",
            "lease_id": "",
            "renewable": False,
            "lease_duration": 0,
            "data": {"data": newest, "metadata": metadata},
            "wrap_info": None,
            "warnings": None,
            "auth": None,
        }
        # A deleted version is not found, but its metadata comes along.
        return _json(404 if newest is None else 200, document)


@contextmanager
def vault() -> Generator[FakeVault]:
    """Serve a Vault."""
    running = FakeVault()
    with serving(running.answer) as running.url:
        yield running


def _json(status: int, document: dict[str, object]) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())
