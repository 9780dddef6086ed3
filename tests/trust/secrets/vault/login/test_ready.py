"""Not logging in: Vault Proxy adds a token of its own, or somebody put one somewhere."""

import pytest

from fakes.clock import StoppedClock
from fakes.scripted_vault import ROOT, ScriptedVault, refusal
from fakes.secret_source import KnownSecrets
from fakes.vault_session import THERE, Opened, read
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.ready import ProxyLogin, TokenLogin
from trust.secrets.vault.token import Auth

SINK = Reference(scheme=Scheme.FILE, path="sink")


def by_token(tokens: KnownSecrets) -> TokenLogin:
    return TokenLogin(SINK, tokens)


async def test_behind_a_proxy_nothing_is_asked_and_no_token_sent(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    assert await ProxyLogin().login(http) == Auth(token=None, lease_s=None, ours=False)
    assert scripted.calls == []


async def test_a_token_is_asked_how_long_it_lasts(scripted: ScriptedVault, http: VaultHttp) -> None:
    scripted.ttls[ROOT] = (500, "2096-10-02T00:00:00Z")
    found = await by_token(KnownSecrets({"sink": ROOT})).login(http)

    assert found == Auth(token=Secret(ROOT), lease_s=500, ours=False)


async def test_an_agents_newer_token_is_taken_when_the_old_one_is_due(
    scripted: ScriptedVault, opened: Opened, clock: StoppedClock
) -> None:
    tokens = KnownSecrets({"sink": ROOT})
    scripted.alive.add("hvs.newer")
    scripted.ttls = {ROOT: (900, "2096"), "hvs.newer": (900, "2096")}
    session = opened(by_token(tokens))
    await session.call(read, THERE)
    tokens.secrets["sink"] = "hvs.newer"
    clock.advance(600)
    await session.call(read, THERE)
    await session.close()

    used = [call.headers["x-vault-token"] for call in scripted.asked("secret/data/a")]
    assert used == [ROOT, "hvs.newer"]
    assert scripted.alive == {ROOT, "hvs.newer"}, "neither is ours to revoke"


async def test_an_agents_newer_token_is_taken_when_the_old_one_is_denied(
    scripted: ScriptedVault, opened: Opened
) -> None:
    tokens = KnownSecrets({"sink": ROOT})
    session = opened(by_token(tokens))
    await session.call(read, THERE)
    scripted.alive = {"hvs.newer"}
    tokens.secrets["sink"] = "hvs.newer"

    assert (await session.call(read, THERE)).value == {"a": "1"}


async def test_a_token_that_is_over_is_refused_with_where_it_is(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    scripted.alive.clear()

    with pytest.raises(SecretRefused, match=r"file:sink: the token is over"):
        await by_token(KnownSecrets({"sink": ROOT})).login(http)


async def test_a_vault_that_cannot_be_asked_of_a_token_is_an_outage(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    scripted.said["auth/token/lookup-self"] = lambda _: refusal(503, "sealed")

    with pytest.raises(SecretOutage, match="file:sink"):
        await by_token(KnownSecrets({"sink": ROOT})).login(http)


async def test_a_token_that_is_not_there_is_refused(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    with pytest.raises(SecretRefused, match="file:sink"):
        await by_token(KnownSecrets({})).login(http)

    assert scripted.calls == []


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("hvs.made-up\r\nX-Vault-Namespace: other", id="another-header"),
        pytest.param("hvs.made\nup", id="two-lines"),
        pytest.param("hvs.made-up ", id="space-at-its-end"),
        pytest.param("hvs.日", id="not-ascii"),
    ],
)
async def test_a_file_that_is_no_token_is_not_sent_and_not_quoted(
    scripted: ScriptedVault, http: VaultHttp, token: str
) -> None:
    with pytest.raises(SecretMalformed, match="file:sink") as malformed:
        await by_token(KnownSecrets({"sink": token})).login(http)

    assert "hvs." not in repr(malformed.value)
    assert scripted.calls == []
