"""`gatehouse doctor`: how it ends, what it says, and what it never says."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bff import command
from fakes.deployment import DOCUMENT, ISSUER, KEY
from fakes.loopback import Call, Reply, serving
from fakes.operator import Operator, set_environment
from trust.store.sqlite import SqliteTable
from trust.store.table import StoreUnavailable


@dataclass(kw_only=True)
class Documents:
    """What a provider publishes; `keys` None: its key set is away."""

    url: str = ""
    keys: list[object] | None = field(default_factory=lambda: [KEY])
    asked: list[str] = field(default_factory=list[str])

    def answer(self, call: Call) -> Reply:
        """Answer a request."""
        self.asked.append(f"{call.method} {call.path}")
        if call.path == "/jwks":
            return Reply(status=503 if self.keys is None else 200, body=_json({"keys": self.keys}))
        return Reply(body=_json(dict(DOCUMENT)).replace(ISSUER.encode(), self.url.encode()))


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture
def provider() -> Iterator[Documents]:
    """Serve a provider in which nothing is wrong but that it is plain http, on this machine."""
    documents = Documents()
    with serving(documents.answer) as documents.url:
        yield documents


@pytest.fixture
def nowhere() -> str:
    """Return an origin where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def doctor(operator: Operator, provider: Documents, nowhere: str) -> Operator:
    """Return somebody whose provider runs, and whose BFF does not."""
    operator.variables |= {"BFF_OIDC_ISSUER": provider.url, "BFF_PUBLIC_URL": nowhere}
    return operator


def outcome(document: dict[str, list[dict[str, str]]], clause: str) -> str:
    """Return what became of a clause."""
    return next(one["outcome"] for one in document["verdicts"] if one["clause"] == clause)


def test_offline_nobody_is_asked_and_the_configuration_is_judged(operator: Operator) -> None:
    operator.variables["BFF_OIDC_ISSUER"] = "http://127.0.0.1:1"

    ran = operator.run("doctor", "--offline", "--json")

    assert ran.code == 0
    assert ran.err == ""
    assert ran.document["ok"] is True
    assert outcome(ran.document, "B1a") == "passed"
    unchecked = [one for one in ran.document["verdicts"] if one["outcome"] == "not checked"]
    assert {one["seen"] for one in unchecked} >= {"not looked at: --offline"}
    assert {"P1", "P16", "B2a", "S2", "S4"} <= {one["clause"] for one in unchecked}
    assert not (operator.folder / "gatehouse.db").exists()


def test_offline_needs_no_secret(operator: Operator) -> None:
    del operator.variables["CLIENT_SECRET"], operator.variables["SESSION_KEYS"]

    assert operator.run("doctor", "--offline").code == 0


@pytest.mark.parametrize("keys", [None, []])
def test_a_broken_must_ends_with_1(
    doctor: Operator, provider: Documents, keys: list[object] | None
) -> None:
    provider.keys = keys

    ran = doctor.run("doctor", "--json")

    assert ran.code == 1
    assert ran.document["ok"] is False
    assert outcome(ran.document, "P1") == "passed"
    assert outcome(ran.document, "P16") == "failed"


def test_a_provider_that_is_away_ends_with_1_and_the_rest_is_judged(
    operator: Operator, nowhere: str
) -> None:
    operator.variables |= {"BFF_OIDC_ISSUER": nowhere, "BFF_PUBLIC_URL": nowhere}

    ran = operator.run("doctor", "--json")

    assert ran.code == 1
    assert outcome(ran.document, "P1") == "failed"
    assert outcome(ran.document, "P2") == "not checked"
    assert outcome(ran.document, "B2a") == "not checked"
    assert outcome(ran.document, "B8a") == "passed"


def test_warnings_alone_end_with_0(doctor: Operator, provider: Documents) -> None:
    ran = doctor.run("doctor")

    assert ran.code == 0, ran.out
    assert "warned " in ran.out
    assert "do: " in ran.out
    assert not re.search(r"^(passed|failed) ", ran.out, re.MULTILINE)
    assert provider.asked == ["GET /.well-known/openid-configuration", "GET /jwks"]


def test_a_wrong_configuration_ends_with_2_and_names_the_variable(operator: Operator) -> None:
    operator.variables["BFF_APP_ID"] = "S3CRET!"

    for arguments in (["doctor"], ["doctor", "--offline"]):
        ran = operator.run(*arguments)
        assert ran.code == 2
        assert "BFF_APP_ID" in ran.err
        assert "S3CRET" not in ran.out + ran.err


def test_a_secret_that_cannot_be_had_ends_with_2(operator: Operator) -> None:
    del operator.variables["CLIENT_SECRET"]

    ran = operator.run("doctor", "--json")

    assert ran.code == 2
    assert "BFF_OIDC_CLIENT_SECRET" in ran.out


@pytest.mark.parametrize("form", ["--json", "--markdown", "--verbose"])
def test_no_secret_is_ever_said(doctor: Operator, form: str) -> None:
    ran = doctor.run("doctor", form)

    for name in ("CLIENT_SECRET", "SESSION_KEYS", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        assert doctor.variables[name] not in ran.out + ran.err


def test_what_passed_is_told_if_asked_for(doctor: Operator) -> None:
    assert "\npassed       B1a" in doctor.run("doctor", "--verbose").out


def test_the_tables_are_markdown(doctor: Operator) -> None:
    out = doctor.run("doctor", "--markdown").out

    assert out.startswith("Verdicts: ")
    assert "\n## RFC 10017\n" in out


def test_two_forms_at_once_are_a_wrong_use(operator: Operator) -> None:
    with pytest.raises(SystemExit) as ended:
        operator.run("doctor", "--json", "--markdown")

    assert ended.value.code == 2


def test_a_registry_that_cannot_be_read_is_told(
    doctor: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> object:
        raise StoreUnavailable("disk")

    doctor.variables["BFF_REGISTRY"] = "store"
    monkeypatch.setattr(SqliteTable, "query", away)

    ran = doctor.run("doctor", "--json")

    assert outcome(ran.document, "S4") == "not checked"
    assert outcome(ran.document, "P1") == "passed"


class _Terminal:
    """A standard error that is somebody's screen."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        """Return what a screen does."""
        return True

    def write(self, text: str) -> int:
        """Show a text."""
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Show it now: it is shown already."""


def test_a_person_sees_what_is_being_asked_and_no_rest_of_it(
    doctor: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, doctor.variables)
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)

    command.main(["doctor", "--json"])

    assert "asking: provider default" in screen.text
    assert screen.text.endswith("\r\x1b[K")


def test_a_file_sees_nothing_of_it(doctor: Operator) -> None:
    assert "asking" not in doctor.run("doctor").err
