"""Logins whose tokens are bound to a key, by a client that proves itself by another."""

import json
import time
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, KeySet

from devstack.dev.stack import Stack
from journeys.conftest import Started
from journeys.visitor import SESSION, Visitor, events_in

pytestmark = pytest.mark.journey

REFRESHED_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def bound(start: Started, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack with DPoP and `private_key_jwt`."""
    folder: Path = tmp_path_factory.mktemp("client")
    key = ECKey.generate_key("P-256", {"kid": "client-1", "use": "sig", "alg": "ES256"})
    (folder / "public.json").write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    (folder / "private.json").write_text(json.dumps(key.as_dict(private=True)))
    return start(
        access_ttl_s=4,
        idp_options=("--client-jwks", str(folder / "public.json")),
        bff_env={
            "BFF_OIDC_DPOP": "1",
            "BFF_OIDC_CLIENT_ID": "gatehouse-jwt",
            "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
            "BFF_OIDC_CLIENT_KEY": f"file:{folder / 'private.json'}",
        },
    )


def test_a_login_a_message_and_a_refresh_with_bound_tokens(bound: Stack) -> None:
    alice = Visitor(origin=bound.plan.public_url)

    assert alice.log_in("alice@acme.test", bound.secrets.password).status_code == 200
    assert events_in(alice.ask("hello"))[-1]["type"] == "RUN_FINISHED"
    use_until_refreshed(alice, bound)

    assert "session.refresh_failed" not in logs(bound)
    assert SESSION in alice.cookies


def use_until_refreshed(alice: Visitor, bound: Stack) -> None:
    """Ask until the tokens were refreshed: the provider's clock is a real one, of whole seconds."""
    begun = time.monotonic()
    while '"event": "session.refreshed"' not in logs(bound):
        assert time.monotonic() < begun + REFRESHED_WITHIN_S, logs(bound)
        time.sleep(0.2)
        assert alice.send("GET", "/api/agents").status_code == 200


def logs(bound: Stack) -> str:
    """Return what the BFF has said so far."""
    return "".join(log.read_text() for log in (bound.plan.state / "logs").glob("bff*.log"))
