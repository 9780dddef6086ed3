"""A request as it stands on the wire, read as Vault reads it (API docs, "HTTP API")."""

import json
from posixpath import normpath
from typing import cast
from urllib.parse import quote, unquote

from devstack.aws.wire import WireRequest, decoded
from devstack.vault.errors import VaultError, bad
from devstack.vault.fields import Document, duration_s
from devstack.vault.request import Operation

PREFIX = "/v1/"
_OPERATIONS = {
    "GET": Operation.READ,
    "HEAD": Operation.READ,
    "LIST": Operation.LIST,
    "POST": Operation.UPDATE,
    "PUT": Operation.UPDATE,
    "PATCH": Operation.PATCH,
    "DELETE": Operation.DELETE,
}


class Moved(Exception):
    """A path that is not in its plain form; Go's server sends whoever asks to the plain one."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def path_of(request: WireRequest) -> str:
    """Return the path below `/v1/`, decoded once. Raises Moved, VaultError."""
    path = unquote(request.path, errors="replace")
    if not path.isprintable():
        raise bad("path contains unprintable characters")
    plain = normpath(path) + ("/" if path.endswith("/") and path != "/" else "")
    if plain.replace("//", "/") != path:
        raise Moved(quote(plain.replace("//", "/")))
    if not path.startswith(PREFIX):
        raise VaultError(404)
    return path.removeprefix(PREFIX)


def operation_of(request: WireRequest) -> Operation:
    """Return what is to be done, by method; `GET …?list=true` lists. Raises VaultError."""
    operation = _OPERATIONS.get(request.method)
    if operation is None:
        raise VaultError(405)
    if operation is Operation.READ and _parameters(request).get("list") == "true":
        return Operation.LIST
    return operation


def document_of(request: WireRequest) -> Document:
    """Return the fields: the body's for what writes, the query's for what reads.

    Raises VaultError.
    """
    if request.method in {"GET", "HEAD", "LIST", "DELETE"} or not request.body:
        return _parameters(request)
    try:
        read: object = json.loads(request.body)
    except ValueError:
        raise bad("error parsing JSON") from None
    if not isinstance(read, dict):
        raise bad("error parsing JSON")
    return cast("Document", read)


def _parameters(request: WireRequest) -> dict[str, str]:
    return {name: decoded(value.replace("+", "%20")) for name, value in _pairs(request)}


def _pairs(request: WireRequest) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in request.query.split("&") if part]
    return [(decoded(name), value) for name, _, value in parts]


def token_of(request: WireRequest) -> str:
    """Return the client's token, from either of the headers that may carry it."""
    token = request.header("x-vault-token")
    if token is not None:
        return token
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    return bearer if scheme.lower() == "bearer" else ""


def wrap_ttl_s(request: WireRequest) -> float:
    """Return how long the answer is to be wrapped, in seconds; 0 for not. Raises VaultError."""
    text = request.header("x-vault-wrap-ttl")
    if text is None:
        return 0
    seconds = duration_s(text)
    if seconds is None or seconds < 0:
        raise bad("error parsing X-Vault-Wrap-TTL header")
    return seconds
