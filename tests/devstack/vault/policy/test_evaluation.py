"""The whole decision: which rule, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.vault.policy.builtin import DEFAULT, ROOT
from devstack.vault.policy.evaluation import (
    Allowed,
    Asker,
    Reason,
    Refused,
    Verdict,
    capabilities,
    evaluate,
)
from devstack.vault.policy.rules import Capability, Policy, parse_policy
from devstack.vault.policy.templates import LIKE_OPENBAO, Entity

_READ, _UPDATE, _LIST = Capability.READ, Capability.UPDATE, Capability.LIST
_MINE = parse_policy(
    "mine",
    """
    path "kv/data/mine/*" { capabilities = ["read"] }
    path "kv/data/mine/private" { capabilities = ["deny"] }
    path "kv/metadata/mine" { capabilities = ["list"] }
    path "transit/sign/key" {
      capabilities = ["update"]
      required_parameters = ["input"]
      allowed_parameters = { "input" = [], "hash_algorithm" = ["sha2-256"] }
    }
    path "auth/approle/role/x/secret-id" {
      capabilities = ["update"]
      min_wrapping_ttl = "1s"
      max_wrapping_ttl = "90s"
    }
    path "sys/seal" { capabilities = ["update"] }
    """,
)


def _reason(verdict: Verdict) -> Reason | None:
    return verdict.reason if isinstance(verdict, Refused) else None


def test_a_verdict_names_the_rule_and_its_policies() -> None:
    again = parse_policy("again", 'path "kv/data/mine/*" { capabilities = ["list"] }')

    verdict = evaluate([_MINE, again], "kv/data/mine/a", _READ)

    assert isinstance(verdict, Allowed)
    assert verdict.rule is not None
    assert verdict.rule.path == "kv/data/mine/*"
    assert verdict.rule.policies == ("mine", "again")
    assert verdict.rule.stanza.capabilities == {_READ, _LIST}


@pytest.mark.parametrize(
    ("path", "capability", "reason"),
    [
        ("kv/data/mine/private", _READ, Reason.DENIED),
        ("kv/data/mine/a", _UPDATE, Reason.CAPABILITY),
        ("kv/data/theirs/a", _READ, Reason.NO_RULE),
        ("kv/data/Mine/a", _READ, Reason.NO_RULE),
        ("kv/data/mine/../theirs", _READ, Reason.NO_PATH),
        ("kv/data/mine/%2e%2e/theirs", _READ, Reason.NO_PATH),
        ("kv/data//mine/a", _READ, Reason.NO_PATH),
        ("kv/metadata/theirs", _LIST, Reason.NO_RULE),
        ("sys/seal", _UPDATE, Reason.SUDO),
        ("transit/sign/key", _UPDATE, Reason.REQUIRED),
        ("auth/approle/role/x/secret-id", _UPDATE, Reason.WRAPPING),
    ],
)
def test_a_refusal_says_why(path: str, capability: Capability, reason: Reason) -> None:
    assert _reason(evaluate([_MINE], path, capability)) is reason


def test_a_listing_needs_no_slash_and_looks_at_no_parameters() -> None:
    for path in ("kv/metadata/mine", "kv/metadata/mine/"):
        assert isinstance(evaluate([_MINE], path, _LIST), Allowed)


def test_parameters_and_wrapping_are_looked_at() -> None:
    def signed(**parameters: object) -> Verdict:
        return evaluate([_MINE], "transit/sign/key", _UPDATE, parameters=parameters)

    def secret_id(wrap_s: float) -> Verdict:
        return evaluate([_MINE], "auth/approle/role/x/secret-id", _UPDATE, wrap_s=wrap_s)

    assert isinstance(signed(input="aGk=", hash_algorithm="sha2-256"), Allowed)
    assert _reason(signed(input="aGk=", hash_algorithm="none")) is Reason.PARAMETER
    assert isinstance(secret_id(60), Allowed)
    assert _reason(secret_id(3600)) is Reason.WRAPPING


def test_sudo_beside_the_capability_opens_what_is_protected() -> None:
    sudo = parse_policy("s", 'path "sys/seal" { capabilities = ["update", "sudo"] }')

    assert isinstance(evaluate([sudo], "sys/seal", _UPDATE), Allowed)
    assert isinstance(evaluate([sudo, _MINE], "sys/seal", _UPDATE), Allowed)


def test_root_alone_may_do_everything() -> None:
    assert isinstance(evaluate([ROOT], "sys/seal", _UPDATE), Allowed)
    assert _reason(evaluate([ROOT, _MINE], "kv/data/theirs", _READ)) is Reason.NO_RULE
    assert _reason(evaluate([], "kv/data/mine/a", _READ)) is Reason.NO_RULE


def test_the_default_policy_is_a_token_looking_after_itself() -> None:
    asker = Asker(entity=Entity(id="e1", name="bff"))

    for path in ("auth/token/renew-self", "sys/leases/renew", "sys/wrapping/unwrap"):
        assert isinstance(evaluate([DEFAULT], path, _UPDATE), Allowed)
    assert isinstance(evaluate([DEFAULT], "identity/entity/id/e1", _READ, asker=asker), Allowed)
    assert _reason(evaluate([DEFAULT], "identity/entity/id/e2", _READ, asker=asker)) is (
        Reason.NO_RULE
    )
    assert _reason(evaluate([DEFAULT], "auth/token/create", _UPDATE)) is Reason.NO_RULE


def test_a_name_that_is_a_wildcard_reaches_everybodys_unless_it_is_refused() -> None:
    policy = parse_policy(
        "t", 'path "kv/data/{{identity.entity.name}}/k" { capabilities=["read"] }'
    )
    hostile = Entity(id="e2", name="+")

    as_vault = evaluate([policy], "kv/data/alice/k", _READ, asker=Asker(entity=hostile))
    as_openbao = evaluate(
        [policy], "kv/data/alice/k", _READ, asker=Asker(entity=hostile, refused=LIKE_OPENBAO)
    )

    assert isinstance(as_vault, Allowed)
    assert _reason(as_openbao) is Reason.NO_RULE


def test_capabilities_are_told_whatever_else_the_rule_wants() -> None:
    sudo = parse_policy("s", 'path "sys/seal" { capabilities = ["update", "sudo"] }')
    empty = parse_policy("e", 'path "kv/data/none" { capabilities = [] }')

    assert capabilities([_MINE], "transit/sign/key") == {_UPDATE}
    assert capabilities([_MINE, sudo], "sys/seal") == {_UPDATE, Capability.SUDO}
    for path in ("kv/data/mine/private", "kv/data/theirs", "kv/data/none", "kv//x"):
        assert capabilities([_MINE, empty], path) == {Capability.DENY}
    assert capabilities([ROOT], "sys/seal") == set(Capability) - {Capability.DENY}


_STANZAS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=3).map("/".join),
        st.sampled_from(["", "/*"]),
        st.sampled_from(["read", "list", "deny", "update"]),
    ),
    max_size=6,
)
_PATHS = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4).map("/".join)


def _policy(rows: list[tuple[str, str, str]], name: str = "p") -> Policy:
    return parse_policy(
        name, "\n".join(f'path "{p}{end}" {{ capabilities = ["{c}"] }}' for p, end, c in rows)
    )


@given(rows=_STANZAS, path=_PATHS)
def test_a_denied_path_is_denied_whatever_else_is_held(
    rows: list[tuple[str, str, str]], path: str
) -> None:
    deny = parse_policy("deny", f'path "{path}" {{ capabilities = ["deny"] }}')

    for policies in ([_policy(rows), deny], [deny, _policy(rows)]):
        assert _reason(evaluate(policies, path, _READ)) is Reason.DENIED


@given(rows=_STANZAS, path=_PATHS, at=st.integers(0, 6))
def test_it_does_not_matter_into_which_policies_stanzas_are_divided(
    rows: list[tuple[str, str, str]], path: str, at: int
) -> None:
    whole = evaluate([_policy(rows)], path, _READ)
    parts = [_policy(rows[:at]), _policy(rows[at:], name="q")]

    for divided in (parts, parts[::-1]):
        verdict = evaluate(divided, path, _READ)

        assert _reason(verdict) is _reason(whole)


@given(rows=_STANZAS, path=_PATHS)
def test_nothing_is_allowed_without_a_stanza_that_says_so(
    rows: list[tuple[str, str, str]], path: str
) -> None:
    verdict = evaluate([_policy(rows)], path, _READ)

    if isinstance(verdict, Allowed):
        assert verdict.rule is not None
        assert any((p + end, c) == (verdict.rule.path, "read") for p, end, c in rows)
