"""The authorizer's configuration."""

import pytest

from authorizer.settings import SessionTable, TrustedIssuer, load_settings
from trust.errors import SettingsError

COOKIE = {
    "BFF_APP_ID": "demo",
    "BFF_STORE": "dynamodb:gatehouse-sessions",
    "AWS_REGION": "us-east-1",
}
BEARER = {
    "AUTHORIZER_MODE": "bearer",
    "BFF_APP_ID": "demo",
    "BFF_OIDC_ISSUER": "https://login.example.test",
    "AUTHORIZER_AUDIENCE": "https://app.example.test/api",
    "AUTHORIZER_JWKS_URL": "https://login.example.test/jwks",
    "BFF_TENANT_CLAIM": "tenant_id",
}


def faults_of(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load_settings(environment)
    return raised.value.faults


def test_cookies_are_the_default() -> None:
    settings = load_settings(COOKIE)

    assert settings.app == "demo"
    assert settings.sessions == SessionTable(name="gatehouse-sessions", region="us-east-1")
    assert settings.bearer is None


def test_bearer_tokens_need_no_table() -> None:
    settings = load_settings(BEARER)

    assert settings.sessions is None
    assert settings.bearer == TrustedIssuer(
        issuer="https://login.example.test",
        audience="https://app.example.test/api",
        jwks_url="https://login.example.test/jwks",
        algorithms=("RS256",),
        tenant_claim="tenant_id",
        tenants=None,
    )


def test_both_need_both() -> None:
    settings = load_settings(BEARER | COOKIE | {"AUTHORIZER_MODE": "cookie,bearer"})

    assert settings.sessions is not None
    assert settings.bearer is not None


def test_all_faults_are_told_at_once_each_by_its_name() -> None:
    faults = faults_of({"AUTHORIZER_MODE": "cookie,bearer"})

    assert [fault.split()[0] for fault in faults] == [
        "BFF_APP_ID",
        "BFF_STORE",
        "AWS_REGION",
        "BFF_OIDC_ISSUER",
        "AUTHORIZER_AUDIENCE",
        "AUTHORIZER_JWKS_URL",
        "BFF_TENANT_CLAIM",
    ]


@pytest.mark.parametrize("mode", ["none", "bearer,cookie", "cookie ", "Cookie"])
def test_an_unknown_mode_is_no_mode(mode: str) -> None:
    assert faults_of(COOKIE | {"AUTHORIZER_MODE": mode}) == [
        "AUTHORIZER_MODE is none of cookie; bearer; cookie,bearer"
    ]


def test_an_app_that_is_no_slug_is_refused() -> None:
    assert len(faults_of(COOKIE | {"BFF_APP_ID": "Demo*"})) == 1


@pytest.mark.parametrize("store", ["sqlite:file.db", "memory:", "dynamodb:", "dynamodb", "x"])
def test_only_a_shared_store_will_do(store: str) -> None:
    assert faults_of(COOKIE | {"BFF_STORE": store}) == [
        "BFF_STORE is not dynamodb:table; no other store is shared"
    ]


@pytest.mark.parametrize("name", ["BFF_OIDC_ISSUER", "AUTHORIZER_JWKS_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.test/jwks",
        "file:///etc/passwd",
        "ftp://login.example.test/jwks",
        "https:///jwks",
        "https://user@login.example.test/jwks",
        "https://[broken/jwks",
        "jwks",
    ],
)
def test_keys_come_over_https_only(name: str, url: str) -> None:
    faults = faults_of(BEARER | {name: url})

    assert faults == [f"{name} is no https URL; only BFF_ENV=dev allows http"]
    assert url not in faults[0]


def test_development_may_use_http_but_nothing_else() -> None:
    settings = load_settings(
        BEARER | {"BFF_ENV": "dev", "AUTHORIZER_JWKS_URL": "http://127.0.0.1:9400/jwks"}
    )

    assert settings.bearer is not None
    assert len(faults_of(BEARER | {"BFF_ENV": "dev", "AUTHORIZER_JWKS_URL": "file:///x"})) == 1


@pytest.mark.parametrize(
    ("text", "algorithms"),
    [("ES256", ("ES256",)), ("ES256,RS256", ("RS256", "ES256")), ("RS256,RS256", ("RS256",))],
)
def test_algorithms_are_pinned(text: str, algorithms: tuple[str, ...]) -> None:
    settings = load_settings(BEARER | {"AUTHORIZER_ALGORITHMS": text})

    assert settings.bearer is not None
    assert settings.bearer.algorithms == algorithms


@pytest.mark.parametrize("text", ["none", "HS256", "RS256,HS256", "rs256", "RS256, ES256", ","])
def test_an_algorithm_that_proves_nothing_is_refused(text: str) -> None:
    assert faults_of(BEARER | {"AUTHORIZER_ALGORITHMS": text}) == [
        "AUTHORIZER_ALGORITHMS is none of RS256; ES256; RS256,ES256"
    ]


def test_a_map_of_tenants_is_read() -> None:
    settings = load_settings(BEARER | {"AUTHORIZER_TENANTS": '{"org_2x": "acme"}'})

    assert settings.bearer is not None
    assert settings.bearer.tenants == {"org_2x": "acme"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param('{"org": "Acme Inc."}', id="no slug"),
        pytest.param('{"org": 7}', id="no text"),
        pytest.param("[" * 100_000, id="too deep"),
    ],
)
def test_a_broken_map_of_tenants_is_refused(text: str) -> None:
    assert faults_of(BEARER | {"AUTHORIZER_TENANTS": text}) == [
        'AUTHORIZER_TENANTS is no JSON object such as {"org_2x": "acme"}'
    ]
