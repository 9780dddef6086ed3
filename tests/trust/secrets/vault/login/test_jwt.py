"""Logging in by a JWT: of the platform's API, or of a file that something beside us writes."""

import json
import os
from pathlib import Path

import pytest

from fakes.scripted_vault import ScriptedVault
from trust.clock import NumericDate
from trust.secret import Secret
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.svid import JwtSvid
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.jwt import FileLogin, SvidLogin

JWT = "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl"


class Platform:
    """Says who we are, to any audience."""

    def __init__(self, fault: SecretUnavailable | None = None) -> None:
        self.fault = fault
        self.audiences: list[str] = []

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Return an identity."""
        self.audiences.append(audience)
        if self.fault is not None:
            raise self.fault
        token = Secret(f"{JWT}{len(self.audiences)}")
        return JwtSvid(token=token, spiffe_id="spiffe://a/b", expires_at=NumericDate(1))

    async def close(self) -> None:
        """Do nothing."""


def by_svid(platform: Platform) -> SvidLogin:
    return SvidLogin(lambda: platform, mount="spire", role="gatehouse", audience="vault")


def by_file(file: Path) -> FileLogin:
    return FileLogin(file, method="jwt-file", mount="jwt", role="gatehouse")


def put(file: Path, content: str) -> None:
    """Write, as something beside the process does."""
    file.write_bytes(content.encode())


def remove(file: Path) -> None:
    """Take it away again."""
    file.unlink()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "jwt"
    put(file, f"{JWT}\n")
    return file


def bodies(scripted: ScriptedVault, mount: str) -> list[object]:
    return [json.loads(call.body) for call in scripted.asked(f"auth/{mount}/login")]


async def test_each_login_shows_an_identity_made_for_vault(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    platform = Platform()
    login = by_svid(platform)
    first, second = await login.login(http), await login.login(http)

    assert first.token != second.token
    assert platform.audiences == ["vault", "vault"]
    assert bodies(scripted, "spire") == [
        {"role": "gatehouse", "jwt": f"{JWT}1"},
        {"role": "gatehouse", "jwt": f"{JWT}2"},
    ]
    assert "x-vault-token" not in scripted.calls[0].headers


@pytest.mark.parametrize("fault", [SecretOutage("no socket"), SecretRefused("no identity")])
async def test_without_an_identity_vault_is_not_asked(
    scripted: ScriptedVault, http: VaultHttp, fault: SecretUnavailable
) -> None:
    with pytest.raises(type(fault)):
        await by_svid(Platform(fault)).login(http)

    assert scripted.calls == []


async def test_a_file_is_read_anew_for_each_login(
    scripted: ScriptedVault, http: VaultHttp, file: Path
) -> None:
    """Kubernetes swaps a projected token by a link, and so it is another file each time."""
    login = by_file(file)
    await login.login(http)
    newer = file.with_name("newer")
    put(newer, f"{JWT}2")
    os.replace(newer, file)  # noqa: PTH105 atomic, as the kubelet does it
    await login.login(http)

    assert bodies(scripted, "jwt") == [
        {"role": "gatehouse", "jwt": JWT},
        {"role": "gatehouse", "jwt": f"{JWT}2"},
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"{JWT}\n{JWT}\n", id="two-lines"),
        pytest.param(f"{JWT}\n\n", id="an-empty-line-after-it"),
        pytest.param(f"\n{JWT}", id="an-empty-line-before-it"),
        pytest.param(f"{JWT}\r\n", id="carriage-return"),
        pytest.param(f"Bearer {JWT}", id="with-its-scheme"),
        pytest.param("aGVhZGVy.cGF5bG9hZA.", id="not-signed"),
        pytest.param("aGVhZGVy.cGF5bG9hZA", id="two-parts"),
        pytest.param(f"{JWT}.a.b", id="encrypted"),
        pytest.param(f"{JWT}é", id="not-ascii"),
        pytest.param("", id="empty"),
        pytest.param(f"{JWT}{'a' * 20_000}", id="endless"),
        pytest.param('{"svids": []}', id="json"),
    ],
)
async def test_a_file_that_is_not_one_jwt_is_not_sent_and_not_quoted(
    scripted: ScriptedVault, http: VaultHttp, file: Path, content: str
) -> None:
    put(file, content)

    with pytest.raises(SecretMalformed, match="not one line with a signed JWT") as malformed:
        await by_file(file).login(http)

    assert "aGVhZGVy" not in repr(malformed.value)
    assert scripted.calls == []


async def test_a_file_that_is_not_there_is_refused_by_name(http: VaultHttp, file: Path) -> None:
    remove(file)

    with pytest.raises(SecretRefused, match=f"{file}: FileNotFoundError"):
        await by_file(file).login(http)


async def test_a_file_that_cannot_be_read_now_is_an_outage(http: VaultHttp, tmp_path: Path) -> None:
    with pytest.raises(SecretOutage, match="IsADirectoryError"):
        await by_file(tmp_path).login(http)
