"""Tokens: a tree whose branches fall together, and lifetimes that the clock ends."""

import httpx
import pytest
from hvac.exceptions import Forbidden, InvalidRequest

from fakes.clock import StoppedClock
from fakes.vault import RunningVault
from fakes.vault_client import NO_TLS, As, Client


def made(client: Client, **terms: object) -> str:
    token: str = client.auth.token.create(**terms)["auth"]["client_token"]
    return token


def ttl(client: Client) -> int:
    seconds: int = client.auth.token.lookup_self()["data"]["ttl"]
    return seconds


def test_a_token_says_who_it_is(root: Client, having: As) -> None:
    auth = root.auth.token.create(policies=["p"], ttl="1h", meta={"for": "tests"})["auth"]
    seen = having(auth["client_token"]).auth.token.lookup_self()["data"]

    assert auth["client_token"].startswith("hvs.")
    assert auth["policies"] == ["default", "p"]
    assert (auth["lease_duration"], auth["renewable"], auth["orphan"]) == (3600, True, False)
    assert (seen["ttl"], seen["type"], seen["meta"]) == (3600, "service", {"for": "tests"})
    assert seen["accessor"] == auth["accessor"]


def test_the_root_token_never_ends(root: Client, clock: StoppedClock) -> None:
    clock.advance(10 * 365 * 86_400)

    assert root.auth.token.lookup_self()["data"]["expire_time"] is None
    with pytest.raises(InvalidRequest, match="not renewable"):
        root.auth.token.renew_self()


def test_a_token_ends_when_its_time_is_over(root: Client, having: As, clock: StoppedClock) -> None:
    client = having(made(root, ttl="60s"))
    clock.advance(59.5)
    assert ttl(client) == 1

    clock.advance(0.5)

    with pytest.raises(Forbidden, match="invalid token"):
        client.auth.token.lookup_self()


@pytest.mark.parametrize("token", ["", "hvs.made-up"])
def test_nobody_gets_anything_without_a_token(token: str, having: As) -> None:
    with pytest.raises(Forbidden, match="permission denied"):
        having(token).auth.token.lookup_self()


def test_a_renewal_counts_from_now(root: Client, having: As, clock: StoppedClock) -> None:
    client = having(made(root, ttl="1h"))
    clock.advance(1800)

    auth = client.auth.token.renew_self(increment="10m")["auth"]

    assert auth["lease_duration"] == 600
    assert ttl(client) == 600


def test_a_renewal_without_a_wish_gives_the_tokens_own_time(
    root: Client, having: As, clock: StoppedClock
) -> None:
    client = having(made(root, ttl="1h"))
    clock.advance(1800)

    assert client.auth.token.renew_self()["auth"]["lease_duration"] == 3600


def test_no_renewal_goes_beyond_the_maximum(root: Client, having: As, clock: StoppedClock) -> None:
    client = having(made(root, ttl="1h", explicit_max_ttl="90m"))
    clock.advance(3000)

    answer = client.auth.token.renew_self(increment="1h")

    assert answer["auth"]["lease_duration"] == 90 * 60 - 3000
    assert "capped" in answer["warnings"][0]
    clock.advance(90 * 60 - 3000)
    with pytest.raises(Forbidden):
        client.auth.token.lookup_self()


def test_a_periodic_token_lives_as_long_as_it_is_renewed(
    root: Client, having: As, clock: StoppedClock
) -> None:
    client = having(made(root, period="24h"))
    # Fifty days: longer than anything else may live.
    for _ in range(60):
        clock.advance(20 * 3600)
        assert client.auth.token.renew_self(increment="99h")["auth"]["lease_duration"] == 86_400

    clock.advance(86_400)

    with pytest.raises(Forbidden):
        client.auth.token.renew_self()


def test_a_periodic_token_with_a_maximum_ends_all_the_same(
    root: Client, having: As, clock: StoppedClock
) -> None:
    client = having(made(root, period="1h", explicit_max_ttl="90m"))
    clock.advance(3000)

    assert client.auth.token.renew_self()["auth"]["lease_duration"] == 90 * 60 - 3000


def test_a_token_that_is_not_renewable_is_not_renewed(root: Client, having: As) -> None:
    with pytest.raises(InvalidRequest, match="not renewable"):
        having(made(root, ttl="1h", renewable=False)).auth.token.renew_self()


def test_revoking_a_token_revokes_its_children_and_their_leases(
    root: Client, having: As, running: RunningVault
) -> None:
    running.database("app", default_ttl="1h")
    running.policy("p", 'path "*" { capabilities = ["read", "update", "create"] }')
    parent = having(made(root, policies=["p"]))
    child = having(made(parent))
    child.secrets.database.generate_credentials("app")
    assert len(running.database_users) == 1

    parent.auth.token.revoke_self()

    with pytest.raises(Forbidden):
        child.auth.token.lookup_self()
    assert running.database_users == frozenset()
    assert running.leases == ()


def test_a_token_that_runs_out_takes_its_leases_along(
    root: Client, having: As, running: RunningVault, clock: StoppedClock
) -> None:
    running.database("app", default_ttl="24h")
    running.policy("p", 'path "database/*" { capabilities = ["read"] }')
    client = having(made(root, policies=["p"], ttl="1h"))
    lease = client.secrets.database.generate_credentials("app")

    clock.advance(3600)

    assert lease["lease_duration"] == 86_400
    assert running.database_users == frozenset()


def test_an_orphan_outlives_whoever_made_it(root: Client, having: As) -> None:
    parent = having(made(root, policies=["root"]))
    orphan = having(made(parent, no_parent=True))
    child = having(made(parent))

    parent.auth.token.revoke_self()

    assert orphan.auth.token.lookup_self()["data"]["orphan"]
    with pytest.raises(Forbidden):
        child.auth.token.lookup_self()


def test_revoking_an_orphan_maker_can_spare_the_children(root: Client, having: As) -> None:
    parent = made(root, policies=["root"])
    child = having(made(having(parent)))

    root.auth.token.revoke_and_orphan_children(parent)

    assert child.auth.token.lookup_self()["data"]["orphan"]


def test_an_accessor_names_a_token_and_never_gives_it(root: Client, having: As) -> None:
    auth = root.auth.token.create(ttl="1h")["auth"]

    assert auth["accessor"] in root.auth.token.list_accessors()["data"]["keys"]
    assert root.auth.token.lookup_accessor(auth["accessor"])["data"]["id"] == ""
    root.auth.token.revoke_accessor(auth["accessor"])
    with pytest.raises(Forbidden):
        having(auth["client_token"]).auth.token.lookup_self()
    with pytest.raises(Forbidden, match="invalid accessor"):
        root.auth.token.lookup_accessor(auth["accessor"])


def test_tokens_are_looked_up_renewed_and_revoked_by_whoever_may(root: Client, having: As) -> None:
    token = made(root, ttl="1h", policies=["p"])

    assert root.auth.token.lookup(token)["data"]["id"] == token
    assert root.auth.token.renew(token, increment="2h")["auth"]["client_token"] == token
    root.auth.token.revoke(token)
    with pytest.raises(Forbidden, match="bad token"):
        root.auth.token.lookup(token)
    other = having(made(root, ttl="1h"))
    with pytest.raises(Forbidden):
        other.auth.token.lookup(token)


def test_a_token_of_two_uses_is_good_for_two(root: Client, having: As) -> None:
    client = having(made(root, num_uses=2))
    assert client.auth.token.lookup_self()["data"]["num_uses"] == 1
    client.auth.token.lookup_self()

    with pytest.raises(Forbidden):
        client.auth.token.lookup_self()


def test_a_use_is_used_up_by_a_refusal_too(root: Client, having: As) -> None:
    client = having(made(root, policies=["p"], num_uses=1))
    with pytest.raises(Forbidden):
        client.sys.list_policies()

    with pytest.raises(Forbidden, match="invalid token"):
        client.auth.token.lookup_self()


def test_a_last_use_gives_no_lease(root: Client, having: As, running: RunningVault) -> None:
    running.database("app", default_ttl="1h")
    running.policy("p", 'path "database/*" { capabilities = ["read"] }')
    client = having(made(root, policies=["p"], num_uses=1))

    with pytest.raises(InvalidRequest, match="one use left"):
        client.secrets.database.generate_credentials("app")

    assert running.database_users == frozenset()


def test_a_token_gives_no_child_more_than_it_has(
    root: Client, having: As, running: RunningVault
) -> None:
    running.policy("p", 'path "auth/token/create" { capabilities = ["update"] }')
    client = having(made(root, policies=["p"]))
    with pytest.raises(InvalidRequest, match="subset of parent"):
        made(client, policies=["q"])
    with pytest.raises(InvalidRequest, match="orphan"):
        made(client, no_parent=True)
    with pytest.raises(InvalidRequest, match="periodic"):
        made(client, period="1h")
    once = having(made(root, policies=["p"], num_uses=5))

    with pytest.raises(InvalidRequest, match="restricted use"):
        made(once)


def test_a_batch_token_lives_its_time_and_nothing_else(
    root: Client, having: As, running: RunningVault, clock: StoppedClock
) -> None:
    running.database("app", default_ttl="24h")
    running.policy("p", 'path "*" { capabilities = ["read", "update"] }')
    auth = root.auth.token.create(policies=["p"], type="batch", ttl="1h")["auth"]
    client = having(auth["client_token"])

    lease = client.secrets.database.generate_credentials("app")

    assert auth["client_token"].startswith("hvb.")
    assert (auth["accessor"], auth["renewable"]) == ("", False)
    assert lease["lease_duration"] == 3600
    for refused in (client.auth.token.renew_self, client.auth.token.revoke_self):
        with pytest.raises(InvalidRequest, match="batch tokens cannot"):
            refused()
    with pytest.raises(InvalidRequest, match="batch tokens cannot create"):
        made(client)
    clock.advance(3600)
    assert running.database_users == frozenset()


def test_a_token_comes_as_a_bearer_too(running: RunningVault) -> None:
    headers = {"Authorization": f"Bearer {running.root_token}"}

    answer = httpx.get(f"{running.url}/v1/auth/token/lookup-self", headers=headers, verify=NO_TLS)

    assert answer.json()["data"]["policies"] == ["root"]


def test_a_wrappers_policy_is_given_to_nobody(root: Client, running: RunningVault) -> None:
    running.method("userpass")
    with pytest.raises(InvalidRequest, match="cannot assign policy"):
        made(root, policies=["response-wrapping"])

    with pytest.raises(InvalidRequest, match="cannot assign policy"):
        root.auth.userpass.create_or_update_user("a", "b", policies="response-wrapping")


def test_no_login_gives_a_root_token(root: Client, running: RunningVault, nobody: Client) -> None:
    running.jwt_role("r", "me", token_policies=["root"])

    with pytest.raises(InvalidRequest, match="cannot create root tokens"):
        nobody.auth.jwt.jwt_login("r", running.jwt("me"))

    assert running.tokens == ()
