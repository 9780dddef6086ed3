"""The configuration: what has to be there, what contradicts, what only development may have."""

from datetime import timedelta
from pathlib import Path

import pytest

from bff.settings import Settings, StsMode, Upstream, load_settings, references
from fakes.production import PROD
from trust.errors import SettingsError
from trust.registry.record import ClientAuthMethod
from trust.secrets.reference import Scheme

DEV = PROD | {
    "BFF_ENV": "dev",
    "BFF_PUBLIC_URL": "http://localhost:8000",
    "BFF_OIDC_ISSUER": "http://127.0.0.1:9400",
    "BFF_OIDC_CLIENT_SECRET": "env:CLIENT_SECRET",
    "BFF_SESSION_KEYS": "file:keys.json",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9500",
}


def faults(environment: dict[str, str]) -> list[str]:
    """Return what is wrong with an environment."""
    with pytest.raises(SettingsError) as raised:
        load_settings(environment)
    return raised.value.faults


def test_what_is_needed_is_enough() -> None:
    settings = load_settings(PROD)

    assert settings.dev is False
    assert settings.public_url == "https://app.example.com"
    assert settings.agentcore_endpoint == "https://bedrock-agentcore.eu-central-1.amazonaws.com"


def test_the_rest_has_its_documented_value() -> None:
    settings = load_settings(PROD)

    assert settings.oidc_scopes == "openid profile email"
    assert settings.oidc_client_auth is ClientAuthMethod.BASIC
    assert settings.session_idle == timedelta(minutes=30)
    assert settings.session_absolute == timedelta(hours=12)
    assert settings.session_cache == timedelta(seconds=1)
    assert settings.sts_mode is StsMode.ASSUME_ROLE
    assert settings.grant_seconds == 900
    assert settings.max_body_bytes == 1_048_576
    assert settings.stream_idle == timedelta(minutes=5)
    assert settings.stream_max == timedelta(minutes=60)
    assert settings.stream_drain == timedelta(seconds=30)
    assert settings.streams_per_subject == 4
    assert settings.streams_per_tenant == 500
    assert settings.streams == 2000
    assert settings.max_answer_bytes == 268_435_456
    assert settings.upstream is Upstream.LEAN
    assert settings.spa == Path("spa/dist")
    assert settings.allow_static_secrets is False
    assert settings.keepers.vault_token.scheme is Scheme.ENV


def test_the_bounds_on_streams_and_what_carries_them_are_read() -> None:
    settings = load_settings(
        PROD
        | {
            "BFF_STREAMS_PER_SUBJECT": "3",
            "BFF_STREAMS_PER_TENANT": "50",
            "BFF_STREAMS": "70",
            "BFF_MAX_ANSWER_BYTES": "1024",
            "BFF_UPSTREAM": "httpx",
        }
    )

    assert settings.streams_per_subject == 3
    assert settings.streams_per_tenant == 50
    assert settings.streams == 70
    assert settings.max_answer_bytes == 1024
    assert settings.upstream is Upstream.HTTPX


def test_an_empty_environment_is_told_everything_that_it_lacks() -> None:
    told = faults({})

    for name in PROD:
        if name != "BFF_OIDC_CLIENT_SECRET":
            assert f"{name} is not set" in told, name


@pytest.mark.parametrize("name", [name for name in PROD if name != "BFF_OIDC_CLIENT_SECRET"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_needed_and_absent_is_named(name: str, value: str | None) -> None:
    environment = {k: v for k, v in PROD.items() if k != name}
    if value is not None:
        environment[name] = value

    assert f"{name} is not set" in faults(environment)


WRONG = {
    "BFF_ENV": "staging-s3cret",
    "BFF_PUBLIC_URL": "s3cret-url",
    "BFF_APP_ID": "S3CRET",
    "BFF_OIDC_ISSUER": "s3cret-issuer",
    "BFF_OIDC_CLIENT_ID": "   ",
    "BFF_OIDC_CLIENT_AUTH": "none-s3cret",
    "BFF_OIDC_CLIENT_SECRET": "the-s3cret-itself",
    "BFF_OIDC_CLIENT_KEY": "-----BEGIN PRIVATE KEY----- s3cret",
    "BFF_REGISTRY": "redis:s3cret",
    "BFF_STORE": "redis:s3cret",
    "BFF_SESSION_KEYS": '{"keys": "s3cret"}',
    "BFF_SESSION_IDLE": "s3cret",
    "BFF_SESSION_ABSOLUTE": "12",
    "BFF_SESSION_CACHE": "-1s",
    "BFF_STS_MODE": "s3cret",
    "BFF_GRANT_SECONDS": "899",
    "BFF_MAX_BODY_BYTES": "0",
    "BFF_STREAM_IDLE": "soon",
    "BFF_STREAM_MAX": "1 h",
    "BFF_STREAM_DRAIN": "x",
    "BFF_STREAMS_PER_SUBJECT": "1001",
    "BFF_STREAMS_PER_TENANT": "100001",
    "BFF_STREAMS": "0",
    "BFF_MAX_ANSWER_BYTES": "0",
    "BFF_UPSTREAM": "s3cret",
    "BFF_TRUSTED_PROXIES": "the-s3cret-proxy",
    "BFF_LIMIT_LOGINS": "5 s3cret",
    "BFF_LIMIT_CALLBACKS": "0/1m",
    "BFF_LIMIT_ADDRESS_CALLS": "5/1y",
    "BFF_LIMIT_CALLS": "none",
    "BFF_LIMIT_TENANT_CALLS": "1/25h",
    "BFF_SECRETS_ALLOW_STATIC": "yes",
    "BFF_VAULT_TOKEN": "hvs.s3cret",
    "VAULT_ADDR": "vault:8200",
    "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "s3cret",
}


def test_every_wrong_value_is_told_at_once_by_its_variables_name() -> None:
    told = faults(PROD | WRONG)

    assert len(told) == len(WRONG)
    for name in WRONG:
        assert sum(fault.startswith(f"{name} ") for fault in told) == 1, name


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_value_is_one_fault_that_does_not_quote_it(name: str) -> None:
    told = faults(PROD | {name: WRONG[name]})

    (fault,) = [fault for fault in told if fault.startswith(f"{name} ")]
    assert "s3cret" not in fault.lower()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"BFF_OIDC_CLIENT_SECRET": ""}, "BFF_OIDC_CLIENT_SECRET"),
        ({"BFF_OIDC_CLIENT_AUTH": "private_key_jwt"}, "BFF_OIDC_CLIENT_KEY"),
        ({"BFF_OIDC_CLIENT_AUTH": "jwt-spiffe"}, "SPIFFE_ENDPOINT_SOCKET"),
        ({"BFF_SESSION_CACHE": "1001ms"}, "BFF_SESSION_CACHE"),
        ({"BFF_SESSION_IDLE": "13h"}, "BFF_SESSION_IDLE"),
        ({"BFF_OIDC_SCOPES": "profile openidx"}, "BFF_OIDC_SCOPES"),
    ],
)
def test_what_is_wrong_together_is_told(changes: dict[str, str], name: str) -> None:
    for environment in (PROD, DEV):
        (fault,) = faults(environment | changes)
        assert fault.startswith(name)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"BFF_PUBLIC_URL": "http://app.example.com"}, "BFF_PUBLIC_URL"),
        ({"BFF_OIDC_ISSUER": "http://login.example.com"}, "BFF_OIDC_ISSUER"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9500"}, "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE"),
        ({"BFF_OIDC_CLIENT_SECRET": "env:SECRET"}, "BFF_OIDC_CLIENT_SECRET"),
        ({"BFF_OIDC_CLIENT_SECRET": "file:secret"}, "BFF_OIDC_CLIENT_SECRET"),
        ({"BFF_OIDC_CLIENT_KEY": "file:key.pem"}, "BFF_OIDC_CLIENT_KEY"),
        ({"BFF_SESSION_KEYS": "file:keys.json"}, "BFF_SESSION_KEYS"),
    ],
)
def test_only_development_may_have_it(changes: dict[str, str], name: str) -> None:
    (fault,) = faults(PROD | changes)
    assert fault.startswith(f"{name} ")
    assert "BFF_ENV=dev" in fault

    assert load_settings(PROD | changes | {"BFF_ENV": "dev"}).dev is True


def test_all_that_only_development_may_have_is_told_at_once() -> None:
    told = faults(DEV | {"BFF_ENV": "prod"})

    assert {fault.partition(" ")[0] for fault in told} == {
        "BFF_PUBLIC_URL",
        "BFF_OIDC_ISSUER",
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE",
        "BFF_OIDC_CLIENT_SECRET",
        "BFF_SESSION_KEYS",
    }


def test_without_a_word_it_is_production() -> None:
    environment = {name: value for name, value in DEV.items() if name != "BFF_ENV"}

    assert any("BFF_PUBLIC_URL" in fault for fault in faults(environment))


@pytest.mark.parametrize(
    "source",
    [
        {"SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire/s.sock"},
        {"BFF_SPIFFE_JWT_FILE": "/run/svid.jwt"},
    ],
)
def test_an_identity_for_the_provider_comes_from_a_socket_or_a_file(
    source: dict[str, str],
) -> None:
    settings = load_settings(PROD | {"BFF_OIDC_CLIENT_AUTH": "jwt-spiffe"} | source)

    assert settings.oidc_client_auth is ClientAuthMethod.JWT_SPIFFE


def test_who_insists_may_have_secrets_beside_the_program() -> None:
    changes = {"BFF_OIDC_CLIENT_SECRET": "file:secret", "BFF_SECRETS_ALLOW_STATIC": "1"}

    assert load_settings(PROD | changes).allow_static_secrets is True


def test_a_store_in_memory_is_for_development() -> None:
    assert load_settings(DEV | {"BFF_STORE": "memory:"}).store == "memory:"
    (fault,) = faults(PROD | {"BFF_STORE": "memory:"})
    assert fault.startswith("BFF_STORE ")


def test_wrong_values_and_contradictions_are_told_together() -> None:
    told = faults(
        PROD | {"BFF_GRANT_SECONDS": "1", "BFF_SESSION_CACHE": "5s", "BFF_OIDC_ISSUER": "http://x"}
    )

    assert {fault.partition(" ")[0] for fault in told} == {
        "BFF_GRANT_SECONDS",
        "BFF_SESSION_CACHE",
        "BFF_OIDC_ISSUER",
    }


def test_vault_is_asked_over_tls_only() -> None:
    changes = {"VAULT_ADDR": "http://vault:8200", "BFF_SESSION_KEYS": "vault-kv:kv/gatehouse#keys"}

    (fault,) = faults(PROD | changes)

    assert fault.startswith("VAULT_ADDR ")


@pytest.mark.parametrize(
    "name", ["BFF_SESSION_IDLE", "BFF_SESSION_ABSOLUTE", "BFF_STREAM_IDLE", "BFF_STREAM_MAX"]
)
def test_what_would_last_for_no_time_is_refused(name: str) -> None:
    changes = {name: "0s"} | ({"BFF_SESSION_IDLE": "0s"} if "ABSOLUTE" in name else {})

    assert any(fault.startswith(name) for fault in faults(PROD | changes))


def test_in_development_the_store_is_a_file() -> None:
    environment = {name: value for name, value in DEV.items() if name != "BFF_STORE"}

    assert load_settings(environment).store == "sqlite:gatehouse.db"


@pytest.mark.parametrize(
    ("changes", "endpoint"),
    [
        ({}, "http://127.0.0.1:9500"),
        ({"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
        ({"AWS_ENDPOINT_URL": ""}, "https://bedrock-agentcore.eu-central-1.amazonaws.com"),
    ],
)
def test_endpoints_are_named_as_in_awss_own_programs(
    changes: dict[str, str], endpoint: str
) -> None:
    assert load_settings(DEV | changes).agentcore_endpoint == endpoint


def test_the_region_may_be_the_default_one() -> None:
    environment = {name: value for name, value in PROD.items() if name != "AWS_REGION"}

    settings = load_settings(environment | {"AWS_DEFAULT_REGION": "us-west-2"})

    assert settings.region == "us-west-2"


def test_a_key_serves_in_place_of_a_secret() -> None:
    changes = {
        "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
        "BFF_OIDC_CLIENT_KEY": "awssm:gatehouse#key",
        "BFF_OIDC_CLIENT_SECRET": "",
    }

    settings = load_settings(PROD | changes)

    assert settings.oidc_client_secret is None
    assert references(settings)["BFF_OIDC_CLIENT_KEY"] is not None


def test_settings_are_frozen() -> None:
    settings = load_settings(PROD)

    with pytest.raises(AttributeError):
        settings.dev = True  # type: ignore[misc] # that is the point

    assert isinstance(settings, Settings)
