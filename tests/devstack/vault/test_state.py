"""Health, sealing, and what is served meanwhile."""

import httpx
import pytest
from hvac.exceptions import Forbidden, InvalidRequest, VaultDown

from devstack.vault.seal import STATUS, Standing
from fakes.vault import RunningVault
from fakes.vault_client import NO_TLS, As, Client


@pytest.mark.parametrize(("standing", "status"), STATUS.items())
def test_health_says_by_its_status_how_vault_stands(
    standing: Standing, status: int, running: RunningVault
) -> None:
    running.core.seal.standing = standing

    answer = httpx.get(f"{running.url}/v1/sys/health", verify=NO_TLS)

    assert answer.status_code == status
    assert answer.json()["sealed"] is (standing in {"sealed", "uninitialized"})
    assert answer.json()["initialized"] is (standing != "uninitialized")


@pytest.mark.parametrize(
    ("standing", "query", "status"),
    [
        ("standby", "standbyok=true", 200),
        ("standby", "standbyok=true&activecode=299", 299),
        ("standby", "standbycode=230", 230),
        ("performance-standby", "perfstandbyok=true", 200),
        ("sealed", "sealedcode=299", 299),
    ],
)
def test_health_answers_with_the_status_that_is_asked_for(
    standing: Standing, query: str, status: int, running: RunningVault
) -> None:
    running.core.seal.standing = standing

    answer = httpx.get(f"{running.url}/v1/sys/health?{query}", verify=NO_TLS)

    assert answer.status_code == status


def test_health_has_no_body_for_who_only_wants_the_status(running: RunningVault) -> None:
    answer = httpx.head(f"{running.url}/v1/sys/health")

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_sealed_vault_serves_nothing_but_its_state(running: RunningVault, root: Client) -> None:
    running.put("app", a="1")
    root.sys.seal()

    with pytest.raises(VaultDown, match="Vault is sealed"):
        root.adapter.get("/v1/secret/data/app")
    with pytest.raises(VaultDown):
        root.adapter.post("/v1/auth/jwt/login", json={})
    assert root.sys.is_sealed()

    with pytest.raises(InvalidRequest, match="invalid key"):
        root.sys.submit_unseal_key("guessed")
    with pytest.raises(InvalidRequest, match="must be specified"):
        root.adapter.put("/v1/sys/unseal", json={})
    assert not root.sys.submit_unseal_key(running.core.seal.key)["sealed"]
    assert root.adapter.get("/v1/secret/data/app")["data"]["data"] == {"a": "1"}


def test_a_vault_that_was_never_initialized_serves_nothing(
    running: RunningVault, root: Client
) -> None:
    assert root.sys.is_initialized()
    running.core.seal.standing = "uninitialized"

    assert not root.sys.is_initialized()
    with pytest.raises(VaultDown, match="not yet initialized"):
        root.auth.token.lookup_self()


def test_a_cluster_for_disasters_serves_nothing_until_it_is_promoted(
    running: RunningVault, root: Client
) -> None:
    """By a 400, as if the request were wrong: there is no status of its own for it."""
    running.put("app", a="1")
    running.core.seal.standing = "dr-secondary"

    with pytest.raises(InvalidRequest, match="DR secondary"):
        root.adapter.get("/v1/secret/data/app")
    running.core.seal.standing = "active"
    assert root.adapter.get("/v1/secret/data/app")["data"]["data"] == {"a": "1"}


def test_sealing_is_not_for_everybody(running: RunningVault, having: As) -> None:
    running.policy("p", 'path "sys/seal" { capabilities = ["update"] }')

    with pytest.raises(Forbidden):
        having(running.token("p")).sys.seal()


def test_what_was_given_out_outlives_the_seal(running: RunningVault, root: Client) -> None:
    running.database("app", default_ttl="1h")
    root.secrets.database.generate_credentials("app")
    running.seal()
    running.unseal()

    assert len(running.database_users) == 1
    assert len(running.leases) == 1
