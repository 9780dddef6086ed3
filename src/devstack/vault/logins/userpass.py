"""Logging in with a name and a password (API docs, "Userpass auth method"): for people."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from devstack.vault.entropy import Entropy
from devstack.vault.errors import bad
from devstack.vault.fields import Document
from devstack.vault.logins.role import shown_terms, token_terms
from devstack.vault.request import Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import NAME, Route, writes
from devstack.vault.tokens.token import Grant

_ROUNDS = 1000
"""Few, since this is a double: Vault uses bcrypt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may log in."""

    terms: Grant
    salt: bytes
    digest: bytes

    def shown(self) -> Document:
        """Return what there is to read: not the password."""
        return shown_terms(self.terms)


@dataclass(slots=True, kw_only=True)
class UserpassMethod:
    """One mount of the method."""

    entropy: Entropy
    kind: str = "userpass"
    people: Roles[Person] = field(default_factory=lambda: Roles("userpass"))
    open_paths: str = rf"login/{NAME}"

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        return (
            *self.people.routes(self._write, at="users"),
            Route(rf"login/(?P<name>{NAME})", writes(self._login)),
        )

    def exists(self, request: Request) -> bool:
        """Whether the person is known already."""
        return self.people.exists(request, at="users")

    def _write(self, request: Request, names: Mapping[str, str]) -> None:
        password = request.fields.text("password")
        if not password:
            raise bad("missing password")
        salt = self.entropy(16)
        self.people[names["name"].lower()] = Person(
            terms=token_terms(request.fields), salt=salt, digest=_digest(password, salt)
        )

    def _login(self, request: Request, names: Mapping[str, str]) -> Response:
        name = names["name"].lower()
        person = self.people[name]
        password = request.fields.text("password")
        if not password:
            raise bad("missing password")
        salt = b"nobody" if person is None else person.salt
        given = _digest(password, salt)
        if person is None or not hmac.compare_digest(given, person.digest):
            raise bad("invalid username or password")
        grant = replace(
            person.terms, display_name=f"userpass-{name}", alias=name, metadata={"username": name}
        )
        return Response(grant=grant, kind=self.kind)


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
