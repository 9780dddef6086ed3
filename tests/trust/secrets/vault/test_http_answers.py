"""What an answer means that came by way of HTTP: a refusal, an outage, or nothing of Vault's."""

import gzip

import pytest

from fakes.loopback import Reply
from fakes.scripted_vault import SECRET, ScriptedVault, document
from fakes.vault_session import failed
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.vault.connections import MAX_ANSWER_BYTES
from trust.secrets.vault.failures import Denied, Lost, Unable
from trust.secrets.vault.http import VaultHttp

ENDLESS = b'{"data": {"data": "a"}}'.ljust(MAX_ANSWER_BYTES + 1)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, SecretRefused),
        (401, Denied),
        (403, Denied),
        (404, SecretRefused),
        (405, SecretRefused),
        (412, SecretOutage),
        (429, SecretOutage),
        (472, SecretOutage),
        (473, SecretOutage),
        (500, Unable),
        (501, SecretOutage),
        (502, SecretOutage),
        (503, SecretOutage),
        (504, SecretOutage),
    ],
)
async def test_a_status_is_a_refusal_or_an_outage_and_its_text_stays_there(
    scripted: ScriptedVault, http: VaultHttp, status: int, kind: type[SecretUnavailable]
) -> None:
    scripted.said[SECRET] = lambda call: document(
        status, errors=["correct-horse", call.headers["x-vault-token"]], data=None
    )

    assert type(await failed(http)) is kind


@pytest.mark.parametrize(
    "said",
    [
        "error validating token: fetching keys oidc: Get https://spire.example/keys: EOF",
        "error making upstream request: dial tcp 10.0.0.1:443: connect: connection refused",
        "error making upstream request: context deadline exceeded",
        "error loading keys: lookup spire.example: no such host",
    ],
)
async def test_whom_vault_could_not_ask_has_not_said_no(
    scripted: ScriptedVault, http: VaultHttp, said: str
) -> None:
    """An issuer's outage, which Vault tells as a bad request, must not drop every secret."""
    scripted.said[SECRET] = lambda _: document(400, errors=[said])

    assert type(await failed(http)) is SecretOutage


@pytest.mark.parametrize(
    "said",
    [
        "error validating token: invalid subject (sub) claim",
        "error making upstream request: received error code 403 from STS",
    ],
)
async def test_whom_vault_has_asked_has_said_no(
    scripted: ScriptedVault, http: VaultHttp, said: str
) -> None:
    scripted.said[SECRET] = lambda _: document(400, errors=[said])

    assert type(await failed(http)) is SecretRefused


async def test_a_deleted_version_is_refused_with_the_body_that_comes_along(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    gone = {"data": None, "metadata": {"deletion_time": "2096-10-02T00:00:00Z", "version": 2}}
    scripted.said[SECRET] = lambda _: document(404, data=gone)

    assert type(await failed(http)) is SecretRefused


@pytest.mark.parametrize("status", [400, 403, 404, 405])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>default backend - 404 correct-horse</html>", id="html"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'{"message": "no route"}', id="foreign-json"),
    ],
)
async def test_a_no_of_a_proxy_before_vault_is_not_vaults(
    scripted: ScriptedVault, http: VaultHttp, status: int, body: bytes
) -> None:
    """An ingress without a backend must not look as if every secret had been deleted."""
    scripted.said[SECRET] = lambda _: Reply(status=status, body=body)

    assert isinstance(await failed(http), SecretOutage)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>correct-horse", id="html"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"data": null}', id="no-data"),
        pytest.param(b'{"data": {"data"', id="broken-off"),
        pytest.param(b"[" * 100_000, id="nested"),
    ],
)
async def test_an_answer_that_is_not_vaults_is_an_outage(
    scripted: ScriptedVault, http: VaultHttp, body: bytes
) -> None:
    scripted.said[SECRET] = lambda _: Reply(body=body)

    assert type(await failed(http)) is Lost


async def test_an_endless_answer_is_an_outage(scripted: ScriptedVault, http: VaultHttp) -> None:
    scripted.said[SECRET] = lambda _: Reply(body=ENDLESS)

    assert type(await failed(http)) is Lost


async def test_a_small_answer_that_unpacks_to_an_endless_one_is_an_outage(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    bomb = gzip.compress(ENDLESS)
    scripted.said[SECRET] = lambda _: Reply(body=bomb, headers={"Content-Encoding": "gzip"})

    assert type(await failed(http)) is Lost


async def test_an_answer_that_breaks_off_is_an_outage(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    scripted.said[SECRET] = lambda _: Reply(body=b"{}", headers={"Content-Encoding": "gzip"})

    assert type(await failed(http)) is Lost
