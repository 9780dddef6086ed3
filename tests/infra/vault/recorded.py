"""What the adapters ask of Vault: their own code, with a wire that writes down and answers."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import hvac
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hvac.adapters import JSONAdapter

from devstack.vault.policy.rules import Capability
from fakes.clock import StoppedClock
from trust.secrets.reference import parse_reference
from trust.secrets.vault.aws import AwsSource
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.kv import KvSource
from trust.secrets.vault.leases import Leases
from trust.secrets.vault.session import Answer, VaultSession
from trust.secrets.vault.transit import TransitSource

T = TypeVar("T")
_CAPABILITY = {
    "get": Capability.READ,
    "post": Capability.UPDATE,
    "put": Capability.UPDATE,
    "delete": Capability.DELETE,
    "list": Capability.LIST,
}
_LEASE: dict[str, Any] = {"lease_id": "l", "lease_duration": 600, "renewable": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    capability: Capability
    path: str
    parameters: dict[str, object]


@dataclass(slots=True)
class Wire:
    """Answers as Vault would, and keeps what was asked."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    calls: list[Call] = field(default_factory=list[Call])

    def answer(self, method: str, url: str, sent: dict[str, Any]) -> Any:
        path = url.removeprefix("/v1/")
        self.calls.append(Call(capability=_CAPABILITY[method.lower()], path=path, parameters=sent))
        first, *_ = path.split("/")
        if "/data/" in path:
            return {"data": {"data": {"k": "v"}, "metadata": {"version": sent.get("version") or 2}}}
        if "/keys/" in path:
            return {"data": self._public()}
        if "/sign/" in path:
            return {"data": {"signature": self._signature(base64.b64decode(sent["input"]))}}
        if "/creds/" in path:
            return {**_LEASE, "data": {"username": "u", "password": "p"}}
        if "/sts/" in path:
            data = {"access_key": "a", "secret_key": "s", "security_token": "t"}
            return {**_LEASE, "renewable": False, "data": data}
        return _LEASE if first == "sys" else {"data": {}}

    def _public(self) -> dict[str, Any]:
        public = self.key.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        kind = "rsa-2048" if isinstance(self.key, rsa.RSAPrivateKey) else "ecdsa-p256"
        return {"type": kind, "latest_version": 1, "keys": {"1": {"public_key": pem}}}

    def _signature(self, digest: bytes) -> str:
        known = Prehashed(hashes.SHA256())
        if isinstance(self.key, rsa.RSAPrivateKey):
            signed = base64.b64encode(self.key.sign(digest, PKCS1v15(), known)).decode()
        else:
            r, s = decode_dss_signature(self.key.sign(digest, ec.ECDSA(known)))
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            signed = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return f"vault:v1:{signed}"


class _Adapter(JSONAdapter):
    wire: Wire

    def request(self, method: str, url: str, *_: Any, **kwargs: Any) -> Any:
        return self.wire.answer(method, url, kwargs.get("json") or kwargs.get("params") or {})


@dataclass(frozen=True, slots=True)
class _LoggedIn:
    wire: Wire

    async def call(self, ask: Callable[[hvac.Client], T], about: object) -> Answer[T]:
        del about
        client = hvac.Client(url="http://127.0.0.1:9", token="t", adapter=_Adapter)
        cast("_Adapter", client.adapter).wire = self.wire
        return Answer(value=ask(client), token_left_s=600.0, login=1)

    def has_ended(self, login: int) -> bool:
        del login
        return False


async def asked_by_bff(app: str, *, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Wire:
    """Read the keyring, both versions, and sign."""
    wire = Wire(key=key)
    session = cast("VaultSession", _LoggedIn(wire))
    newest = parse_reference(f"vault-kv:gatehouse/{app}/bff/session-keys#keys")
    assert newest.before is not None
    for reference in (newest, newest.before):
        await KvSource(session).fetch(reference.place, None)
    place = parse_reference(f"vault-transit:gatehouse-transit/{app}_bff")
    source = TransitSource(session)
    await source.sign(place, await source.fetch(place, None), b"message")
    return wire


async def asked_by_agent(app: str, agent: str) -> Wire:
    """Read a secret; get, extend, replace and give back credentials."""
    wire = Wire(key=ec.generate_private_key(ec.SECP256R1()))
    session = cast("VaultSession", _LoggedIn(wire))
    await KvSource(session).fetch(
        parse_reference(f"vault-kv:gatehouse/{app}/agents/{agent}/model#key").place, None
    )
    leases = Leases(session, StoppedClock(), pause=_at_once)
    database = parse_reference(f"vault-db:gatehouse-database/{app}_agent_{agent}")
    known = await DatabaseSource(leases).fetch(database, None)
    await DatabaseSource(leases).fetch(database, known)
    aws = parse_reference(f"vault-aws:gatehouse-aws/{app}_agent_{agent}")
    await AwsSource(leases).fetch(aws, None)
    await leases.close()
    return wire


async def _at_once(seconds: float) -> None:
    del seconds
    await asyncio.sleep(0)


def told(call: Call) -> str:
    """Return a call as a test's message."""
    return f"{call.capability.value} {call.path} {json.dumps(call.parameters)}"
