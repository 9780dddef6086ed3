"""Buying grants at STS: what is asked for, and what its answers mean."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from contracts.vendor import ID_TOKEN, REQUEST, VendorContract
from fakes import sts as wire
from fakes.agents import INVOKE_ROLE
from fakes.aws_region import region_at
from fakes.clock import NOW, StoppedClock
from fakes.loopback import Reply, serving
from fakes.scripted_aws import Script, answering
from fakes.sts import sts_credentials, sts_error
from fakes.vendor import CountingVendor
from trust.aws.caller import Caller
from trust.aws.retry import Patience
from trust.aws.sts.request import session_name
from trust.aws.sts.vendor import PATIENCE, AssumeRole, AssumeRoleWithWebIdentity
from trust.clock import NumericDate
from trust.coordinates import AgentName, Coordinates, TenantId
from trust.grant.record import Credentials, GrantDenied, GrantRequest, GrantUnavailable
from trust.grant.vendor import Vendor
from trust.secret import Secret
from trust.wire.client import LeanWire

Adapter = Callable[..., Vendor]
Scripted = Callable[..., tuple[Vendor, Script]]

DENIED = sts_error("AccessDenied", status=403)
BUSY = sts_error("Throttling", status=400)

BOTH = pytest.mark.parametrize("adapter", [AssumeRole, AssumeRoleWithWebIdentity])


def caller_at(url: str, wire: LeanWire, *, patience: Patience = PATIENCE) -> Caller:
    """Return who calls STS at a URL, and does not wait between attempts."""
    return replace(region_at(url, wire).sts(), pause=StoppedClock().pause, patience=patience)


@pytest.fixture
def scripted(wire: LeanWire) -> Iterator[Scripted]:
    """Return a maker of vendors whose STS answers as it is told."""
    with ExitStack() as stack:

        def make(adapter: Adapter, *replies: Reply) -> tuple[Vendor, Script]:
            script = stack.enter_context(answering(replies))
            return adapter(caller=caller_at(script.url, wire), seconds=900), script

        yield make


class TestAssumeRole(VendorContract):
    @pytest.fixture
    def vendor(self, scripted: Scripted) -> Vendor:
        return scripted(AssumeRole, sts_credentials("AssumeRole", expires_at=NOW + 900))[0]

    @pytest.fixture
    def denying(self, scripted: Scripted) -> Vendor:
        return scripted(AssumeRole, DENIED)[0]

    @pytest.fixture
    def busy(self, scripted: Scripted) -> Vendor:
        return scripted(AssumeRole, BUSY)[0]


class TestAssumeRoleWithWebIdentity(VendorContract):
    @pytest.fixture
    def vendor(self, scripted: Scripted) -> Vendor:
        answer = sts_credentials("AssumeRoleWithWebIdentity", expires_at=NOW + 900)
        return scripted(AssumeRoleWithWebIdentity, answer)[0]

    @pytest.fixture
    def denying(self, scripted: Scripted) -> Vendor:
        return scripted(AssumeRoleWithWebIdentity, DENIED)[0]

    @pytest.fixture
    def busy(self, scripted: Scripted) -> Vendor:
        return scripted(AssumeRoleWithWebIdentity, BUSY)[0]


class TestCountingVendor(VendorContract):
    @pytest.fixture
    def vendor(self, clock: StoppedClock) -> CountingVendor:
        return CountingVendor(clock)

    @pytest.fixture
    def denying(self, vendor: CountingVendor) -> CountingVendor:
        vendor.refusal = GrantDenied()
        return vendor

    @pytest.fixture
    def busy(self, vendor: CountingVendor) -> CountingVendor:
        vendor.refusal = GrantUnavailable()
        return vendor


async def test_a_role_is_assumed_with_policy_tags_and_the_name_of_who_wants_it(
    scripted: Scripted,
) -> None:
    vendor, script = scripted(AssumeRole, sts_credentials("AssumeRole", expires_at=NOW + 900))

    await vendor.assume(REQUEST, ID_TOKEN)

    (call,) = script.calls
    assert call.form == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": INVOKE_ROLE,
        "RoleSessionName": "acme.alice-----------------",
        "SourceIdentity": "acme.alice-----------------",
        "DurationSeconds": "900",
        "Policy": REQUEST.policy,
        "Tags.member.1.Key": "app_id",
        "Tags.member.1.Value": "demo",
        "Tags.member.2.Key": "tenant_id",
        "Tags.member.2.Value": "acme",
        "Tags.member.3.Key": "agent_name",
        "Tags.member.3.Value": "hello",
    }
    assert "/us-east-1/sts/aws4_request" in call.headers["authorization"]


async def test_a_person_s_own_token_buys_the_same_policy_unsigned(scripted: Scripted) -> None:
    answer = sts_credentials("AssumeRoleWithWebIdentity", expires_at=NOW + 900)
    vendor, script = scripted(AssumeRoleWithWebIdentity, answer)

    await vendor.assume(REQUEST, ID_TOKEN)

    (call,) = script.calls
    assert call.form == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": INVOKE_ROLE,
        "RoleSessionName": "acme.alice-----------------",
        "DurationSeconds": "900",
        "Policy": REQUEST.policy,
        "WebIdentityToken": "id-token",
    }
    assert "authorization" not in call.headers


async def test_without_an_id_token_there_is_nothing_to_show(scripted: Scripted) -> None:
    vendor, script = scripted(AssumeRoleWithWebIdentity, BUSY)

    with pytest.raises(GrantDenied):
        await vendor.assume(REQUEST, None)

    assert script.calls == []


@BOTH
async def test_what_is_sold_is_what_aws_answered(scripted: Scripted, adapter: Adapter) -> None:
    action = getattr(adapter, "__name__", "")
    vendor, _ = scripted(adapter, sts_credentials(action, expires_at=NOW + 900))

    assert await vendor.assume(REQUEST, ID_TOKEN) == Credentials(
        access_key_id=wire.ACCESS_KEY_ID,
        secret_access_key=Secret(wire.SECRET_ACCESS_KEY),
        session_token=Secret(wire.SESSION_TOKEN),
        expires_at=NumericDate(NOW + 900),
    )


@BOTH
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("MalformedPolicyDocument", 400),
        ("PackedPolicyTooLarge", 400),
        ("ValidationError", 400),
        ("InvalidIdentityToken", 400),
        ("IDPRejectedClaim", 403),
        ("ExpiredTokenException", 400),
    ],
)
async def test_a_matter_of_policy_is_denied_and_not_tried_again(
    scripted: Scripted, adapter: Adapter, code: str, status: int
) -> None:
    vendor, script = scripted(adapter, sts_error(code, status=status))

    with pytest.raises(GrantDenied) as denied:
        await vendor.assume(REQUEST, ID_TOKEN)

    assert code in str(denied.value)
    assert "AWS's own words" not in str(denied.value)
    assert len(script.calls) == 1


@BOTH
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 400),
        ("ServiceUnavailable", 503),
        ("InternalFailure", 500),
        ("RegionDisabledException", 403),
        ("InvalidClientTokenId", 403),
        ("ExpiredToken", 403),
        ("IDPCommunicationError", 400),
    ],
)
async def test_everything_else_is_a_matter_of_trying_again(
    scripted: Scripted, adapter: Adapter, code: str, status: int
) -> None:
    vendor, script = scripted(adapter, sts_error(code, status=status))

    with pytest.raises(GrantUnavailable) as unavailable:
        await vendor.assume(REQUEST, ID_TOKEN)

    assert "AWS's own words" not in str(unavailable.value)
    assert len(script.calls) <= 2


@BOTH
async def test_a_throttled_call_is_tried_once_more(scripted: Scripted, adapter: Adapter) -> None:
    action = getattr(adapter, "__name__", "")
    vendor, script = scripted(adapter, BUSY, sts_credentials(action, expires_at=NOW + 900))

    await vendor.assume(REQUEST, ID_TOKEN)

    assert len(script.calls) == 2


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            Reply(status=200, body=b"<html>", content_type="text/html"),
            id="no-xml",
        ),
        pytest.param(Reply(status=502, body=b"", content_type="text/html"), id="a-gateway"),
    ],
)
async def test_an_answer_that_is_not_of_sts_is_unavailable(
    scripted: Scripted, reply: Reply
) -> None:
    vendor, _ = scripted(AssumeRole, reply)

    with pytest.raises(GrantUnavailable):
        await vendor.assume(REQUEST, ID_TOKEN)


async def test_an_endpoint_that_is_not_there_is_unavailable(wire: LeanWire) -> None:
    with serving(lambda _: Reply()) as url:
        pass

    with pytest.raises(GrantUnavailable, match="no connection"):
        await AssumeRole(caller=caller_at(url, wire), seconds=900).assume(REQUEST, None)


@pytest.mark.parametrize("tenant", ["a", "acme", "a" * 41, "a" * 63])
def test_a_session_s_name_is_of_the_form_that_sts_takes(tenant: str) -> None:
    request = GrantRequest(
        role_arn=INVOKE_ROLE,
        coordinates=Coordinates(
            app=REQUEST.coordinates.app, tenant=TenantId(tenant), agent=AgentName("hello")
        ),
        subject="x_-" + "y" * 19,
        policy="{}",
    )
    name = session_name(request)

    # STS: [\w+=,.@-]*, 2 to 64 characters.
    assert 2 <= len(name) <= 64
    assert all(character.isalnum() or character in "_+=,.@-" for character in name)
    assert name.startswith(tenant[:41])
    assert name.endswith(request.subject)
