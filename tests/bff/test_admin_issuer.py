"""The issuer of administrators: its keys, while it is there and while it is not."""

import pytest

from bff.admin.issuer import KEPT_S, jwks_uri_of
from bff.provider.http import Reply
from bff.provider.keys import REFETCH_EVERY_S, RETRY_EVERY_S
from bff.provider.metadata import ProviderMisconfigured
from fakes.proxy.asgi import problem_of
from fakes.proxy.office import (
    ADMIN_KEY,
    Office,
    admin_issuer,
    office,
    settings_changes,
)
from fakes.proxy.provider.idp import document
from fakes.proxy.provider.tokens import ec_key, signed

__all__ = ["admin_issuer", "office", "settings_changes"]

WEB = "/.well-known/openid-configuration"


async def test_keys_are_fetched_once(office: Office) -> None:
    for _ in range(3):
        assert (await office.call("GET", "/admin/tenants")).status == 200

    assert [path for path, _ in office.carrier.provider.calls] == [WEB, "/jwks"]


async def test_a_key_that_was_withdrawn_counts_for_an_hour_at_most(office: Office) -> None:
    assert (await office.call("GET", "/admin/tenants")).status == 200
    office.carrier.provider.keys = [ec_key("admin-2")]
    office.house.clock.advance(KEPT_S - 1)
    assert (await office.call("GET", "/admin/tenants")).status == 200
    office.house.clock.advance(1)

    answer = await office.call("GET", "/admin/tenants")
    new = await office.call(
        "GET", "/admin/tenants", signed(office.claims(), ec_key("admin-2"), typ="at+jwt")
    )

    assert (answer.status, new.status) == (401, 200)


async def test_an_issuer_that_cannot_be_asked_makes_no_administrators(office: Office) -> None:
    assert (await office.call("GET", "/admin/tenants")).status == 200
    office.carrier.torn.add(WEB)
    office.house.clock.advance(KEPT_S)

    answer = await office.call("GET", "/admin/tenants")

    assert problem_of(answer)["code"] == "provider_unavailable"
    assert answer.header("retry-after") == "5"


async def test_an_issuer_that_is_down_is_asked_once_in_a_while(office: Office) -> None:
    whole = {"issuer": office.issuer, "jwks_uri": f"{office.issuer}/jwks"}
    office.carrier.provider.faults[WEB] = document(whole, status=500)
    for _ in range(3):
        answer = await office.call("GET", "/admin/tenants")
        assert problem_of(answer)["code"] == "provider_unavailable"
    assert office.carrier.provider.count(WEB) == 1
    del office.carrier.provider.faults[WEB]
    office.house.clock.advance(RETRY_EVERY_S)

    assert (await office.call("GET", "/admin/tenants")).status == 200


def test_keys_are_had_by_https_alone_outside_of_development() -> None:
    plain = Reply(status=200, document={"issuer": "https://x", "jwks_uri": "http://x/jwks"})

    with pytest.raises(ProviderMisconfigured):
        jwks_uri_of(plain, issuer="https://x", insecure=False)
    assert jwks_uri_of(plain, issuer="https://x", insecure=True) == "http://x/jwks"


async def test_a_new_key_counts_once_the_key_set_may_be_fetched_again(office: Office) -> None:
    assert (await office.call("GET", "/admin/tenants")).status == 200
    office.carrier.provider.keys = [ADMIN_KEY, ec_key("admin-2")]
    office.house.clock.advance(REFETCH_EVERY_S)
    token = signed(office.claims(), ec_key("admin-2"), typ="at+jwt")

    assert (await office.call("GET", "/admin/tenants", token)).status == 200


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.evil.test"},
        {"jwks_uri": None},
        {"jwks_uri": "ftp://127.0.0.1/jwks"},
        {"jwks_uri": "http://"},
        {"jwks_uri": "http://[x"},
        {"jwks_uri": ["http://127.0.0.1/jwks"]},
    ],
)
async def test_a_discovery_document_that_cannot_be_trusted_makes_no_administrators(
    office: Office, metadata: dict[str, object]
) -> None:
    office.carrier.provider.metadata = metadata

    answer = await office.call("GET", "/admin/tenants")

    assert problem_of(answer)["code"] == "provider_misconfigured"
