"""What is written down of administrators."""

from collections.abc import Iterable

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import Browser
from fakes.proxy.office import (
    Office,
    admin_issuer,
    office,
    settings_changes,
)

__all__ = ["admin_issuer", "office", "settings_changes"]


async def test_every_act_is_written_down_once_with_who_did_it(
    office: Office, alice: Browser
) -> None:
    await office.call("POST", "/admin/tenants/acme/suspend")
    await office.call("DELETE", office.person_at(tenant="acme"))

    first, second = office.house.canary.audited("administration")
    assert {name: first[name] for name in first.keys() - {"request", "address", "event"}} == {
        "deed": "administration",
        "outcome": "done",
        "what": "Suspend a tenant",
        "tenant": "acme",
        "by": "root",
        "issuer": office.issuer,
        "client": "console",
        "token_id": "token-1",
        "ended": 1,
    }
    assert (second["what"], second["ended"], second["by"]) == ("End a person's sessions", 0, "root")
    # The person is their subject key; who they are at their provider stands in no log.
    assert second["subject"] in str(alice.held)
    assert "alice" not in str(second)


def _said(lines: Iterable[dict[str, object]]) -> list[tuple[object, ...]]:
    return [(line["outcome"], line.get("why"), line.get("by")) for line in lines]


async def test_refusals_are_written_down_once_with_who_was_refused_where_that_is_known(
    office: Office,
) -> None:
    await office.call("GET", "/admin/tenants", "x")
    await office.call("GET", "/admin/tenants", office.token(scope=None))
    await office.call("POST", "/admin/tenants/nobody/suspend")
    await office.call("DELETE", "/admin/subjects/sessions")

    assert _said(office.house.canary.audited("administration")) == [
        ("refused", "admin_token_invalid", None),
        ("refused", "admin_scope_missing", None),
        ("refused", "entry_unknown", "root"),
        ("refused", "parameter_invalid", "root"),
    ]
    assert office.house.canary.audited("request") == []


async def test_a_crash_is_written_down_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(office.house.gate.registry, "tenants", broken)

    answer = await office.call("GET", "/admin/tenants")

    assert problem_of(answer)["code"] == "internal_error"
    assert _said(office.house.canary.audited("administration")) == [
        ("failed", "internal_error", "root")
    ]
