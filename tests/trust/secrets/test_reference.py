"""References to secrets."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.secrets.reference import (
    PREVIOUS,
    SIGNING,
    STATIC,
    VAULT,
    Reference,
    ReferenceMalformed,
    Scheme,
    parse_reference,
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("env:NAME", Reference(scheme=Scheme.ENV, path="NAME")),
        ("file:/run/secrets/key", Reference(scheme=Scheme.FILE, path="/run/secrets/key")),
        ("file:a#b:c", Reference(scheme=Scheme.FILE, path="a#b:c")),
        ("env:A#B", Reference(scheme=Scheme.ENV, path="A#B")),
        ("awssm:prod/oidc", Reference(scheme=Scheme.SECRETS_MANAGER, path="prod/oidc")),
        (
            "awssm:arn:aws:secretsmanager:us-east-1:123456789012:secret:oidc-AbCdEf#client",
            Reference(
                scheme=Scheme.SECRETS_MANAGER,
                path="arn:aws:secretsmanager:us-east-1:123456789012:secret:oidc-AbCdEf",
                key="client",
            ),
        ),
        (
            "vault-kv:secret/gatehouse/oidc#client#2",
            Reference(scheme=Scheme.VAULT_KV, path="secret/gatehouse/oidc", key="client#2"),
        ),
    ],
)
def test_a_reference_is_read(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


MALFORMED = {
    "empty": "",
    "the-secret-itself": "correct-horse-battery",
    "the-secret-itself-with-a-colon": "correct-horse:battery",
    "no-path": "env:",
    "no-colon": "env",
    "no-scheme": ":correct-horse",
    "unknown-scheme": "http://correct-horse",
    "scheme-in-upper-case": "ENV:correct-horse",
    "space-in-front": " env:correct-horse",
    "awssm-without-a-name": "awssm:#correct-horse",
    "vault-without-a-key": "vault-kv:secret/correct-horse",
    "vault-with-an-empty-key": "vault-kv:secret/correct-horse#",
    "vault-without-a-path": "vault-kv:correct-horse#key",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_reference_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ReferenceMalformed) as malformed:
        parse_reference(text)

    assert "horse" not in str(malformed.value)
    assert "vault-kv:mount/path#key" in str(malformed.value)


@pytest.mark.parametrize("text", ["correct-horse-battery", "correct-horse:battery"])
def test_a_traceback_does_not_quote_what_may_be_the_secret_itself(text: str) -> None:
    with pytest.raises(ReferenceMalformed) as malformed:
        parse_reference(text)

    shown = traceback.format_exception(malformed.value)
    assert "correct-horse" not in "".join(shown)


@pytest.mark.parametrize("text", ["vault-kv:/path#key", "vault-kv:mount/#key", "vault-kv:/#key"])
def test_a_vault_reference_without_mount_or_path_is_refused(text: str) -> None:
    with pytest.raises(ReferenceMalformed):
        parse_reference(text)


READ = {
    "vault-kv:secret/oidc#client@3": ("oidc", "client", "3"),
    "vault-db:database/app#password": ("app", "password", None),
    "vault-aws:aws/deploy": ("deploy", None, None),
    "vault-transit:transit/client": ("client", None, None),
    "awssm-agent:oidc#client@AWSPENDING": ("", "client", "AWSPENDING"),
    "kms:arn:aws:kms:us-east-1:123456789012:key/a#b@c": ("a#b@c", None, None),
}


@pytest.mark.parametrize("text", READ)
def test_a_reference_is_written_as_it_was_read(text: str) -> None:
    reference = parse_reference(text)

    assert (reference.below, reference.key, reference.version) == READ[text]
    assert str(reference) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vault-kv:secret/oidc#client@AWSCURRENT", "is a number from 1"),
        ("vault-kv:secret/oidc#client@0", "is a number from 1"),
        ("vault-kv:secret/oidc#client@٣", "is a number from 1"),
        ("vault-kv:secret/oidc#client@", "a secret reference is"),
        ("vault-db:database/app#password@2", "vault-db reference has no version"),
        ("vault-db:database", "is vault-db:mount/name"),
        ("vault-transit:/key", "is vault-transit:mount/name"),
        ("vault-kv:secret/x", "is vault-kv:mount/path#key"),
    ],
)
def test_what_is_wrong_with_a_reference_is_told(text: str, told: str) -> None:
    with pytest.raises(ReferenceMalformed, match=told):
        parse_reference(text)


@pytest.mark.parametrize(
    "path",
    [
        "secret/../sys/unseal",
        "../secret/x",
        "secret/./x",
        "secret//x",
        "secret/x/",
        "secret/%2e%2e/sys",
        "secret/x?list=true",
        "secret/x\n",
        "secret/\\..\\x",
        "secret/x y",
    ],
)
def test_a_path_that_walks_elsewhere_in_vault_is_refused(path: str) -> None:
    with pytest.raises(ReferenceMalformed, match="plain names"):
        parse_reference(f"vault-kv:{path}#key")


def test_names_with_dots_are_names() -> None:
    assert parse_reference("vault-kv:secret/..a/b..#key").below == "..a/b.."


def test_a_place_is_a_reference_without_its_member() -> None:
    reference = parse_reference("vault-kv:secret/team/oidc#client@2")

    assert str(reference.place) == "vault-kv:secret/team/oidc@2"
    assert (reference.mount, reference.below) == ("secret", "team/oidc")


def test_the_version_before_is_where_there_are_versions_and_none_is_named() -> None:
    before = parse_reference("awssm:oidc#client").before

    assert before is not None
    assert str(before) == f"awssm:oidc#client@{PREVIOUS}"
    assert before.before is None
    assert parse_reference("vault-kv:secret/oidc#client@2").before is None
    assert parse_reference("env:A").before is None
    assert parse_reference("vault-db:database/app").before is None


def test_every_scheme_is_of_one_kind() -> None:
    assert not STATIC & SIGNING
    assert not STATIC & VAULT
    assert {scheme for scheme in Scheme if scheme.value.startswith("vault-")} == VAULT


def test_a_member_without_a_name_is_refused() -> None:
    with pytest.raises(ReferenceMalformed):
        parse_reference("awssm:name#")


def test_secrets_beside_the_program_are_static() -> None:
    assert {Scheme.ENV, Scheme.FILE} == STATIC


@given(st.text(max_size=40))
def test_no_text_makes_reading_a_reference_fail_otherwise(text: str) -> None:
    try:
        reference = parse_reference(text)
    except ReferenceMalformed:
        return

    assert reference.path
