"""An answer as Vault writes it."""

import json

from devstack.aws.wire import Answer, Pairs
from devstack.vault.clock import stamp
from devstack.vault.errors import VaultError
from devstack.vault.fields import Document
from devstack.vault.request import Response, WrapInfo
from devstack.vault.tokens.token import auth_block

_HEADERS: Pairs = (("cache-control", "no-store"), ("content-type", "application/json"))


def body_of(response: Response, *, request_id: str, now: float) -> Document | None:
    """Return the body of an answer; None for an answer without one."""
    if response.empty:
        return None
    if response.raw is not None:
        return response.raw
    lease = response.lease
    return {
        "request_id": request_id,
        "lease_id": "" if lease is None else lease.id,
        "renewable": lease is not None and lease.leased.renewable,
        "lease_duration": 0 if lease is None else lease.left_s(now),
        "data": response.data,
        "wrap_info": None if response.wrapped is None else _wrap_info(response.wrapped),
        "warnings": list(response.warnings) or None,
        "auth": None if response.token is None else auth_block(response.token, now),
        "mount_type": response.kind,
    }


def _wrap_info(info: WrapInfo) -> Document:
    return {
        "token": info.token,
        "accessor": info.accessor,
        "ttl": int(info.ttl_s),
        "creation_time": stamp(info.created_at),
        "creation_path": info.path,
        "wrapped_accessor": info.wrapped_accessor,
    }


def answer_of(body: Document | None, *, status: int) -> Answer:
    """Return the bytes of an answer."""
    if body is None:
        return Answer(status=204 if status == 200 else status, headers=_HEADERS[:1])  # noqa: PLR2004
    return Answer(status=status, headers=_HEADERS, body=json.dumps(body).encode() + b"\n")


def refusal(error: VaultError) -> Answer:
    """Return the bytes of a refusal (API docs, "Error response")."""
    return answer_of({"errors": list(error.errors)}, status=error.status)
