"""STS's calls: what botocore would send."""

from urllib.parse import parse_qsl

from contracts.vendor import ID_TOKEN, REQUEST
from fakes.botocore_oracle import sent
from trust.aws.message import Post
from trust.aws.sts.request import assume_role, assume_role_with_web_identity, session_name
from trust.secret import Secret

NAME = session_name(REQUEST)
SAME = {
    "RoleArn": REQUEST.role_arn,
    "RoleSessionName": NAME,
    "DurationSeconds": 900,
    "Policy": REQUEST.policy,
}


def form(post: Post) -> dict[str, str]:
    return dict(parse_qsl(post.body.decode(), keep_blank_values=True, strict_parsing=True))


def test_assuming_a_role_is_botocores() -> None:
    tags = [{"Key": key, "Value": value} for key, value in REQUEST.coordinates.tags.items()]
    post = assume_role(REQUEST, seconds=900)
    theirs = sent("sts", "AssumeRole", {**SAME, "SourceIdentity": NAME, "Tags": tags})

    assert form(post) == {name: str(value) for name, value in theirs["body"].items()}
    assert dict(post.headers) == theirs["headers"]
    assert post.signed


def test_assuming_a_role_as_a_person_is_botocores() -> None:
    post = assume_role_with_web_identity(REQUEST, ID_TOKEN, seconds=900)
    members = {**SAME, "WebIdentityToken": ID_TOKEN.reveal()}
    theirs = sent("sts", "AssumeRoleWithWebIdentity", members)

    assert form(post) == {name: str(value) for name, value in theirs["body"].items()}
    assert dict(post.headers) == theirs["headers"]
    assert not post.signed


def test_nothing_in_a_token_becomes_another_member() -> None:
    post = assume_role_with_web_identity(REQUEST, Secret("a&Action=b=é %\n"), seconds=900)

    assert form(post)["WebIdentityToken"] == "a&Action=b=é %\n"
    assert form(post)["Action"] == "AssumeRoleWithWebIdentity"
