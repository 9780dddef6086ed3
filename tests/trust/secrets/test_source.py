"""Secrets beside the program, members of secrets, and the choice of a source."""

import json
import traceback
from pathlib import Path

import pytest

from contracts.secret_source import VALUE, SecretSourceContract
from fakes.secret_source import KnownSecrets
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import (
    EnvironmentSource,
    FileSource,
    Secrets,
    SecretUnavailable,
    member,
)


def env(name: str) -> Reference:
    return Reference(scheme=Scheme.ENV, path=name)


class TestEnvironmentSource(SecretSourceContract):
    @pytest.fixture
    def source(self) -> EnvironmentSource:
        return EnvironmentSource({"THERE": VALUE, "EMPTY": ""})

    @pytest.fixture
    def there(self) -> Reference:
        return env("THERE")

    @pytest.fixture(params=["MISSING", "EMPTY"])
    def missing(self, request: pytest.FixtureRequest) -> Reference:
        return env(request.param)


class TestFileSource(SecretSourceContract):
    @pytest.fixture
    def source(self) -> FileSource:
        return FileSource()

    @pytest.fixture(params=["", "\n"], ids=["bare", "with-a-newline"])
    def there(self, request: pytest.FixtureRequest, tmp_path: Path) -> Reference:
        path = tmp_path / "secret"
        path.write_text(f"{VALUE}{request.param}", encoding="utf-8")
        return Reference(scheme=Scheme.FILE, path=str(path))

    @pytest.fixture(params=["nowhere", "folder", "binary"])
    def missing(self, request: pytest.FixtureRequest, tmp_path: Path) -> Reference:
        (tmp_path / "folder").mkdir()
        (tmp_path / "binary").write_bytes(b"\xff\xfe" + VALUE.encode())
        return Reference(scheme=Scheme.FILE, path=str(tmp_path / request.param))


class TestKnownSecrets(SecretSourceContract):
    @pytest.fixture
    def source(self) -> KnownSecrets:
        return KnownSecrets({"THERE": VALUE})

    @pytest.fixture
    def there(self) -> Reference:
        return env("THERE")

    @pytest.fixture
    def missing(self) -> Reference:
        return env("MISSING")


class TestSecrets(SecretSourceContract):
    @pytest.fixture
    def source(self) -> Secrets:
        return Secrets({Scheme.ENV: KnownSecrets({"THERE": VALUE})})

    @pytest.fixture
    def there(self) -> Reference:
        return env("THERE")

    @pytest.fixture
    def missing(self) -> Reference:
        return env("MISSING")

    async def test_a_scheme_that_is_not_offered_is_unavailable(self, source: Secrets) -> None:
        with pytest.raises(SecretUnavailable, match="vault-kv"):
            await source.read(Reference(scheme=Scheme.VAULT_KV, path="a/b", key="c"))


async def test_a_file_keeps_its_white_space_but_for_one_newline(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("  two words\n\n", encoding="utf-8")

    secret = await FileSource().read(Reference(scheme=Scheme.FILE, path=str(path)))

    assert secret == Secret("  two words\n")


async def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    reference = Reference(scheme=Scheme.FILE, path=str(path))
    for value in ("first", "second"):
        path.write_text(value, encoding="utf-8")

        assert await FileSource().read(reference) == Secret(value)


async def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("\n", encoding="utf-8")

    with pytest.raises(SecretUnavailable):
        await FileSource().read(Reference(scheme=Scheme.FILE, path=str(path)))


# -- members

WHOLE = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc")
MEMBER = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="client")


def test_a_secret_without_a_member_is_taken_whole() -> None:
    assert member('{"client": "x"}', WHOLE) == Secret('{"client": "x"}')


def test_a_member_of_a_secret_is_picked_out() -> None:
    assert member(json.dumps({"client": VALUE, "other": "x"}), MEMBER) == Secret(VALUE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VALUE, id="no-json"),
        pytest.param(f'["{VALUE}"]', id="list"),
        pytest.param(f'"{VALUE}"', id="text"),
        pytest.param("null", id="null"),
        pytest.param("5", id="number"),
        pytest.param(json.dumps({"other": VALUE}), id="another-member"),
        pytest.param("", id="empty"),
    ],
)
def test_a_secret_without_this_member_is_unavailable_and_not_quoted(text: str) -> None:
    with pytest.raises(SecretUnavailable, match="awssm:oidc has no member client") as unavailable:
        member(text, MEMBER)

    assert VALUE not in "".join(traceback.format_exception(unavailable.value))


@pytest.mark.parametrize("value", [None, True, 5, {"a": 1}, ["a"], ""])
def test_a_member_that_is_no_text_is_unavailable(value: object) -> None:
    with pytest.raises(SecretUnavailable):
        member(json.dumps({"client": value}), MEMBER)
