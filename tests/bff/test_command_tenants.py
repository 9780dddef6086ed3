"""`gatehouse tenants`: organisations come, are suspended, and go."""

from pathlib import Path

import pytest

from fakes.login import ALICE, BOB, CAROL
from fakes.operator import ISSUER, Operator, operator
from trust.clock import SystemClock
from trust.registry.members import Terms
from trust.registry.opening import Place, open_registry
from trust.registry.record import TenantSuspended, TenantUnknown
from trust.registry.registry import tenant_by_id, tenant_of_claim
from trust.session.errors import AuthenticationTooOld
from trust.store.table import Item, Key, Table

__all__ = ["operator"]

CLOCK = SystemClock()


@pytest.fixture
def stored(operator: Operator) -> Operator:
    """Keep the registry in the store alone."""
    operator.variables["BFF_REGISTRY"] = "store"
    return operator


def who(operator: Operator, claim: str, issuer: str = ISSUER) -> str:
    """Return whose person a login with this claim is, or the code of its refusal."""
    scheme, _, path = operator.variables["BFF_REGISTRY"].partition(":")
    place = Place(
        file=Path(path) if scheme == "file" else None,
        app=ALICE.app,
        terms=Terms(default_issuer=ISSUER, plain_http=True, static_secrets=True),
        cache_s=0,
    )

    async def ask(table: Table) -> str:
        registry = open_registry(place, table, CLOCK)
        try:
            tenant = await tenant_of_claim(registry, issuer=issuer, default=ISSUER, claim=claim)
            return (await tenant_by_id(registry, tenant.id)).id
        except (TenantUnknown, TenantSuspended) as error:
            return error.code

    return operator.on_table(ask)


def test_a_tenant_that_was_added_can_log_in(stored: Operator) -> None:
    added = stored.run("tenants", "add", "acme", "--name", "Acme", "--claim", "a", "--claim", "b")

    assert added.code == 0
    assert "acme is registered" in added.err
    assert [who(stored, claim) for claim in ("a", "b", "acme")] == [
        "acme",
        "acme",
        "tenant_unknown",
    ]
    (deed,) = added.audit
    assert deed["deed"] == "administration"
    assert (deed["outcome"], deed["by"], deed["what"]) == ("done", "command", "tenants add")
    assert deed["tenant"] == "acme"


def test_a_tenant_has_its_own_id_as_name_and_claim_by_default(stored: Operator) -> None:
    assert stored.run("tenants", "add", "acme", "--json").document == {"ok": True, "tenant": "acme"}

    listed = stored.run("tenants", "list", "--json").document["tenants"]
    assert listed == [
        {
            "id": "acme",
            "state": "active",
            "name": "acme",
            "claims": ["acme"],
            "issuer": None,
            "kept": "store",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["add", "acme"], "entry_exists", "gatehouse tenants list"),
        (["add", "globex", "--claim", "acme"], "claim_taken", "acme's already"),
        (["add", "globex", "--issuer", "https://x.test"], "issuer_unknown", "providers add"),
        (["suspend", "nobody"], "entry_unknown", "gatehouse tenants list"),
        (["resume", "nobody"], "entry_unknown", "gatehouse tenants list"),
        (["remove", "nobody"], "entry_unknown", "gatehouse tenants list"),
    ],
)
def test_what_cannot_be_done_is_said_with_why_and_what_to_do(
    stored: Operator, arguments: list[str], code: str, word: str
) -> None:
    stored.run("tenants", "add", "acme")

    ran = stored.run("tenants", *arguments)
    as_json = stored.run("tenants", *arguments, "--json")

    assert (ran.code, ran.out) == (1, "")
    assert "Traceback" not in ran.err
    (line,) = [line for line in ran.err.splitlines() if line.startswith("gatehouse: ")]
    assert word in line
    assert as_json.code == 1
    assert as_json.document["ok"] is False
    assert as_json.document["code"] == code
    (deed,) = ran.audit
    assert (deed["outcome"], deed["why"]) == ("refused", code)


@pytest.mark.parametrize(
    "arguments", [["add", "Acme"], ["add"], ["suspend", "a*"], ["remove", "acme/x"], []]
)
def test_a_wrong_use_ends_with_2(operator: Operator, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        operator.run("tenants", *arguments)

    assert ended.value.code == 2


@pytest.mark.parametrize("option", ["--name", "--claim"])
def test_an_empty_value_is_a_wrong_use(stored: Operator, option: str) -> None:
    ran = stored.run("tenants", "add", "acme", option, "")

    assert ran.code == 2
    assert who(stored, "acme") == "tenant_unknown"


def test_suspending_keeps_everybody_of_the_tenant_out_and_nobody_else(operator: Operator) -> None:
    """The tenant stands in the file, which nobody touches."""
    sessions = operator.log_in(ALICE, BOB, CAROL)
    before = (operator.folder / "registry.toml").read_text()

    ran = operator.run("tenants", "suspend", "acme")

    assert ran.code == 0
    assert "acme is suspended; sessions ended: 2" in ran.err
    assert operator.alive(sessions) == [False, False, True]
    assert [who(operator, claim) for claim in ("acme", "globex")] == ["tenant_suspended", "globex"]
    assert (operator.folder / "registry.toml").read_text() == before
    (deed,) = ran.audit
    assert (deed["what"], deed["tenant"], deed["ended"]) == ("tenants suspend", "acme", 2)


def test_who_authenticated_before_the_suspension_gets_no_session_after_it(
    operator: Operator,
) -> None:
    operator.run("tenants", "suspend", "acme")
    operator.run("tenants", "resume", "acme")

    with pytest.raises(AuthenticationTooOld):
        operator.log_in(ALICE, authenticated_s_ago=5)


def test_suspending_again_ends_what_is_there_again(operator: Operator) -> None:
    operator.run("tenants", "suspend", "acme")
    sessions = operator.log_in(ALICE, authenticated_s_ago=-60)

    ran = operator.run("tenants", "suspend", "acme", "--json")

    assert ran.document == {"ok": True, "tenant": "acme", "sessions_ended": 1}
    assert operator.alive(sessions) == [False]


def test_a_resumed_tenant_can_log_in_again(operator: Operator) -> None:
    operator.run("tenants", "suspend", "acme")

    resumed = operator.run("tenants", "resume", "acme")
    again = operator.run("tenants", "resume", "acme", "--json")

    assert (resumed.code, again.document) == (0, {"ok": True, "tenant": "acme"})
    assert "can log in again" in resumed.err
    assert who(operator, "acme") == "acme"


def test_a_removed_tenant_takes_its_sessions_along(stored: Operator) -> None:
    stored.run("tenants", "add", "acme")
    sessions = stored.log_in(ALICE)

    ran = stored.run("tenants", "remove", "acme")

    assert ran.code == 0
    assert "sessions ended: 1" in ran.err
    assert stored.alive(sessions) == [False]
    assert who(stored, "acme") == "tenant_unknown"


def test_a_tenant_of_the_file_is_not_removed(operator: Operator) -> None:
    sessions = operator.log_in(ALICE)

    ran = operator.run("tenants", "remove", "acme")

    assert ran.code == 1
    assert "take it out there" in ran.err
    assert operator.alive(sessions) == [True]


def test_a_list_says_what_counts_and_where_it_is_kept(operator: Operator) -> None:
    operator.run("tenants", "add", "new", "--name", "New\x1b[2J")
    operator.run("tenants", "suspend", "globex")

    async def broken(table: Table) -> None:
        item = Item(key=Key("APP#demo", "TENANT#broken"), attributes={"entry": "{"})
        await table.put(item)

    operator.on_table(broken)

    ran = operator.run("tenants", "list")

    assert ran.code == 0
    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "id state name claims issuer kept",
        "acme active Acme Corporation acme - file",
        "globex suspended Globex globex - store, above the file",
        "frozen suspended Frozen Inc. frozen - file",
        "new active New?[2J new - store",
        "broken unreadable - - - store",
    ]


def test_a_tenant_of_its_own_provider_is_a_member_by_that_one_only(stored: Operator) -> None:
    stored.run(
        *("providers", "add", "own", "--issuer", "https://own.test", "--client-id", "x"),
        *("--tenant-claim", "org", "--client-secret", "awssm:x"),
    )

    assert stored.run("tenants", "add", "acme", "--issuer", "https://own.test").code == 0

    assert who(stored, "acme", "https://own.test") == "acme"
    assert who(stored, "acme") == "tenant_unknown"


def test_a_store_of_this_process_s_memory_is_refused(operator: Operator) -> None:
    operator.variables["BFF_STORE"] = "memory:"

    ran = operator.run("tenants", "suspend", "acme", "--json")

    assert ran.code == 2
    assert ran.document["code"] == "settings_invalid"
    assert "BFF_STORE" in ran.document["faults"][0]


def test_a_store_that_is_down_is_a_failure_that_says_so(operator: Operator) -> None:
    operator.variables["BFF_STORE"] = f"sqlite:{operator.folder}"

    ran = operator.run("tenants", "suspend", "acme", "--json")

    assert ran.code == 1
    assert ran.document["code"] == "store_unavailable"
    (deed,) = ran.audit
    assert (deed["outcome"], deed["why"]) == ("failed", "store_unavailable")
