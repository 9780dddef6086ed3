"""What everybody who sells grants has to do."""

import json

import pytest

from fakes.agents import INVOKE_ROLE
from fakes.clock import NOW
from fakes.login import ALICE
from trust.coordinates import AgentName, Coordinates
from trust.grant.record import Credentials, GrantDenied, GrantRequest, GrantUnavailable
from trust.grant.vendor import Vendor
from trust.secret import Secret

REQUEST = GrantRequest(
    role_arn=INVOKE_ROLE,
    coordinates=Coordinates(app=ALICE.app, tenant=ALICE.tenant, agent=AgentName("hello")),
    subject=ALICE.subject,
    policy=json.dumps({"Version": "2012-10-17", "Statement": []}),
)
ID_TOKEN = Secret("id-token")


class VendorContract:
    """Needs fixtures `vendor`, which sells grants of 900 s at NOW, `denying` and `busy`."""

    async def test_a_grant_is_sold(self, vendor: Vendor) -> None:
        granted = await vendor.assume(REQUEST, ID_TOKEN)

        assert isinstance(granted, Credentials)
        assert granted.access_key_id.startswith("ASIA")
        assert granted.secret_access_key
        assert granted.session_token
        assert granted.expires_at == NOW + 900

    async def test_a_refusal_is_a_matter_of_policy(self, denying: Vendor) -> None:
        with pytest.raises(GrantDenied):
            await denying.assume(REQUEST, ID_TOKEN)

    async def test_trouble_is_a_matter_of_trying_again(self, busy: Vendor) -> None:
        with pytest.raises(GrantUnavailable) as unavailable:
            await busy.assume(REQUEST, ID_TOKEN)

        assert unavailable.value.retry_after is not None
