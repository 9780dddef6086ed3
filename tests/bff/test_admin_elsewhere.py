"""A suspension, for the moment in which a process still takes the tenant for what it was."""

import pytest

from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.office import AUDIENCE, Office, admin_issuer, office
from fakes.proxy.provider.carriers import Loopback
from trust.coordinates import TenantId

__all__ = ["admin_issuer", "office"]


@pytest.fixture
def settings_changes(admin_issuer: Loopback) -> dict[str, str]:
    """Have sessions and tenants remembered for a second; the clock stands still."""
    return {
        "BFF_ADMIN_ISSUER": admin_issuer.provider.issuer,
        "BFF_ADMIN_AUDIENCE": AUDIENCE,
        "BFF_SESSION_CACHE": "1s",
    }


async def test_who_logs_in_meanwhile_authenticated_too_early(
    office: Office, alice: Browser
) -> None:
    newcomer = office.house.browser()
    location = await newcomer.begin()
    await office.call("POST", "/admin/tenants/acme/suspend")
    # Alice's login has made this process remember acme as active.
    remembered = await office.house.gate.registry.tenant(TenantId("acme"))
    assert remembered is not None
    assert not remembered.suspended

    answer = await newcomer.come_back(office.house.provider.authorize(location), accept=DOCUMENT)

    assert answer.json["code"] == "login_too_old"


async def test_two_seconds_later_it_is_known_everywhere(office: Office, alice: Browser) -> None:
    await office.call("POST", "/admin/tenants/acme/suspend")
    office.house.clock.advance(2)
    location = await alice.begin()

    answer = await alice.come_back(office.house.provider.authorize(location), accept=DOCUMENT)

    assert answer.json["code"] == "tenant_suspended"


async def test_the_first_login_after_it_was_resumed_counts(office: Office, alice: Browser) -> None:
    await office.call("POST", "/admin/tenants/acme/suspend")
    await office.call("POST", "/admin/tenants/acme/resume")
    office.house.clock.advance(2)

    assert (await alice.login()).status == 200
