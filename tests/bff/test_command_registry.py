"""`gatehouse providers`, `gatehouse agents` and `gatehouse registry`."""

from pathlib import Path

import pytest

from fakes.operator import ISSUER, Operator, operator
from trust.store.table import Item, Key, Table

__all__ = ["operator"]

OWN = "https://login.acme.test"
ADD = ("providers", "add", "own", "--issuer", OWN, "--client-id", "gatehouse")
CLAIM = ("--tenant-claim", "org")
SECRET = ("--client-secret", "awssm:gatehouse/acme")


@pytest.fixture
def stored(operator: Operator) -> Operator:
    """Keep the registry in the store alone."""
    operator.variables["BFF_REGISTRY"] = "store"
    return operator


@pytest.fixture
def file(operator: Operator) -> Path:
    return operator.folder / "registry.toml"


def break_rows(operator: Operator, *sorts: str) -> None:
    async def write(table: Table) -> None:
        for sort in sorts:
            item = Item(key=Key("APP#demo", sort), version=9, attributes={"entry": "{"})
            await table.put(item)

    operator.on_table(write)


# -- providers


def test_a_provider_is_registered_with_all_that_was_agreed(stored: Operator) -> None:
    ran = stored.run(
        *(*ADD, *CLAIM, "--client-auth", "private_key_jwt", "--client-key", "vault-kv:a/b#c"),
        *("--scopes", "openid groups", "--own-callback", "--dpop", "--private-network"),
    )

    assert ran.code == 0
    assert f"gatehouse tenants add TENANT --issuer {OWN}" in ran.err
    assert [deed["what"] for deed in ran.audit] == ["providers add"]
    listed = stored.run("providers", "list", "--json").document["providers"]
    assert listed == [
        {"name": "default", "issuer": ISSUER, "kept": "settings"},
        {
            "name": "own",
            "issuer": OWN,
            "client_id": "gatehouse",
            "tenant_claim": "org",
            "client_auth": "private_key_jwt",
            "client_key": "vault-kv:a/b#c",
            "scopes": "openid groups",
            "own_callback": True,
            "dpop": True,
            "private_network": True,
            "kept": "store",
        },
    ]


def test_providers_are_listed_for_people(stored: Operator) -> None:
    stored.run(*ADD, *CLAIM, *SECRET, "--json")
    break_rows(stored, "PROVIDER#broken")

    ran = stored.run("providers", "list")

    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "name issuer client_id tenant_claim client_auth kept",
        f"default {ISSUER} - - - settings",
        f"own {OWN} gatehouse org client_secret_basic store",
        "broken - - - - store, unreadable",
    ]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((*ADD, *CLAIM, "--client-secret", "hunter2"), "own has a client_secret that is no ref"),
        ((*ADD, *CLAIM, "--client-key", "awssm:x"), "own needs client_secret"),
        ((*ADD, *CLAIM), "own needs client_secret"),
        ((*ADD, *CLAIM, *SECRET, "--client-auth", "private_key_jwt"), "own needs client_key"),
        ((*ADD, *CLAIM, *SECRET, "--scopes", "profile"), "own has scopes that lack openid"),
        ((*ADD[:4], f"{OWN}?x", *ADD[5:], *CLAIM, *SECRET), "own has a issuer that is not a plain"),
        ((*ADD[:4], ISSUER, *ADD[5:], *CLAIM, *SECRET), "own has the issuer of BFF_OIDC_ISSUER"),
        (("providers", "add", "default", *ADD[3:], *CLAIM, *SECRET), "default has the name of"),
    ],
)
def test_a_provider_with_a_fault_is_refused_with_2(
    stored: Operator, arguments: tuple[str, ...], fault: str
) -> None:
    ran = stored.run(*arguments)

    assert ran.code == 2
    assert f"gatehouse: {fault}" in ran.err
    assert "hunter2" not in ran.err
    assert len(stored.run("providers", "list").out.splitlines()) == 2


def test_a_provider_without_its_arguments_is_a_wrong_use(stored: Operator) -> None:
    with pytest.raises(SystemExit) as ended:
        stored.run(*ADD, *SECRET)

    assert ended.value.code == 2


def test_a_provider_that_takes_the_workload_s_identity_needs_no_credential(
    stored: Operator,
) -> None:
    assert stored.run(*ADD, *CLAIM, "--client-auth", "jwt-spiffe").code == 0


def test_outside_of_development_a_provider_s_secret_may_not_lie_beside_the_program(
    stored: Operator,
) -> None:
    stored.variables |= {
        "BFF_ENV": "prod",
        "BFF_PUBLIC_URL": "https://app.test",
        "BFF_OIDC_ISSUER": "https://login.test",
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "https://agents.test",
        "BFF_SECRETS_ALLOW_STATIC": "1",
    }
    allowed = stored.run(*ADD, *CLAIM, "--client-secret", "env:CLIENT_SECRET")
    plain = stored.run(*ADD[:4], "http://plain.test", *ADD[5:], *CLAIM, *SECRET)

    assert allowed.code == 0
    assert plain.code == 2
    assert "only BFF_ENV=dev allows http" in plain.err


def test_a_provider_goes_once_it_has_no_tenants(stored: Operator) -> None:
    stored.run(*ADD, *CLAIM, *SECRET)
    stored.run("tenants", "add", "acme", "--issuer", OWN)

    held = stored.run("providers", "remove", "own", "--json")
    stored.run("tenants", "remove", "acme")
    gone = stored.run("providers", "remove", "own")
    again = stored.run("providers", "remove", "own", "--json")

    assert (held.code, held.document["code"]) == (1, "entry_in_use")
    assert gone.code == 0
    assert "own is no provider any more" in gone.err
    assert (again.code, again.document["code"]) == (1, "entry_unknown")


# -- agents


def test_agents_are_listed(operator: Operator) -> None:
    operator.run("registry", "push", str(operator.folder / "registry.toml"))
    break_rows(operator, "AGENT#hello")

    ran = operator.run("agents", "list")
    listed = operator.run("agents", "list", "--json").document["agents"]

    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        "name title protocol auth tenants kept",
        "ledger Ledger HTTP sigv4 acme store, above the file",
        "bearer Bearer HTTP jwt acme store, above the file",
        "hello - - - - store, unreadable",
    ]
    assert [row["name"] for row in listed] == ["ledger", "bearer", "hello"]


def test_a_stored_agent_is_removed(stored: Operator, file: Path) -> None:
    stored.run("registry", "push", str(file))

    ran = stored.run("agents", "remove", "hello")
    again = stored.run("agents", "remove", "ledger", "--json")

    assert (ran.code, again.document) == (0, {"ok": True, "agent": "ledger"})
    assert "hello is no agent any more" in ran.err
    listed = stored.run("agents", "list", "--json").document["agents"]
    assert [row["name"] for row in listed] == ["bearer"]


# -- registry push


def test_a_file_is_pushed_once(stored: Operator, file: Path) -> None:
    first = stored.run("registry", "push", str(file))
    second = stored.run("registry", "push", str(file))

    assert (first.code, second.code) == (0, 0)
    assert "gatehouse: tenant acme: added" in first.err
    assert "gatehouse: 6 added" in first.err
    assert "gatehouse: 6 same" in second.err
    assert [(deed["what"], deed["added"]) for deed in first.audit] == [("registry push", 6)]
    assert second.audit == []


def test_a_dry_run_tells_and_writes_nothing(stored: Operator, file: Path) -> None:
    dry = stored.run("registry", "push", str(file), "--dry-run")
    as_json = stored.run("registry", "push", str(file), "--dry-run", "--json").document

    assert dry.code == 0
    assert "a dry run, nothing was written: 6 added" in dry.err
    assert dry.audit == []
    assert as_json["dry_run"] is True
    assert {step["how"] for step in as_json["steps"]} == {"added"}
    assert stored.run("tenants", "list", "--json").document == {"tenants": []}


def test_a_push_lifts_no_suspension_and_says_so(stored: Operator, file: Path) -> None:
    stored.run("registry", "push", str(file))
    stored.run("tenants", "suspend", "acme")

    ran = stored.run("registry", "push", str(file))

    assert "acme: same, stays suspended; `gatehouse tenants resume acme`" in ran.err
    listed = stored.run("tenants", "list", "--json").document["tenants"]
    assert [row["state"] for row in listed if row["id"] == "acme"] == ["suspended"]


def test_a_push_leaves_alone_what_cannot_be_read_and_fails(stored: Operator, file: Path) -> None:
    break_rows(stored, "TENANT#acme")

    ran = stored.run("registry", "push", str(file), "--json")
    told = stored.run("registry", "push", str(file))

    assert ran.code == 1
    assert ran.document["ok"] is False
    assert "tenant acme: unreadable, left as it is; `gatehouse tenants remove acme`" in told.err


def test_a_file_with_faults_is_not_pushed(stored: Operator, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[tenants.good]\n[tenants.Acme]\n[agents.hello]\ntenants = ["globex"]')

    ran = stored.run("registry", "push", str(wrong))

    assert ran.code == 2
    assert "[tenants.Acme]" in ran.err
    assert "[agents.hello]" in ran.err
    assert stored.run("tenants", "list", "--json").document == {"tenants": []}


def test_nothing_in_an_empty_store_is_said_to_be_nothing(stored: Operator, tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("")

    assert "there is nothing in the file" in stored.run("registry", "push", str(empty)).err


# -- where the registry is


@pytest.mark.parametrize(
    ("registry", "store", "fault"),
    [
        ("dynamodb", "sqlite:x", "BFF_REGISTRY dynamodb is the table of BFF_STORE"),
        ("dynamodb:", "dynamodb:x", "BFF_REGISTRY is none of"),
        ("store:x", "dynamodb:x", "BFF_REGISTRY is none of"),
        ("file:", "dynamodb:x", "BFF_REGISTRY is none of"),
        ("file", "dynamodb:x", "BFF_REGISTRY is none of"),
    ],
)
def test_a_registry_that_is_nowhere_is_a_fault(
    operator: Operator, registry: str, store: str, fault: str
) -> None:
    operator.variables |= {"BFF_REGISTRY": registry, "BFF_STORE": store}

    ran = operator.run("tenants", "list")

    assert ran.code == 2
    assert fault in ran.err


@pytest.mark.parametrize("registry", ["store", "dynamodb"])
def test_a_registry_in_dynamodb_needs_no_file(operator: Operator, registry: str) -> None:
    operator.variables |= {"BFF_REGISTRY": registry, "BFF_STORE": "dynamodb:gatehouse"}

    assert operator.run("check", "--json").document == {"ok": True, "faults": []}
