"""What each policy opens, and that it opens nothing else: judged by Vault's own rules."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from devstack.vault.policy.builtin import DEFAULT
from devstack.vault.policy.evaluation import Allowed, Reason, Refused, evaluate
from devstack.vault.policy.rules import Capability, Policy, parse_policy
from infra.vault.recorded import asked_by_agent, asked_by_bff, told
from infra.vault.rendering import MOUNTS, policy

_CREATE, _READ, _UPDATE = Capability.CREATE, Capability.READ, Capability.UPDATE
_LIST, _DELETE, _PATCH = Capability.LIST, Capability.DELETE, Capability.PATCH
ALL = (_CREATE, _READ, _UPDATE, _LIST, _DELETE, _PATCH)

BFF = [policy("token"), policy("bff")]
RESEARCH = [policy("token"), policy("agent", agent="research")]
OPERATOR = [policy("operator")]

TOKENS_OWN = {
    ("auth/token/lookup-self", _READ),
    ("auth/token/renew-self", _UPDATE),
    ("auth/token/revoke-self", _UPDATE),
    ("sys/leases/renew", _UPDATE),
    ("sys/leases/revoke", _UPDATE),
}
OF_BFF = TOKENS_OWN | {
    ("gatehouse/data/demo/bff/oidc", _READ),
    ("gatehouse/data/demo/bff/session-keys", _READ),
    ("gatehouse-transit/keys/demo_bff", _READ),
    ("gatehouse-transit/sign/demo_bff", _UPDATE),
}
OF_RESEARCH = TOKENS_OWN | {
    ("gatehouse/data/demo/agents/research/model", _READ),
    ("gatehouse-database/creds/demo_agent_research", _READ),
    ("gatehouse-aws/sts/demo_agent_research", _READ),
    ("gatehouse-aws/sts/demo_agent_research", _UPDATE),
}
OF_OPERATOR = {
    ("auth/token/lookup-self", _READ),
    ("auth/token/renew-self", _UPDATE),
    ("auth/token/revoke-self", _UPDATE),
    ("gatehouse-transit/keys/demo_bff", _READ),
    ("gatehouse-transit/keys/demo_bff/rotate", _UPDATE),
    ("gatehouse-transit/keys/demo_bff/config", _UPDATE),
    ("sys/leases/revoke-prefix/gatehouse-database/creds/demo_agent_research", _UPDATE),
    ("sys/leases/revoke-prefix/gatehouse-aws/sts/demo_agent_research", _UPDATE),
}
OPERATORS_FOLDERS = {
    "gatehouse/data/demo/": {_CREATE, _UPDATE},
    "gatehouse/metadata/demo/": {_READ, _LIST},
    "gatehouse/delete/demo/": {_UPDATE},
    "gatehouse/undelete/demo/": {_UPDATE},
    "gatehouse/destroy/demo/": {_UPDATE},
}
EVERYBODYS = {
    "auth/token/create",
    "auth/token/create/operator",
    "auth/token/create-orphan",
    "auth/token/accessors",
    "auth/approle/role/demo/secret-id",
    "auth/jwt-spire/role/gatehouse_demo_bff",
    "cubbyhole/x",
    "identity/entity/id",
    "sys/auth",
    "sys/auth/jwt-spire",
    "sys/audit",
    "sys/mounts",
    "sys/mounts/gatehouse",
    "sys/policies/acl/gatehouse_demo_bff",
    "sys/policy/gatehouse_demo_bff",
    "sys/leases/lookup",
    "sys/leases/revoke-prefix/gatehouse-database",
    "sys/leases/revoke-prefix/gatehouse-database/creds/demo2_agent_research",
    "sys/raw/x",
    "sys/rotate",
    "sys/seal",
    "sys/step-down",
    "sys/wrapping/wrap",
    "gatehouse/config",
    "gatehouse/delete/demo/bff/oidc",
    "gatehouse/delete/demo2/bff/oidc",
    "gatehouse/undelete/demo/bff/oidc",
    "gatehouse/destroy/demo/agents/research/model",
    "gatehouse/metadata/demo/bff/oidc",
    "gatehouse/data/demo",
    "gatehouse/data/demo/bff",
    "gatehouse/data/demo/bff/a/b",
    "gatehouse/data/demo/agents/research",
    "gatehouse/data/demo/agents/research/a/b",
    "gatehouse/data/demo/agents/titanic/model",
    "gatehouse/data/demo-2/bff/oidc",
    "gatehouse/data/demo2/bff/oidc",
    "gatehouse/data/other/agents/research/model",
    "gatehouse/metadata/demo2/bff/oidc",
    "gatehouse/metadata",
    "gatehouse/subkeys/demo/bff/oidc",
    "gatehouse-transit/keys",
    "gatehouse-transit/keys/demo2_bff",
    "gatehouse-transit/keys/other_bff/config",
    "gatehouse-transit/keys/demo_bff/trim",
    "gatehouse-transit/keys/demo_bff/import",
    "gatehouse-transit/export/signing-key/demo_bff",
    "gatehouse-transit/byok-export/other/demo_bff",
    "gatehouse-transit/backup/demo_bff",
    "gatehouse-transit/restore/demo_bff",
    "gatehouse-transit/encrypt/demo_bff",
    "gatehouse-transit/decrypt/demo_bff",
    "gatehouse-transit/hmac/demo_bff",
    "gatehouse-transit/sign/demo2_bff",
    "gatehouse-transit/sign/demo_bff/sha2-512",
    "gatehouse-database/config/notes",
    "gatehouse-database/roles/demo_agent_research",
    "gatehouse-database/rotate-root/notes",
    "gatehouse-database/static-creds/x",
    "gatehouse-database/creds/demo_agent_titanic",
    "gatehouse-database/creds/demo_agent_research-2",
    "gatehouse-aws/config/root",
    "gatehouse-aws/roles/demo_agent_research",
    "gatehouse-aws/creds/demo_agent_research",
    "gatehouse-aws/sts/demo_agent_titanic",
    "secret/data/x",
}
KNOWN = sorted({path for path, _ in OF_BFF | OF_RESEARCH | OF_OPERATOR} | EVERYBODYS)


def _opened(policies: list[Policy], sent: dict[str, object]) -> set[tuple[str, Capability]]:
    return {
        (path, capability)
        for path in KNOWN
        for capability in ALL
        if isinstance(evaluate(policies, path, capability, parameters=sent), Allowed)
    }


@pytest.mark.parametrize(
    ("policies", "opened", "sent"),
    [
        pytest.param(BFF, OF_BFF, {"input": "aGk="}, id="bff"),
        pytest.param(RESEARCH, OF_RESEARCH, {}, id="agent"),
        pytest.param(
            OPERATOR,
            OF_OPERATOR
            | {
                (path, capability)
                for path in KNOWN
                for folder, capabilities in OPERATORS_FOLDERS.items()
                for capability in capabilities
                if path.startswith(folder)
            },
            {"min_decryption_version": 2},
            id="operator",
        ),
    ],
)
def test_a_policy_opens_what_it_is_for_and_nothing_else(
    policies: list[Policy], opened: set[tuple[str, Capability]], sent: dict[str, object]
) -> None:
    assert _opened(policies, sent) == opened


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_all_that_gatehouse_asks_is_allowed(algorithm: str) -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    key = elliptic if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)

    calls = (await asked_by_bff("demo", key=key)).calls

    assert {call.path.split("/")[1] for call in calls} == {"data", "keys", "sign"}
    for call in calls:
        verdict = evaluate(BFF, call.path, call.capability, parameters=call.parameters)
        assert isinstance(verdict, Allowed), told(call)


async def test_all_that_an_agent_asks_is_allowed_to_it_and_to_no_other() -> None:
    calls = (await asked_by_agent("demo", "research")).calls
    other = [policy("token"), policy("agent", agent="titanic")]

    assert {call.path for call in calls} >= {"sys/leases/renew", "sys/leases/revoke"}
    for call in calls:
        mine = evaluate(RESEARCH, call.path, call.capability, parameters=call.parameters)
        assert isinstance(mine, Allowed), told(call)
        if not call.path.startswith("sys/"):
            for policies in (other, BFF):
                theirs = evaluate(policies, call.path, call.capability, parameters=call.parameters)
                assert isinstance(theirs, Refused), told(call)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"input": "x", "signature_algorithm": "pss"}, id="another padding"),
        pytest.param({"input": "x", "hash_algorithm": "none"}, id="no digest"),
        pytest.param({"input": "x", "prehashed": False}, id="Vault sees what is signed"),
        pytest.param({"batch_input": [{"input": "x"}]}, id="many at once"),
        pytest.param({"input": "x", "batch_input": []}, id="both"),
    ],
)
def test_the_key_signs_es256_and_rs256_only(sent: dict[str, object]) -> None:
    verdict = evaluate(BFF, "gatehouse-transit/sign/demo_bff", _UPDATE, parameters=sent)

    assert isinstance(verdict, Refused)
    assert verdict.reason in {Reason.REQUIRED, Reason.PARAMETER}


@pytest.mark.parametrize("name", ["exportable", "allow_plaintext_backup", "deletion_allowed"])
def test_the_operator_cannot_make_a_key_leave(name: str) -> None:
    path = "gatehouse-transit/keys/demo_bff/config"
    sent = {"min_decryption_version": 2, name: True}

    verdict = evaluate(OPERATOR, path, _UPDATE, parameters=sent)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.PARAMETER


def test_the_operator_writes_and_never_reads() -> None:
    for below in ("bff/oidc", "agents/research/model"):
        path = f"gatehouse/data/demo/{below}"

        assert isinstance(evaluate(OPERATOR, path, _READ), Refused)
        assert isinstance(evaluate(OPERATOR, path, _PATCH), Refused)


@pytest.mark.parametrize(
    "wide",
    [
        'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }',
        'path "gatehouse/*" { capabilities = ["read"] }',
        'path "gatehouse/data/*" { capabilities = ["read"] }',
        'path "gatehouse/data/demo/*" { capabilities = ["read"] }',
        'path "gatehouse-transit/*" { capabilities = ["read", "update"] }',
        'path "gatehouse-database/creds/*" { capabilities = ["read"] }',
        'path "sys/*" { capabilities = ["read", "update", "sudo"] }',
    ],
)
@pytest.mark.parametrize(
    ("policies", "closed"),
    [
        (
            BFF,
            [
                ("gatehouse/data/demo/agents/research/model", _READ),
                ("gatehouse/data/other/bff/oidc", _READ),
                ("gatehouse-database/creds/demo_agent_research", _READ),
                ("gatehouse-aws/sts/demo_agent_research", _UPDATE),
            ],
        ),
        (
            RESEARCH,
            [
                ("gatehouse/data/demo/bff/oidc", _READ),
                ("gatehouse/data/demo/agents/titanic/model", _READ),
                ("gatehouse-database/creds/demo_agent_titanic", _READ),
                ("gatehouse-transit/sign/demo_bff", _UPDATE),
            ],
        ),
    ],
    ids=["bff", "agent"],
)
def test_a_wider_policy_on_the_same_token_does_not_open_what_is_denied(
    policies: list[Policy], closed: list[tuple[str, Capability]], wide: str
) -> None:
    """The day on which somebody helps by a star: the denials are narrower, so they are for it."""
    both = [*policies, parse_policy("wide", wide)]
    always = [
        ("sys/mounts", _READ),
        ("sys/policies/acl/x", _UPDATE),
        ("auth/token/create", _UPDATE),
        ("gatehouse/metadata/demo/bff/oidc", _READ),
        ("gatehouse-transit/export/signing-key/demo_bff", _READ),
        ("gatehouse-transit/keys/demo_bff/config", _UPDATE),
    ]

    for path, capability in [*closed, *always]:
        assert isinstance(evaluate(both, path, capability), Refused), path


def test_the_default_policy_would_add_what_nobody_needs() -> None:
    """Therefore roles say `token_no_default_policy`."""
    alone = evaluate(BFF, "cubbyhole/x", _UPDATE)
    with_default = evaluate([*BFF, DEFAULT], "cubbyhole/x", _UPDATE)

    assert isinstance(alone, Refused)
    assert isinstance(with_default, Allowed)


def test_names_of_two_apps_never_meet() -> None:
    """`a` with the agent `b-c` is not `a-b` with the agent `c`: slugs hold no underscore."""
    one = [policy("token"), policy("agent", app="a", agent="b-c")]
    other = [policy("token"), policy("agent", app="a-b", agent="c")]
    operator = [policy("operator", app="a")]
    path = "gatehouse-database/creds/a-b_agent_c"

    assert isinstance(evaluate(other, path, _READ), Allowed)
    assert isinstance(evaluate(one, path, _READ), Refused)
    assert isinstance(evaluate(operator, f"sys/leases/revoke-prefix/{path}", _UPDATE), Refused)


_PARTS = (
    *("gatehouse", "data", "metadata", "demo", "bff", "agents", "research", "titanic", "oidc"),
    *("..", ".", "", "%2e%2e", "+", "*", "Demo", "sys", "auth", "token", "create", "mounts"),
    *(*MOUNTS.values(), "sign", "keys", "export", "creds", "demo_bff", "demo_agent_titanic"),
)
_HOSTILE = st.lists(st.sampled_from(_PARTS), min_size=1, max_size=6).map("/".join)


@given(path=_HOSTILE, capability=st.sampled_from(ALL))
def test_no_path_that_was_put_together_opens_more(path: str, capability: Capability) -> None:
    verdict = evaluate(RESEARCH, path, capability)

    if isinstance(verdict, Allowed):
        own = path.startswith(
            (
                "gatehouse/data/demo/agents/research/",
                "gatehouse-database/creds/demo_agent_research",
                "gatehouse-aws/sts/demo_agent_research",
                "auth/token/",
                "sys/leases/",
            )
        )
        assert own, path
        assert ".." not in path
        assert "create" not in path
