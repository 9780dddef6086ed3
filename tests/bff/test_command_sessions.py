"""`gatehouse sessions`: who is logged in, and ending that."""

import pytest

from fakes.desk import KEYRING
from fakes.login import ALICE, BOB, CAROL
from fakes.operator import ISSUER, Operator, operator
from trust.session.errors import AuthenticationTooOld
from trust.session.record import Owner
from trust.store.table import Item, Key, Table

__all__ = ["operator"]


def person(sub: str, issuer: str = ISSUER) -> Owner:
    """Return somebody as the product names them."""
    return ALICE._replace(subject=KEYRING.subject_key(issuer, sub))


def test_a_tenant_s_sessions_are_listed_and_no_other_s(operator: Operator) -> None:
    sessions = operator.log_in(ALICE, ALICE, BOB, CAROL)

    listed = operator.run("sessions", "list", "--tenant", "acme", "--json").document["sessions"]

    assert {(row["subject"], row["session"]) for row in listed} == {
        (session.owner.subject, session.id_hash) for session in sessions[:3]
    }
    assert {row["device"] for row in listed} == {"Firefox on Linux"}
    assert all(row["created"].endswith("Z") and row["seen"] <= row["expires"] for row in listed)


def test_a_person_s_sessions_are_listed_and_no_other_s(operator: Operator) -> None:
    alice = person("alice")
    (hers, _, theirs) = operator.log_in(alice, BOB, person("alice", "https://x.test"))

    ran = operator.run("sessions", "list", "--tenant", "acme", "--sub", "alice")
    other = operator.run(
        *("sessions", "list", "--tenant", "acme", "--sub", "alice"),
        *("--issuer", "https://x.test", "--json"),
    )

    heads, row = ran.out.splitlines()
    assert heads.split() == ["subject", "session", "device", "created", "seen", "expires"]
    assert row.split()[:2] == [alice.subject, hers.id_hash]
    assert [one["session"] for one in other.document["sessions"]] == [theirs.id_hash]


def test_no_session_is_an_empty_list(operator: Operator) -> None:
    ran = operator.run("sessions", "list", "--tenant", "acme")

    assert (ran.code, len(ran.out.splitlines())) == (0, 1)


def test_a_person_s_sessions_end_and_no_other_s(operator: Operator) -> None:
    alice, bob = person("alice"), person("bob")
    sessions = operator.log_in(alice, alice, bob, CAROL)

    ran = operator.run("sessions", "end", "--tenant", "acme", "--sub", "alice")

    assert ran.code == 0
    assert "sessions of alice of acme ended: 2" in ran.err
    assert operator.alive(sessions) == [False, False, True, True]
    (deed,) = ran.audit
    assert (deed["deed"], deed["outcome"]) == ("administration", "done")
    assert (deed["by"], deed["what"], deed["ended"]) == ("command", "sessions end", 2)
    assert (deed["tenant"], deed["subject"]) == ("acme", alice.subject)
    # Nor can a login that is on its way bring her back in without her password.
    with pytest.raises(AuthenticationTooOld):
        operator.log_in(alice, authenticated_s_ago=5)
    operator.log_in(bob, authenticated_s_ago=5)


def test_a_tenant_s_sessions_end_and_no_other_s(operator: Operator) -> None:
    sessions = operator.log_in(ALICE, BOB, CAROL)

    ran = operator.run("sessions", "end", "--tenant", "acme", "--json")

    assert ran.document == {"ok": True, "tenant": "acme", "sessions_ended": 2}
    assert operator.alive(sessions) == [False, False, True]
    with pytest.raises(AuthenticationTooOld):
        operator.log_in(ALICE, authenticated_s_ago=5)


def test_a_person_is_sought_at_the_tenant_s_own_provider(operator: Operator) -> None:
    operator.variables["BFF_REGISTRY"] = "store"
    own = "https://own.test"
    operator.run(
        *("providers", "add", "own", "--issuer", own, "--client-id", "x", "--tenant-claim", "org"),
        *("--client-secret", "awssm:x"),
    )
    operator.run("tenants", "add", "acme", "--issuer", own)
    sessions = operator.log_in(person("alice", own), person("alice"))

    ran = operator.run("sessions", "end", "--tenant", "acme", "--sub", "alice", "--json")

    assert ran.document["sessions_ended"] == 1
    assert operator.alive(sessions) == [False, True]


def test_an_issuer_without_a_person_ends_nobody_s_session(operator: Operator) -> None:
    sessions = operator.log_in(ALICE)

    ran = operator.run("sessions", "end", "--tenant", "acme", "--issuer", ISSUER)

    assert ran.code == 2
    assert "--sub" in ran.err
    assert operator.alive(sessions) == [True]


@pytest.mark.parametrize("verb", ["list", "end"])
def test_a_tenant_that_is_none_is_said_to_be_none(operator: Operator, verb: str) -> None:
    ran = operator.run("sessions", verb, "--tenant", "acmee", "--json")

    assert ran.code == 1
    assert ran.document["code"] == "entry_unknown"


def test_sessions_of_a_tenant_whose_row_is_broken_can_be_ended(operator: Operator) -> None:
    sessions = operator.log_in(ALICE)

    async def broken(table: Table) -> None:
        await table.put(Item(key=Key("APP#demo", "TENANT#acme"), attributes={"entry": "{"}))

    operator.on_table(broken)

    assert operator.run("sessions", "end", "--tenant", "acme").code == 0
    assert operator.alive(sessions) == [False]
