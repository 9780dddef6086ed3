"""What the local stack makes up once and keeps."""

import json
import re
import stat
from pathlib import Path

import pytest

from devstack.dev.happening import StackFailed
from devstack.dev.state import local_secrets, write_private


def test_the_second_start_has_the_secrets_of_the_first(tmp_path: Path) -> None:
    first = local_secrets(tmp_path / "state" / "dev.json")

    assert local_secrets(tmp_path / "state" / "dev.json") == first


def test_two_machines_have_different_secrets(tmp_path: Path) -> None:
    one, other = (local_secrets(tmp_path / name) for name in ("one", "other"))

    assert one.password != other.password
    assert one.client_secret != other.client_secret
    assert one.access_key_id != other.access_key_id
    assert one.secret_access_key != other.secret_access_key


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    local_secrets(tmp_path / "dev.json")

    assert stat.S_IMODE((tmp_path / "dev.json").stat().st_mode) == 0o600


def test_the_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    (tmp_path / "dev.json.part").write_text("left over by a crash, readable by all")
    write_private(tmp_path / "dev.json", "secret")

    assert stat.S_IMODE((tmp_path / "dev.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["dev.json"]


def test_they_look_like_what_they_are(tmp_path: Path) -> None:
    made = local_secrets(tmp_path / "dev.json")

    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", made.password)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made.access_key_id)
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", made.secret_access_key)


def test_what_an_older_version_did_not_keep_is_added(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(json.dumps({"password": "as-it-was"}))
    made = local_secrets(tmp_path / "dev.json")

    assert made.password == "as-it-was"
    assert local_secrets(tmp_path / "dev.json") == made


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text("{")

    with pytest.raises(StackFailed, match=r"dev\.json cannot be read .*: delete it"):
        local_secrets(tmp_path / "dev.json")
