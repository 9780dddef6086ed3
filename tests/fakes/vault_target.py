"""Where tests of Vault's client run: the local double always, a real server where one is named.

`BFF_TEST_VAULT_ADDR` names it, `BFF_TEST_VAULT_TOKEN` is a token that may mount and set up; what a
test prepares there is under names of its own, and is taken away again.
"""

import json
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import environ  # noqa: TID251 which server to test is said to the tests, not to the program
from secrets import token_hex
from typing import Any
from urllib.error import HTTPError

import pytest

from fakes.clock import StoppedClock
from fakes.vault import Unprepared, vault
from fakes.vault_issuer import Issuer
from trust.clock import Clock, SystemClock

ADDRESS, TOKEN = "BFF_TEST_VAULT_ADDR", "BFF_TEST_VAULT_TOKEN"


def targets() -> list[Any]:
    """Return the parameters of a fixture that runs at both; the missing one is skipped by name."""
    missing = [name for name in (ADDRESS, TOKEN) if not environ.get(name)]
    why = f"no real Vault: {', '.join(missing)} not set"
    return [
        pytest.param("double", id="double"),
        pytest.param("real", id="real", marks=pytest.mark.skipif(bool(missing), reason=why)),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Vault to prepare by its own API, and to be a client of."""

    url: str
    root_token: str
    clock: Clock
    name: str = field(default_factory=lambda: f"gatehouse-test-{token_hex(6)}")
    """Under which this test prepares things."""
    issuer: Issuer = field(default_factory=Issuer)

    def ask(
        self, method: str, path: str, fields: Mapping[str, Any] | None = None, wrap_s: int = 0
    ) -> dict[str, Any]:
        """Ask as root; return the answer, {} where it has no body. Raises Unprepared."""
        headers = {"X-Vault-Token": self.root_token, "X-Vault-Request": "true"}
        if wrap_s:
            headers["X-Vault-Wrap-TTL"] = str(wrap_s)
        request = urllib.request.Request(  # noqa: S310 the address is the tester's
            f"{self.url}/v1/{path}",
            method=method,
            headers=headers,
            data=None if fields is None else json.dumps(fields).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                body = answer.read()
        except HTTPError as error:
            with error:
                raise Unprepared(f"{path}: {error.code} {error.read().decode()}") from None
        said: dict[str, Any] = json.loads(body) if body else {}
        return said

    def pass_s(self, seconds: float) -> None:
        """Let time pass; only the double's can be moved."""
        if not isinstance(self.clock, StoppedClock):
            pytest.skip("a real server's clock is not moved")
        self.clock.advance(seconds)


@contextmanager
def target(which: str) -> Generator[Target]:
    """Serve the double, or lead to the real one."""
    if which == "real":
        yield Target(
            url=environ[ADDRESS].rstrip("/"), root_token=environ[TOKEN], clock=SystemClock()
        )
        return
    clock = StoppedClock()
    with vault(clock) as running:
        yield Target(url=running.url, root_token=running.root_token, clock=clock)
