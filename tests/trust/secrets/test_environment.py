"""What children would inherit: everything but the secrets."""

import pytest

from trust.secrets.environment import secrets_in, taken_over

_CANARY = "canary-3b1f"


def test_the_environment_is_taken_over_whole_and_left_without_its_secrets() -> None:
    environment = {
        "BFF_OIDC_CLIENT_SECRET": "env:CLIENT_SECRET",
        "AGENT_SECRET_MODEL": "env:MODEL_KEY",
        "CLIENT_SECRET": _CANARY,
        "MODEL_KEY": _CANARY,
        "VAULT_TOKEN": _CANARY,
        "BFF_SESSION_KEYS": "vault-kv:kv/demo#keys",
        "PATH": "/bin",
    }
    before = dict(environment)

    whole = taken_over(environment)

    assert whole == before
    assert _CANARY not in environment.values()
    assert environment == {
        "BFF_OIDC_CLIENT_SECRET": "env:CLIENT_SECRET",
        "AGENT_SECRET_MODEL": "env:MODEL_KEY",
        "BFF_SESSION_KEYS": "vault-kv:kv/demo#keys",
        "PATH": "/bin",
    }


@pytest.mark.parametrize("value", ["", "env:", "env", "file:PATH", "Env:PATH", "awssm:PATH"])
def test_only_references_to_variables_name_secrets(value: str) -> None:
    assert secrets_in({"ONE": value, "PATH": "/bin"}) == frozenset()


def test_a_reference_to_what_is_not_there_is_no_reason_to_fail() -> None:
    environment = {"ONE": "env:TWO"}

    assert taken_over(environment) == {"ONE": "env:TWO"}
    assert environment == {"ONE": "env:TWO"}
