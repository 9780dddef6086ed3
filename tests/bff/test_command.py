"""The `gatehouse` command."""

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bff import command
from fakes.operator import set_environment
from fakes.proxy.house import environment
from fakes.proxy.provider.tokens import ec_key
from trust.seal.keyring import new_keyring, parse_keyring
from trust.store.table import StoreUnavailable

SOURCE = Path(__file__).parents[2] / "src"

GROUPS = {
    "tenants": ["add", "list", "suspend", "resume", "remove"],
    "providers": ["add", "list", "remove"],
    "agents": ["list", "remove"],
    "registry": ["push"],
    "sessions": ["list", "end"],
}


@pytest.fixture
def configured(tmp_path: Path) -> dict[str, str]:
    """Return an environment with which a Gatehouse starts."""
    return environment(
        tmp_path, issuer="http://127.0.0.1:1", runtime="http://127.0.0.1:1", changes={}
    )


def run(*arguments: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with nothing of this one's environment."""
    return subprocess.run(
        [sys.executable, "-m", "bff.command", *arguments],
        env={"PYTHONPATH": str(SOURCE), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_serving_without_a_configuration_names_every_variable_and_ends_with_2() -> None:
    ended = run("serve", variables={})

    assert ended.returncode == 2
    assert ended.stdout == ""
    for name in ("BFF_PUBLIC_URL", "BFF_APP_ID", "BFF_OIDC_ISSUER", "BFF_SESSION_KEYS"):
        assert f"gatehouse: {name} is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_module_that_uvicorn_imports_ends_with_2_as_well() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import bff.main"],
        env={"PYTHONPATH": str(SOURCE), "BFF_PUBLIC_URL": "s3cret"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert ended.returncode == 2
    assert "gatehouse: BFF_APP_ID is not set" in ended.stderr
    assert "s3cret" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_secret_is_one_line_and_no_traceback(configured: dict[str, str]) -> None:
    del configured["CLIENT_SECRET"], configured["SESSION_KEYS"]

    done = run("serve", "--port", "0", variables=configured)

    assert done.returncode == 2
    told = [line for line in done.stderr.splitlines() if not line.startswith('{"event": "secrets.')]
    assert len(told) == 2
    assert any("BFF_OIDC_CLIENT_SECRET" in line for line in told)
    assert any("BFF_SESSION_KEYS" in line for line in told)


def test_serving_hands_its_options_on(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, configured)
    asked: list[dict[str, object]] = []

    def serve(**options: object) -> int:
        asked.append(options)
        return 3

    monkeypatch.setattr("bff.serve.serve", serve)
    arguments = ["serve", "--host", "127.0.0.2", "--port", "8001", "--proxy-ips", "10.0.0.1"]

    assert command.main(arguments) == 3
    assert asked == [{"host": "127.0.0.2", "port": 8001, "proxy_ips": "10.0.0.1"}]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_complete_configuration_is_said_to_be_one(
    configured: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    set_environment(monkeypatch, configured)

    assert command.main(["check", "--json"] if as_json else ["check"]) == 0

    told = capsys.readouterr()
    if as_json:
        assert json.loads(told.out) == {"ok": True, "faults": []}
    else:
        assert told.err == "gatehouse: the configuration is complete\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_faulty_configuration_is_told_fault_by_fault(
    configured: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    set_environment(monkeypatch, configured | {"BFF_APP_ID": "S3CRET", "BFF_GRANT_SECONDS": "1"})

    assert command.main(["check", "--json"] if as_json else ["check"]) == 2

    told = capsys.readouterr()
    if as_json:
        answer = json.loads(told.out)
        assert answer["ok"] is False
        faults = answer["faults"]
    else:
        faults = [line.removeprefix("gatehouse: ") for line in told.err.splitlines()]
    assert {fault.partition(" ")[0] for fault in faults} == {"BFF_APP_ID", "BFF_GRANT_SECONDS"}
    assert "S3CRET" not in told.out + told.err


def test_new_keys_are_a_keyring(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["keys", "new"]) == 0

    assert parse_keyring(capsys.readouterr().out).sealing


def test_keys_are_rotated_in_place_and_nobody_else_may_read_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "session-keys.json"
    file.write_text(new_keyring(secrets.token_bytes))
    file.chmod(0o644)
    before = parse_keyring(file.read_text())

    assert command.main(["keys", "rotate", str(file)]) == 0

    after = parse_keyring(file.read_text())
    assert after.current != before.current
    assert before.sealing.items() <= after.sealing.items()
    assert after.naming == before.naming
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["session-keys.json"]
    assert after.current in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "no keyring", "{}"])
def test_what_is_no_keyring_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    file = tmp_path / "keys.json"
    if text is not None:
        file.write_text(text)

    assert command.main(["keys", "rotate", str(file)]) == 2

    assert str(file) in capsys.readouterr().err
    assert (file.read_text() if file.exists() else None) == text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "--help"],
        ["dev", "--help"],
        ["check", "--help"],
        ["keys", "--help"],
        ["keys", "new", "--help"],
        ["keys", "rotate", "--help"],
        *([group, "--help"] for group in GROUPS),
        *([group, verb, "--help"] for group, verbs in GROUPS.items() for verb in verbs),
    ],
    ids=" ".join,
)
def test_every_verb_explains_itself(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "usage: gatehouse" in told
    is_group = arguments == ["keys", "--help"] or (len(arguments) == 2 and arguments[0] in GROUPS)
    assert is_group or "example: gatehouse" in told
    assert len(arguments) < 3 or arguments[0] == "keys" or "--json" in told


def test_a_failure_that_is_no_setting_s_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr("bff.command.subprocess.run", failing)

    assert command.main(["dev"]) == 1
    assert capsys.readouterr().err == f"gatehouse: {StoreUnavailable.title}\n"


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["keys"], ["serve", "--port", "x"]])
def test_a_wrong_use_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2
    assert "usage: gatehouse" in capsys.readouterr().err


def test_the_local_stack_is_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def run(arguments: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        assert check is False
        called.append(arguments)
        return subprocess.CompletedProcess(arguments, 7)

    monkeypatch.setattr("bff.command.subprocess.run", run)

    assert command.main(["dev"]) == 7
    assert called == [[sys.executable, "-m", "devstack.dev"]]


def test_options_of_the_local_stack_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def run(arguments: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        called.append(arguments)
        return subprocess.CompletedProcess(arguments, int(check))

    monkeypatch.setattr("bff.command.subprocess.run", run)

    assert command.main(["dev", "--port", "8001"]) == 0
    assert called == [[sys.executable, "-m", "devstack.dev", "--port", "8001"]]


def test_ctrl_c_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bff.command.subprocess.run", interrupted)

    assert command.main(["dev"]) == 0


def test_the_public_key_is_printed_for_the_provider_and_nothing_else(
    configured: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configured |= {
        "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
        "BFF_OIDC_CLIENT_KEY": "env:CLIENT_KEY",
        "CLIENT_KEY": json.dumps(ec_key().as_dict(private=True)),
    }
    set_environment(monkeypatch, configured)

    assert command.main(["keys", "public"]) == 0

    (public,) = json.loads(capsys.readouterr().out)["keys"]
    assert public.items() >= ec_key().as_dict(private=False).items()
    assert (public["alg"], public["use"]) == ("ES256", "sig")
    assert "d" not in public


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "BFF_OIDC_CLIENT_AUTH is not private_key_jwt"),
        (
            {
                "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
                "BFF_OIDC_CLIENT_KEY": "env:NOWHERE",
            },
            "BFF_OIDC_CLIENT_KEY: the environment has no NOWHERE",
        ),
    ],
)
def test_without_a_key_there_is_none_to_print(
    configured: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    told: str,
) -> None:
    set_environment(monkeypatch, configured | changes)

    assert command.main(["keys", "public"]) == 2
    assert told in capsys.readouterr().err
