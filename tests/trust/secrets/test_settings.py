"""What the environment says of the keepers of secrets."""

from datetime import timedelta
from pathlib import Path

import pytest

from trust.errors import SettingsError
from trust.secrets.freshness import Terms
from trust.secrets.reference import Reference, Scheme
from trust.secrets.settings import (
    SecretSettings,
    VaultAuth,
    VaultClientCert,
    load_secret_settings,
    read_secret_settings,
)


def faults_of(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as invalid:
        load_secret_settings(environment)
    return invalid.value.faults


def test_nothing_has_to_be_set() -> None:
    settings = load_secret_settings({})

    assert settings.terms == Terms(ttl_s=300.0, max_stale_s=900.0)
    assert settings.vault_auth is VaultAuth.TOKEN
    assert settings.vault_client_cert is VaultClientCert.NONE
    assert settings.vault_token == Reference(scheme=Scheme.ENV, path="VAULT_TOKEN")
    assert settings.aws_agent_token is None
    assert settings.spiffe_socket is None


def test_all_of_it_is_read() -> None:
    settings = load_secret_settings(
        {
            "BFF_SECRETS_TTL": "1m",
            "BFF_SECRETS_MAX_STALE": "2m",
            "VAULT_ADDR": "https://vault.example.com:8200",
            "VAULT_NAMESPACE": "team/a",
            "VAULT_CACERT": "/etc/ca.pem",
            "BFF_VAULT_TIMEOUT": "2s",
            "BFF_VAULT_AUTH": "aws-iam",
            "BFF_VAULT_MOUNT": "aws-login",
            "BFF_VAULT_ROLE": "gatehouse",
            "BFF_VAULT_AWS_SERVER_ID": "vault.example.com",
            "AWS_REGION": "eu-central-1",
            "BFF_SPIFFE_ID": "spiffe://example.org/gatehouse",
            "BFF_AWSSM_AGENT_TOKEN": "file:/run/token",
        }
    )

    assert settings.ttl == timedelta(minutes=1)
    assert settings.vault_ca_file == Path("/etc/ca.pem")
    assert settings.vault_mount == "aws-login"
    assert settings.aws_agent_token == Reference(scheme=Scheme.FILE, path="/run/token")


NEEDS = {
    "jwt-svid": {"BFF_VAULT_ROLE": "r", "SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire/s.sock"},
    "jwt-file": {"BFF_VAULT_ROLE": "r", "BFF_VAULT_JWT_FILE": "/run/jwt"},
    "aws-iam": {"BFF_VAULT_ROLE": "r", "AWS_REGION": "us-east-1"},
    "kubernetes": {"BFF_VAULT_ROLE": "r"},
    "approle-wrapped": {"BFF_VAULT_ROLE_ID": "r", "BFF_VAULT_WRAPPED_SECRET_ID": "/run/wrapped"},
    "proxy": {},
    "token": {},
}


@pytest.mark.parametrize("auth", NEEDS)
def test_a_login_has_all_that_it_needs(auth: str) -> None:
    assert load_secret_settings({"BFF_VAULT_AUTH": auth, **NEEDS[auth]}).vault_auth.value == auth


@pytest.mark.parametrize(
    ("auth", "lacking"), [(auth, name) for auth, needs in NEEDS.items() for name in needs]
)
def test_a_login_that_lacks_something_is_told_by_its_name(auth: str, lacking: str) -> None:
    environment = {name: value for name, value in NEEDS[auth].items() if name != lacking}
    (fault,) = faults_of(BFF_VAULT_AUTH=auth, **environment)

    assert lacking in fault
    assert f"BFF_VAULT_AUTH={auth} needs it" in fault


def test_every_way_to_log_in_is_tried_here() -> None:
    assert {auth.value for auth in VaultAuth} == set(NEEDS)


def test_a_login_by_identity_may_take_it_from_a_file() -> None:
    environment = {"BFF_VAULT_AUTH": "jwt-svid", "BFF_VAULT_ROLE": "r"}

    settings = load_secret_settings({**environment, "BFF_SPIFFE_JWT_FILE": "/run/svid.jwt"})

    assert settings.spiffe_jwt_file == Path("/run/svid.jwt")


SHOWN = {
    "BFF_VAULT_CLIENT_CERT": "spiffe",
    "VAULT_ADDR": "https://127.0.0.1:8200",
    "SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire/s.sock",
}


@pytest.mark.parametrize("auth", NEEDS)
def test_our_certificate_may_be_shown_with_every_login(auth: str) -> None:
    settings = load_secret_settings({"BFF_VAULT_AUTH": auth, **NEEDS[auth], **SHOWN})

    assert settings.vault_client_cert is VaultClientCert.SPIFFE


@pytest.mark.parametrize(
    ("different", "told"),
    [
        ({"SPIFFE_ENDPOINT_SOCKET": ""}, "SPIFFE_ENDPOINT_SOCKET is not set"),
        # A file of spiffe-helper has a JWT-SVID, and no certificate.
        (
            {"SPIFFE_ENDPOINT_SOCKET": "", "BFF_SPIFFE_JWT_FILE": "/run/svid.jwt"},
            "SPIFFE_ENDPOINT_SOCKET is not set",
        ),
        ({"VAULT_ADDR": "http://127.0.0.1:8200"}, "VAULT_ADDR is no https"),
    ],
)
def test_a_certificate_that_cannot_be_shown_is_told(different: dict[str, str], told: str) -> None:
    faults = faults_of(**{**SHOWN, **different})

    assert faults == [f"{told}; BFF_VAULT_CLIENT_CERT=spiffe needs it"]


def test_what_is_looked_at_later_than_it_may_serve_is_a_mistake() -> None:
    (fault,) = faults_of(BFF_SECRETS_TTL="20m")

    assert fault.startswith("BFF_SECRETS_TTL is longer than BFF_SECRETS_MAX_STALE")


@pytest.mark.parametrize("name", ["BFF_VAULT_TOKEN", "BFF_AWSSM_AGENT_TOKEN"])
def test_what_opens_a_keeper_is_not_kept_by_one(name: str) -> None:
    (fault,) = faults_of(**{name: "vault-kv:secret/token#token"})

    assert fault.startswith(f"{name} is no env: or file: reference")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("VAULT_ADDR", "VAULT_ADDR is plain http to another machine"),
        ("BFF_AWSSM_AGENT", "BFF_AWSSM_AGENT is not http on this machine"),
    ],
)
@pytest.mark.parametrize(
    "url",
    [
        "http://vault.example.com",
        "http://10.0.0.1:8200",
        "http://localhost.example",
        "http://[::2]",
    ],
)
def test_secrets_do_not_leave_this_machine_in_the_clear(name: str, told: str, url: str) -> None:
    (fault,) = faults_of(**{name: url})

    assert fault.startswith(told)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SPIFFE_ENDPOINT_SOCKET", "tcp://10.0.0.1:1", "is no unix socket"),
        ("BFF_SPIFFE_ID", "gatehouse", "is no SPIFFE ID"),
    ],
)
def test_an_identity_that_cannot_be_is_told_at_the_start(name: str, value: str, told: str) -> None:
    (fault,) = faults_of(**{name: value})

    assert fault.startswith(f"{name} {told}")


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8200", "http://127.0.0.1:8200", "http://[::1]:8200", "https://10.0.0.1"],
)
def test_on_this_machine_they_may(url: str) -> None:
    assert load_secret_settings({"VAULT_ADDR": url}).vault_address == url


def test_all_faults_are_told_together_and_no_value_is_quoted() -> None:
    faults = faults_of(
        BFF_VAULT_TOKEN="hvs.correct-horse",
        BFF_VAULT_AUTH="by-magic",
        BFF_SECRETS_TTL="soon",
        VAULT_ADDR="http://user:correct-horse@vault",
    )

    assert sorted(fault.split()[0] for fault in faults) == [
        "BFF_SECRETS_TTL",
        "BFF_VAULT_AUTH",
        "BFF_VAULT_TOKEN",
        "VAULT_ADDR",
    ]
    assert "correct-horse" not in " ".join(faults)


def test_the_faults_of_others_are_kept() -> None:
    faults = ["BFF_APP_ID is not set"]

    assert isinstance(read_secret_settings({}, faults), SecretSettings)
    assert read_secret_settings({"BFF_SECRETS_TTL": "0s"}, faults) is None
    assert faults == ["BFF_APP_ID is not set", "BFF_SECRETS_TTL is no time at all"]
