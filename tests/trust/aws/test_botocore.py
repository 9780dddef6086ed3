"""botocore's chain: what it finds is ours, for as long as it is good."""

import sys
from pathlib import Path

import pytest
from botocore.exceptions import CredentialRetrievalError

from fakes.clock import NOW, StoppedClock
from fakes.loopback import Call, Reply, serving
from trust.aws import botocore as adapter
from trust.aws.botocore import ASK_AGAIN_S, CredentialChain
from trust.aws.environment import NEVER
from trust.aws.message import AwsUnavailable
from trust.grant.record import RENEW_BEFORE_S


@pytest.fixture(autouse=True)
def nobody(aws_environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Leave nothing of an identity, of this machine's or the tests'."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        aws_environment.delenv(name, raising=False)
    return aws_environment


async def test_a_profile_s_key_stays(
    nobody: pytest.MonkeyPatch, tmp_path: Path, clock: StoppedClock
) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s3cret\n")
    nobody.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    found = await CredentialChain(clock).fetch()

    assert found.access_key_id == "AKIAPROFILE"
    assert found.secret_access_key.reveal() == "s3cret"
    assert found.session_token is None
    assert found.expires_at == NEVER


async def test_a_container_s_role_is_asked_for_again(
    nobody: pytest.MonkeyPatch, clock: StoppedClock
) -> None:
    """botocore renews by itself: what is kept of it here must not outlast what it has."""
    asked: list[str] = []

    def answer(call: Call) -> Reply:
        asked.append(call.path)
        body = (
            f'{{"AccessKeyId": "ASIA{len(asked)}", "SecretAccessKey": "s",'
            f' "Token": "t", "Expiration": "2999-01-01T00:00:00Z"}}'
        )
        return Reply(body=body.encode())

    with serving(answer) as url:
        nobody.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/role")
        chain = CredentialChain(clock)
        found = [await chain.fetch() for _ in range(3)]

    assert asked == ["/role"]
    assert {one.access_key_id for one in found} == {"ASIA1"}
    assert {one.session_token and one.session_token.reveal() for one in found} == {"t"}
    assert {one.expires_at for one in found} == {NOW + ASK_AGAIN_S + RENEW_BEFORE_S}


async def test_no_identity_anywhere(clock: StoppedClock) -> None:
    with pytest.raises(AwsUnavailable, match="neither environment, profile nor role"):
        await CredentialChain(clock).fetch()


async def test_an_identity_that_cannot_be_fetched(
    nobody: pytest.MonkeyPatch, clock: StoppedClock
) -> None:
    def refuse(_: Call) -> Reply:
        return Reply(status=403, body=b'{"message": "a peer\'s own words"}')

    with serving(refuse) as url:
        nobody.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/role")
        nobody.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
        with pytest.raises(AwsUnavailable) as unavailable:
            await CredentialChain(clock).fetch()

    assert CredentialRetrievalError.__name__ in str(unavailable.value)
    assert "own words" not in str(unavailable.value)


async def test_a_chain_that_takes_too_long(nobody: pytest.MonkeyPatch, clock: StoppedClock) -> None:
    nobody.setattr(adapter, "FETCH_TIMEOUT_S", 0)

    with pytest.raises(AwsUnavailable, match="no identity in 0 s"):
        await CredentialChain(clock).fetch()


async def test_a_function_that_ships_without_botocore(
    nobody: pytest.MonkeyPatch, clock: StoppedClock
) -> None:
    nobody.setitem(sys.modules, "botocore.session", None)

    with pytest.raises(AwsUnavailable, match="no botocore"):
        await CredentialChain(clock).fetch()
