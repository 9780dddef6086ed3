"""Secrets beside the program."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.secret_source import (
    VALUE,
    ChangingSourceContract,
    KeeperContract,
    SecretSourceContract,
    read,
    shown,
)
from fakes.secret_source import KnownSecrets
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused
from trust.secrets.static import EnvironmentSource, FileSource


def env(name: str) -> Reference:
    return Reference(scheme=Scheme.ENV, path=name)


def file(path: Path) -> Reference:
    return Reference(scheme=Scheme.FILE, path=str(path))


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

    async def test_it_stays_as_long_as_the_process(
        self, source: EnvironmentSource, there: Reference
    ) -> None:
        assert (await source.fetch(there, None)).constant


class TestFileSource(ChangingSourceContract):
    @pytest.fixture
    def source(self) -> FileSource:
        return FileSource()

    @pytest.fixture(params=["", "\n"], ids=["bare", "with-a-newline"])
    def there(self, request: pytest.FixtureRequest, tmp_path: Path) -> Reference:
        path = tmp_path / "secret"
        path.write_text(f"{VALUE}{request.param}", encoding="utf-8")
        return file(path)

    @pytest.fixture
    def missing(self, tmp_path: Path) -> Reference:
        return file(tmp_path / "nowhere")

    @pytest.fixture
    def change(self, there: Reference) -> Callable[[str], object]:
        return Path(there.path).write_text


class TestKnownSecrets(KeeperContract):
    @pytest.fixture
    def source(self) -> KnownSecrets:
        return KnownSecrets({"THERE": VALUE, "EMPTY": ""})

    @pytest.fixture
    def there(self) -> Reference:
        return env("THERE")

    @pytest.fixture(params=["MISSING", "EMPTY"])
    def missing(self, request: pytest.FixtureRequest) -> Reference:
        return env(request.param)

    @pytest.fixture
    def change(self, source: KnownSecrets) -> Callable[[str], object]:
        return lambda value: source.secrets.update(THERE=value)

    @pytest.fixture
    def deny(self, source: KnownSecrets) -> Callable[[], object]:
        def no() -> None:
            source.fault = SecretRefused("env:THERE: AccessDenied")

        return no

    @pytest.fixture
    def fail(self, source: KnownSecrets) -> Callable[[], object]:
        def out_of_order() -> None:
            source.fault = SecretOutage("env:THERE: status 503")

        return out_of_order

    @pytest.fixture
    def heal(self, source: KnownSecrets) -> Callable[[], object]:
        def well() -> None:
            source.fault = None

        return well


async def test_a_file_keeps_its_white_space_but_for_one_newline(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("  two words\n\n", encoding="utf-8")

    assert (await read(FileSource(), file(path))).value == Secret("  two words\n")


async def test_a_folder_in_place_of_a_file_may_be_a_mount_that_comes_late(tmp_path: Path) -> None:
    with pytest.raises(SecretOutage) as outage:
        await FileSource().fetch(file(tmp_path), None)

    assert str(tmp_path) in str(outage.value)


@pytest.mark.parametrize(
    "raw", [b"\xff" + VALUE.encode(), b"", b" \n"], ids=["binary", "empty", "blank"]
)
async def test_a_file_in_the_middle_of_being_written_drops_nothing(
    tmp_path: Path, raw: bytes
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(raw)

    with pytest.raises(SecretMalformed) as malformed:
        await FileSource().fetch(file(path), None)

    assert str(path) in str(malformed.value)
    assert VALUE not in shown(malformed.value)


async def test_a_path_that_cannot_be_one_is_told_and_ends_nothing() -> None:
    with pytest.raises(SecretOutage):
        await FileSource().fetch(Reference(scheme=Scheme.FILE, path="a\0b"), None)


async def test_a_file_that_must_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(VALUE, encoding="utf-8")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root may read whatever there is")

    with pytest.raises(SecretRefused, match="PermissionError"):
        await FileSource().fetch(file(path), None)


async def test_a_variable_of_bytes_that_are_no_text_is_not_quoted() -> None:
    source = EnvironmentSource({"BYTES": VALUE + "\udcff"})

    with pytest.raises(SecretMalformed) as malformed:
        await source.fetch(env("BYTES"), None)

    assert VALUE not in shown(malformed.value)
