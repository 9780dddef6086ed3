"""A reference names one place in Vault, whatever an HTTP client or a proxy makes of its letters."""

import pytest

from fakes.scripted_vault import ScriptedVault
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretRefused
from trust.secrets.vault.kv import KvSource
from trust.secrets.vault.paths import Place, named, path_of
from trust.secrets.vault.session import VaultSession


def kv(path: str) -> Reference:
    return Reference(scheme=Scheme.VAULT_KV, path=path, key="a")


@pytest.mark.parametrize(
    "path",
    [
        "secret/a",
        "secret/gatehouse/dev/oidc-client_1.json",
        "team-a/a~b/...",
        "secret/.hidden",
        "secret/system/a",
    ],
)
def test_plain_paths_are_as_they_are(path: str) -> None:
    mount, _, name = path.partition("/")

    assert path_of(kv(path)) == Place(mount=mount, name=name)


HOSTILE = [
    pytest.param("secret/app/../other/a", id="a-step-up"),
    pytest.param("secret/../sys/policy", id="out-of-the-engine"),
    pytest.param("secret/./a", id="a-step-nowhere"),
    pytest.param("secret/..", id="a-step-up-at-the-end"),
    pytest.param("../sys/mounts", id="a-step-up-first"),
    pytest.param("secret/%2e%2e/sys/mounts", id="a-step-up-in-percent"),
    pytest.param("secret/%252e%252e/a", id="twice-in-percent"),
    pytest.param("secret/a%2fb", id="a-slash-in-percent"),
    pytest.param("secret//a", id="two-slashes"),
    pytest.param("secret/a/", id="a-slash-at-the-end"),
    pytest.param("/secret/a", id="a-slash-first"),
    pytest.param("secret/a?version=1", id="a-query"),
    pytest.param("secret/a#b", id="a-fragment"),
    pytest.param("secret/a\\..\\b", id="backslashes"),
    pytest.param("secret/a;b", id="a-parameter"),
    pytest.param("secret/a b", id="a-space"),
    pytest.param("secret/a\r\nX-Vault-Token: b", id="a-header"),
    pytest.param("secret/a\n", id="a-newline-at-the-end"),
    pytest.param("secret/..\n", id="a-newline-after-a-step-up"),
    pytest.param("secret/\u2024\u2024/a", id="one-dot-leaders"),
    pytest.param("secret/\uff0e\uff0e/a", id="full-width-dots"),
    pytest.param("secret/+/a", id="a-wildcard-of-policies"),
    pytest.param("secret/*", id="another-one"),
    pytest.param("secret/{{identity.entity.id}}", id="a-template-of-policies"),
    pytest.param("secret", id="no-name"),
    pytest.param("sys/policies", id="sys"),
    pytest.param("auth/token", id="auth"),
    pytest.param("identity/oidc", id="identity"),
    pytest.param("cubbyhole/a", id="cubbyhole"),
    pytest.param(f"secret/{'a' * 256}", id="too-long"),
]


@pytest.mark.parametrize("path", HOSTILE)
def test_what_a_url_would_read_otherwise_is_refused(path: str) -> None:
    with pytest.raises(SecretRefused) as refused:
        path_of(kv(path))

    assert path not in str(refused.value)


@pytest.mark.parametrize("path", HOSTILE)
async def test_nothing_of_the_kind_is_sent(
    path: str, session: VaultSession, scripted: ScriptedVault
) -> None:
    with pytest.raises(SecretRefused):
        await KvSource(session).fetch(kv(path), None)

    assert scripted.calls == []


@pytest.mark.parametrize("path", ["database/creds/reader", "transit/a/b"])
def test_roles_and_keys_have_no_slash_in_their_names(path: str) -> None:
    with pytest.raises(SecretRefused, match="one slash"):
        named(Reference(scheme=Scheme.VAULT_DATABASE, path=path))
