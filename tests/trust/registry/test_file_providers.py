"""The providers of a registry in a file: what tenants bring along, and what is wrong with it."""

from pathlib import Path

import pytest

from fakes.registry_file import DEFAULT, OWN, faults, loaded
from trust.registry.members import Terms
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.secrets.reference import parse_reference


async def test_everything_that_can_be_said_of_a_provider_is_read(tmp_path: Path) -> None:
    registry = loaded(
        tmp_path,
        """
        [providers.acme-login]
        issuer = "https://login.acme.test"
        client_id = "gatehouse"
        tenant_claim = "org"
        client_auth = "private_key_jwt"
        client_key = "vault-kv:secret/acme#key"
        scopes = "openid groups"
        own_callback = true
        dpop = true
        private_network = true
        """,
    )

    assert await registry.providers() == [
        ProviderEntry(
            name="acme-login",
            issuer="https://login.acme.test",
            client_id="gatehouse",
            tenant_claim="org",
            client_auth=ClientAuthMethod.PRIVATE_KEY_JWT,
            client_key=parse_reference("vault-kv:secret/acme#key"),
            scopes="openid groups",
            own_callback=True,
            dpop=True,
            private_network=True,
        )
    ]


async def test_the_least_that_a_provider_needs_is_enough(tmp_path: Path) -> None:
    (provider,) = await loaded(tmp_path, OWN).providers()

    assert provider == ProviderEntry(
        name="acme-login",
        issuer="https://login.acme.test",
        client_id="gatehouse",
        tenant_claim="org",
        client_secret=parse_reference("awssm:gatehouse/acme"),
    )


def test_the_default_provider_s_claims_are_the_same_spelled_out_or_not(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        f'[tenants.acme]\nclaims = ["x"]\n[tenants.globex]\nclaims = ["x"]\nissuer = "{DEFAULT}"',
    )

    assert told == ["[tenants.globex] has the claim x, as has acme"]


async def test_a_tenant_may_name_the_default_provider(tmp_path: Path) -> None:
    (tenant,) = await loaded(tmp_path, f'[tenants.acme]\nissuer = "{DEFAULT}"').tenants()

    assert tenant.issuer is None


@pytest.mark.parametrize(
    "issuer", ["https://login.globex.test", "https://login.acme.test/", "https://LOGIN.acme.test"]
)
def test_a_tenant_of_a_provider_that_is_none_is_a_fault(tmp_path: Path, issuer: str) -> None:
    (told,) = faults(tmp_path, f'[tenants.acme]\nissuer = "{issuer}"' + OWN)

    assert told.startswith(f"[tenants.acme] has the issuer {issuer}, which is neither")


def test_a_provider_s_own_fault_is_not_told_once_more_for_each_of_its_tenants(
    tmp_path: Path,
) -> None:
    text = '[tenants.acme]\nissuer = "https://login.acme.test"' + OWN.replace("client_id", "# id")

    assert faults(tmp_path, text) == ["[providers.acme-login] needs client_id"]


@pytest.mark.parametrize("text", ["providers = 5", "[providers]\nacme-login = 5"])
def test_providers_that_are_no_tables_are_a_fault(tmp_path: Path, text: str) -> None:
    told = faults(tmp_path, text + '\n[tenants.acme]\nissuer = "https://login.acme.test"')

    assert any("is no table" in fault for fault in told)
    assert any("[tenants.acme] has the issuer" in fault for fault in told)


def test_two_providers_with_one_issuer_are_a_fault(tmp_path: Path) -> None:
    told = faults(tmp_path, OWN + OWN.replace("acme-login", "other"))

    assert told == ["[providers.other] has the issuer https://login.acme.test, as has acme-login"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("client_id", "# client_id", "needs client_id"),
        ("tenant_claim", "# tenant_claim", "needs tenant_claim"),
        ("issuer", "# issuer", "needs issuer"),
        ("client_secret", "# client_secret", "needs client_secret"),
        ("client_secret", 'client_auth = "private_key_jwt"\nclient_secret', "needs client_key"),
        ("client_id", 'client_auth = "none"\nclient_id', "'none' is not of client_auth"),
        ("client_id", 'scopes = "profile"\nclient_id', "has scopes that lack openid"),
        ("client_id", "dpop = 1\nclient_id", "has a dpop that is neither"),
        ("client_id", "callback = true\nclient_id", "has a member callback, which nobody knows"),
        ("acme-login", "default", "has the name of the provider of BFF_OIDC_ISSUER"),
        ("https://login.acme.test", DEFAULT, "has the issuer of BFF_OIDC_ISSUER"),
        ("https://login.acme.test", "http://login.acme.test", "has a issuer that is not https"),
        ("https://login.acme.test", "https://a.test?x=1", "has a issuer that is not a plain URL"),
        ("https://login.acme.test", "https://a.test#x", "has a issuer that is not a plain URL"),
        ("https://login.acme.test", "https://u@a.test", "has a issuer that is not a plain URL"),
        ("https://login.acme.test", "https://a.test:99999", "has a issuer whose port is none"),
        ("https://login.acme.test", "https://a.test:0", "has a issuer whose port is none"),
        ("awssm:gatehouse/acme", "env:SECRET", "has a client_secret that is an env: reference"),
        ("awssm:gatehouse/acme", "file:/secret", "has a client_secret that is an file: reference"),
    ],
)
def test_a_fault_of_a_provider_is_told_by_name(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    (told,) = faults(tmp_path, OWN.replace(old, new, 1))

    assert told.partition("] ")[2].startswith(fault)


def test_a_secret_in_place_of_a_reference_is_not_repeated(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, OWN.replace("awssm:gatehouse/acme", "hunter2-the-secret"))

    assert told.startswith("[providers.acme-login] has a client_secret that is no reference")
    assert "hunter2" not in told


async def test_development_allows_plain_http_and_secrets_beside_the_program(
    tmp_path: Path,
) -> None:
    text = OWN.replace("https:", "http:").replace("awssm:gatehouse/acme", "env:SECRET")
    terms = Terms(default_issuer=DEFAULT, plain_http=True, static_secrets=True)

    (provider,) = await loaded(tmp_path, text, terms).providers()

    assert provider.issuer == "http://login.acme.test"
    assert len(faults(tmp_path, text)) == 2
