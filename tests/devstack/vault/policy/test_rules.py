"""A policy's stanzas: capabilities, parameters, wrapping; what is not known is refused."""

import pytest

from devstack.vault.policy.rules import Capability, Stanza, parse_policy
from devstack.vault.policy.tokens import PolicyMalformed


def test_a_policy_is_its_paths() -> None:
    policy = parse_policy(
        "operator",
        """
        path "/auth/approle/role/bff/secret-id" {
          comment = "a leading slash is none"
          capabilities = ["create", "update"]
          min_wrapping_ttl = "1s"
          max_wrapping_ttl = "2m"
          allowed_parameters = { "CIDR_List" = [] }
          denied_parameters = { "secret_id" = [] }
          required_parameters = ["metadata"]
        }
        path "a" { min_wrapping_ttl = 90 }
        path "b" { max_wrapping_ttl = "1h" }
        """,
    )

    assert policy.name == "operator"
    assert policy.stanzas[0] == Stanza(
        path="auth/approle/role/bff/secret-id",
        capabilities=frozenset({Capability.CREATE, Capability.UPDATE}),
        allowed={"cidr_list": []},
        denied={"secret_id": []},
        required=("metadata",),
        min_wrapping_s=1,
        max_wrapping_s=120,
    )
    assert policy.stanzas[1].min_wrapping_s == 90
    assert policy.stanzas[2].max_wrapping_s == 3600


def test_deny_leaves_no_other_capability() -> None:
    (stanza,) = parse_policy("p", 'path "a" { capabilities = ["read", "deny", "sudo"] }').stanzas

    assert stanza.capabilities == {Capability.DENY}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('path "a" { capabilities = ["write"] }', id="capability"),
        pytest.param('path "a" { capabilities = "read" }', id="no list"),
        pytest.param('path "a" { capabilities = [1] }', id="no text"),
        pytest.param('path "a" { policy = "read" }', id="old form"),
        pytest.param('path "a" { control_group = {} }', id="not known"),
        pytest.param('path "a/+*" { capabilities = ["read"] }', id="plus and star"),
        pytest.param('path "a" { min_wrapping_ttl = "soon" }', id="duration"),
        pytest.param(
            'path "a" { min_wrapping_ttl = "2m" max_wrapping_ttl = "1m" }', id="bounds crossed"
        ),
        pytest.param('path "a" { allowed_parameters = ["a"] }', id="parameters"),
        pytest.param('path "a" { denied_parameters = { a = "b" } }', id="values"),
        pytest.param('rule "a" { }', id="other block"),
        pytest.param('comment = "a"', id="other attribute"),
    ],
)
def test_what_is_not_known_is_refused_and_not_overlooked(text: str) -> None:
    with pytest.raises(PolicyMalformed):
        parse_policy("p", text)
