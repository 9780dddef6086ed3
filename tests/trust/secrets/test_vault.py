"""Secrets in Vault."""

import asyncio
import traceback
from collections.abc import Iterator
from threading import Event

import pytest

from contracts.secret_source import VALUE, SecretSourceContract
from fakes.loopback import WAIT_S, Call, Reply, serving
from fakes.secret_source import KnownSecrets
from fakes.vault import TOKEN, FakeVault, vault
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretUnavailable
from trust.secrets.vault import VaultSource

PLACE = "secret/gatehouse/oidc"
THERE = Reference(scheme=Scheme.VAULT_KV, path=PLACE, key="client")
TOKEN_AT = Reference(scheme=Scheme.FILE, path="token")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVault]:
    for name in ("VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with vault() as running:
        running.versions[PLACE] = [{"client": "older"}, {"client": VALUE}]
        yield running


@pytest.fixture
def tokens() -> KnownSecrets:
    return KnownSecrets({"token": TOKEN})


@pytest.fixture
def source(running: FakeVault, tokens: KnownSecrets) -> VaultSource:
    return at(running.url, tokens)


def at(url: str, tokens: KnownSecrets) -> VaultSource:
    return VaultSource(address=url, token=TOKEN_AT, tokens=tokens)


class TestVaultSource(SecretSourceContract):
    @pytest.fixture
    def there(self) -> Reference:
        return THERE

    @pytest.fixture(params=["secret/gatehouse/other", "elsewhere/gatehouse/oidc"])
    def missing(self, request: pytest.FixtureRequest) -> Reference:
        return Reference(scheme=Scheme.VAULT_KV, path=request.param, key="client")


async def test_the_newest_version_is_asked_for_with_the_token(
    source: VaultSource, running: FakeVault
) -> None:
    await source.read(THERE)

    (call,) = running.calls
    assert (call.method, call.path) == ("GET", "/v1/secret/data/gatehouse/oidc")
    assert call.headers["x-vault-token"] == TOKEN


async def test_a_token_that_was_renewed_is_used(
    source: VaultSource, running: FakeVault, tokens: KnownSecrets
) -> None:
    await source.read(THERE)
    running.token = tokens.secrets["token"] = "hvs.renewed"

    assert await source.read(THERE) == Secret(VALUE)


async def test_a_token_that_is_not_there_is_unavailable(
    source: VaultSource, running: FakeVault, tokens: KnownSecrets
) -> None:
    tokens.secrets.clear()

    with pytest.raises(SecretUnavailable, match="file:token"):
        await source.read(THERE)

    assert running.calls == []


async def refused(source: VaultSource) -> str:
    """Read, which must fail; return what is said of it."""
    with pytest.raises(SecretUnavailable) as unavailable:
        await source.read(THERE)
    said = str(unavailable.value)
    assert f"vault-kv:{PLACE}#client" in said
    assert TOKEN not in said
    return said


async def test_a_token_that_is_refused_is_unavailable(
    source: VaultSource, tokens: KnownSecrets
) -> None:
    tokens.secrets["token"] = "hvs.expired"

    assert "Forbidden" in await refused(source)


async def test_a_deleted_version_is_unavailable(source: VaultSource, running: FakeVault) -> None:
    running.versions[PLACE].append(None)

    assert "InvalidPath" in await refused(source)


async def test_a_sealed_vault_is_unavailable(source: VaultSource, running: FakeVault) -> None:
    running.sealed = True

    assert "VaultDown" in await refused(source)


async def test_a_member_that_is_not_there_is_unavailable(
    source: VaultSource, running: FakeVault
) -> None:
    running.versions[PLACE].append({"other": VALUE})

    assert VALUE not in await refused(source)


@pytest.mark.parametrize("value", [None, True, 5, {"a": 1}, ["a"], ""])
async def test_a_member_that_is_no_text_is_unavailable(
    source: VaultSource, running: FakeVault, value: object
) -> None:
    running.versions[PLACE].append({"client": value})

    await refused(source)


async def test_a_vault_that_is_not_there_is_unavailable(tokens: KnownSecrets) -> None:
    with serving(lambda _: Reply()) as url:
        pass

    await refused(at(url, tokens))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(body=b"<html>", content_type="text/html"), id="html"),
        pytest.param(Reply(body=b"null"), id="null"),
        pytest.param(Reply(body=b'{"data": null}'), id="no-data"),
    ],
)
async def test_what_is_no_vault_is_unavailable(tokens: KnownSecrets, reply: Reply) -> None:
    with serving(lambda _: reply) as url:
        await refused(at(url, tokens))


async def test_a_vault_that_hangs_is_unavailable(
    tokens: KnownSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.secrets.vault.TIMEOUT_S", 0.05)
    ended = Event()

    def hang(_: Call) -> Reply:
        ended.wait(WAIT_S)
        return Reply()

    with serving(hang) as url:
        await asyncio.wait_for(refused(at(url, tokens)), WAIT_S / 2)
        ended.set()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("hvs.made-up\r", id="carriage-return-at-the-end"),
        pytest.param("hvs.made\n-up", id="newline-inside"),
        pytest.param(" hvs.made-up", id="space-in-front"),
        pytest.param("hvs.made-up日", id="not-latin-1"),
    ],
)
async def test_a_token_that_is_no_header_is_unavailable_and_not_quoted(
    source: VaultSource, tokens: KnownSecrets, token: str
) -> None:
    tokens.secrets["token"] = token

    with pytest.raises(SecretUnavailable) as unavailable:
        await source.read(THERE)

    assert "hvs." not in "".join(traceback.format_exception(unavailable.value))
