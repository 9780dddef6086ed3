"""The provider's keys: found through its discovery document, kept for a minute."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from devstack.aws.jwks_http import FRESH_S, ProviderKeys
from devstack.aws.sts.provider import KeysUnavailable
from trust.clock import NumericDate

KEYS = {"keys": [{"kty": "EC", "kid": "1"}]}


@dataclass
class StoppedClock:
    at: float = 100.0

    def now(self) -> NumericDate:
        return NumericDate(int(self.at))

    def monotonic(self) -> float:
        return self.at


@dataclass
class Provider:
    issuer: str
    pages: dict[str, Any]
    asked: list[str]


@pytest.fixture
def provider() -> Generator[Provider]:
    pages: dict[str, Any] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            known = self.path in pages
            self.send_response(200 if known else 500)
            self.end_headers()
            self.wfile.write(json.dumps(pages.get(self.path)).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        pages["/.well-known/openid-configuration"] = {"jwks_uri": f"{issuer}/jwks"}
        pages["/jwks"] = KEYS
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Provider(issuer=issuer, pages=pages, asked=asked)
        server.shutdown()
        thread.join()


def test_keys_are_found_and_kept_for_a_minute(provider: Provider) -> None:
    clock = StoppedClock()
    keys = ProviderKeys(issuer=provider.issuer, clock=clock)

    assert keys() == KEYS
    clock.at += FRESH_S
    assert keys() == KEYS
    assert provider.asked == ["/.well-known/openid-configuration", "/jwks"]

    clock.at += 1
    provider.pages["/jwks"] = {"keys": []}
    assert keys() == {"keys": []}


@pytest.mark.parametrize(
    ("path", "page"),
    [
        pytest.param("/jwks", None, id="no keys"),
        pytest.param("/jwks", [], id="keys that are no object"),
        pytest.param("/.well-known/openid-configuration", {}, id="no word of keys"),
        pytest.param(
            "/.well-known/openid-configuration", {"jwks_uri": "http://[broken"}, id="broken URL"
        ),
    ],
)
def test_a_provider_without_usable_keys_is_unavailable(
    provider: Provider, path: str, page: object
) -> None:
    provider.pages[path] = page
    keys = ProviderKeys(issuer=provider.issuer, clock=StoppedClock())

    with pytest.raises(KeysUnavailable):
        keys()


def test_a_provider_that_is_not_there_is_unavailable() -> None:
    keys = ProviderKeys(issuer="http://127.0.0.1:9", clock=StoppedClock())

    with pytest.raises(KeysUnavailable):
        keys()
