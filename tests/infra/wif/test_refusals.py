"""What the command does when AWS says no."""

from collections.abc import Sequence

import pytest

from fakes.loopback import Reply
from fakes.scripted_aws import answering
from fakes.wif import WANTED
from wif.__main__ import main

ARGUMENTS = (
    *("--environment", "dev", "--project", "acme/gatehouse", "--branch", "main"),
    *("--region", "eu-west-2", "--bucket", WANTED.bucket),
)
_CALLER = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    b"<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
    b"</GetCallerIdentityResponse>"
)
_ABSENT = Reply(
    status=404,
    content_type="text/xml",
    body=b"<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>",
)
_DENIED = Reply(
    status=403,
    content_type="text/xml",
    body=b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
)
_PROVIDER = Reply(
    content_type="text/xml",
    body=b'<GetOpenIDConnectProviderResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
    b"<GetOpenIDConnectProviderResult><ClientIDList><member>another</member></ClientIDList>"
    b"</GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>",
)
_KNOWN = Reply(body=_CALLER, content_type="text/xml")


@pytest.mark.parametrize(
    "replies",
    [
        pytest.param([_DENIED], id="credentials that may do nothing"),
        pytest.param([_KNOWN, _DENIED], id="credentials that may not read IAM"),
        # Bucket squatting: the name is taken, by an account that would read our state.
        pytest.param([_KNOWN, _ABSENT, _ABSENT, _DENIED], id="a bucket of somebody else"),
    ],
)
def test_nothing_is_changed_and_the_message_says_how_to_go_on(
    replies: Sequence[Reply], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with answering(replies) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        code = main(ARGUMENTS)

    assert code == 1
    assert len(aws.calls) == len(replies)
    assert "What was done stays; run it again to go on." in capsys.readouterr().err


def test_a_second_audience_is_added_to_the_provider_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # moto has no such operation: what is asked for is what can be seen here.
    with answering([_KNOWN, _PROVIDER, _ABSENT, _ABSENT, _DENIED]) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        code = main(ARGUMENTS)

    assert code == 1
    asked = aws.calls[-1].body
    assert b"Action=AddClientIDToOpenIDConnectProvider" in asked
    assert b"ClientID=sts.amazonaws.com" in asked
