"""AssumeRole as boto3 sees it (STS API Reference: "AssumeRole")."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.iam.evaluate import Allowed, Request, evaluate
from devstack.aws.iam.policy import parse_policy
from devstack.aws.sts.context import request_context
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal
from fakes.role_wish import TAGS, WISH, refusal
from trust.secret import Secret


def reads(principal: Principal, key: str, *, now: int) -> bool:
    request = Request(
        action="s3:GetObject",
        resource=f"arn:aws:s3:::b/{key}",
        context=request_context(principal, now),
    )
    decision = evaluate(
        request, identity=principal.identity_policies, session=principal.session_policies
    )
    return isinstance(decision, Allowed)


class TestSuccess:
    def test_boto3_reads_credentials_identity_and_expiration(self, account: Any) -> None:
        answer = account.client().assume_role(**WISH, DurationSeconds=900)

        credentials = answer["Credentials"]
        assert credentials["AccessKeyId"].startswith("ASIA")
        assert len(credentials["AccessKeyId"]) == 20
        assert len(credentials["SecretAccessKey"]) == 40
        assert len(credentials["SessionToken"]) == 128
        assert credentials["Expiration"] == datetime.fromtimestamp(account.now + 900, tz=UTC)
        user = answer["AssumedRoleUser"]
        assert user["Arn"] == (
            "arn:aws:sts::123456789012:assumed-role/gatehouse-data-hello/alice-1"
        )
        assert user["AssumedRoleId"].startswith("AROA")
        assert user["AssumedRoleId"].endswith(":alice-1")
        assert answer["SessionTokenSize"] == len(credentials["SessionToken"])
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert "PackedPolicySize" not in answer

    def test_the_session_carries_tags_policy_and_source_identity(
        self, account: Any, inline_policy: str
    ) -> None:
        answer = account.client().assume_role(
            **WISH, Tags=TAGS, Policy=inline_policy, SourceIdentity="alice"
        )

        session = account.owner(answer["Credentials"])
        assert session.tags == {"team": "agents", "tenant_id": "acme", "app_id": "demo"}
        assert session.source_identity == answer["SourceIdentity"] == "alice"
        assert session.session_policies == (parse_policy(inline_policy),)
        assert session.role_name == "gatehouse-data-hello"
        assert 0 < answer["PackedPolicySize"] <= 100

    def test_the_session_policy_narrows_and_the_tags_fill_the_role_policy(
        self, account: Any, inline_policy: str
    ) -> None:
        client, tags = account.client(), {"Tags": [{"Key": "tenant_id", "Value": "globex"}]}
        wide = account.owner(client.assume_role(**WISH, Tags=TAGS)["Credentials"])
        both = account.owner(
            client.assume_role(**WISH, Tags=TAGS, Policy=inline_policy)["Credentials"]
        )
        crossed = account.owner(
            client.assume_role(**WISH, **tags, Policy=inline_policy)["Credentials"]
        )

        assert reads(wide, "acme/x", now=account.now)
        assert not reads(wide, "globex/x", now=account.now)
        assert reads(both, "acme/x", now=account.now)
        assert not reads(crossed, "acme/x", now=account.now)
        assert not reads(crossed, "globex/x", now=account.now)

    def test_a_session_tag_replaces_a_role_tag_whatever_its_case(self, account: Any) -> None:
        tags = [{"Key": "TEAM", "Value": "blue"}]
        answer = account.client().assume_role(**WISH, Tags=tags)

        assert account.owner(answer["Credentials"]).tags == {"TEAM": "blue"}

    def test_managed_session_policies_are_found_by_arn(self, account: Any) -> None:
        arn = "arn:aws:iam::123456789012:policy/nothing"
        policy = parse_policy(
            {"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}
        )
        bff = account.owner({"AccessKeyId": "AKIAGATEHOUSEBFF0000"})
        account.identities = Identities([bff], managed={arn: policy})

        answer = account.client().assume_role(**WISH, Tags=TAGS, PolicyArns=[{"arn": arn}])

        session = account.owner(answer["Credentials"])
        assert session.session_policies == (policy,)
        assert not reads(session, "acme/x", now=account.now)

    def test_a_token_can_be_asked_to_be_longer(self, account: Any) -> None:
        answer = account.client().assume_role(**WISH, MinimumSessionTokenSize=3000)

        assert len(answer["Credentials"]["SessionToken"]) == 3000

    def test_no_two_sessions_share_anything_secret(self, account: Any) -> None:
        client = account.client()
        one, two = (client.assume_role(**WISH)["Credentials"] for _ in range(2))

        for part in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            assert one[part] != two[part]


VALIDATION = [
    pytest.param({"RoleSessionName": "a b"}, r"at 'roleSessionName' .*pattern", id="a space"),
    pytest.param({"RoleSessionName": "a"}, "greater than or equal to 2", id="a short name"),
    pytest.param({"RoleSessionName": "a" * 65}, "less than or equal to 64", id="a long name"),
    pytest.param({"RoleSessionName": "alïce"}, "pattern", id="a letter outside ASCII"),
    pytest.param({"RoleSessionName": "alice\n"}, "pattern", id="a newline at the end"),
    pytest.param({"SourceIdentity": "a"}, "'sourceIdentity'", id="a short source identity"),
    pytest.param({"SourceIdentity": "a|b"}, "'sourceIdentity'", id="a source identity with |"),
    pytest.param({"DurationSeconds": 899}, "greater than or equal to 900", id="too short"),
    pytest.param({"DurationSeconds": 43201}, "less than or equal to 43200", id="too long"),
    pytest.param({"DurationSeconds": "x"}, "integer", id="not a number"),
    pytest.param({"RoleArn": "arn:aws:iam"}, "greater than or equal to 20", id="a short ARN"),
    pytest.param({"RoleArn": "arn:aws:iam::123456789012:user/bob"}, "is invalid", id="a user"),
    pytest.param({"Policy": ""}, "'policy'", id="an empty policy"),
    pytest.param({"Policy": " " * 2049}, "less than or equal to 2048", id="a long policy"),
    pytest.param({"Policy": '{"€": 1}'}, "'policy' .*pattern", id="a policy beyond U+00FF"),
    pytest.param(
        {"PolicyArns": [{"arn": f"arn:aws:iam::123456789012:policy/{n}"} for n in range(11)]},
        "'policyArns'",
        id="eleven policies",
    ),
    pytest.param(
        {"Policy": " " * 2030, "PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/p"}]},
        "less than or equal to",
        id="policy and ARNs together",
    ),
    pytest.param(
        {"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/p"}]},
        "does not exist",
        id="a policy that is not there",
    ),
    pytest.param(
        {"Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]}, "'tags'", id="51 tags"
    ),
    pytest.param({"Tags": [{"Key": "", "Value": "v"}]}, "'tags.1.member.key'", id="no key"),
    pytest.param({"Tags": [{"Key": "k" * 129, "Value": "v"}]}, "to 128", id="a long key"),
    pytest.param({"Tags": [{"Key": "k", "Value": "v" * 257}]}, "to 256", id="a long value"),
    pytest.param({"Tags": [{"Key": "k", "Value": "*"}]}, r"\\p\{L\}", id="a star"),
    pytest.param({"Tags": [{"Key": "k", "Value": "${x}"}]}, "pattern", id="a variable"),
    pytest.param({"Tags": [{"Key": "k"}]}, "Value null at .* not be null", id="no value"),
    pytest.param({"ExternalId": "a"}, "'externalId'", id="a short external id"),
    pytest.param({"ExternalId": "a b"}, "'externalId'", id="an external id with a space"),
    pytest.param({"MinimumSessionTokenSize": 4097}, "4096", id="a huge token"),
]


class TestRefusals:
    @pytest.mark.parametrize(("parameters", "message"), VALIDATION)
    def test_a_parameter_outside_its_limits(
        self, account: Any, parameters: dict[str, Any], message: str
    ) -> None:
        code, status, text = refusal(account, **parameters)

        assert (code, status) == ("ValidationError", 400)
        assert re.search(message, text)

    def test_all_violations_are_told_at_once(self, account: Any) -> None:
        _, _, text = refusal(account, RoleSessionName="a b", DurationSeconds=1)

        assert text.startswith("2 validation errors detected: Value 'a b' at 'roleSessionName'")

    def test_fifty_tags_are_not_too_many(self, account: Any) -> None:
        tags = [{"Key": f"k{n}", "Value": "v"} for n in range(50)]
        answer = account.client().assume_role(**WISH, Tags=tags)

        assert len(account.owner(answer["Credentials"]).tags) == 51

    @pytest.mark.parametrize("value", ["", "a B_.:/=+-@9", "Ünïcödé", "v" * 256])
    def test_what_a_tag_may_hold(self, account: Any, value: str) -> None:
        tags = [{"Key": "k", "Value": value}]
        answer = account.client().assume_role(**WISH, Tags=tags)

        assert account.owner(answer["Credentials"]).tags["k"] == value

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            pytest.param(
                {"Tags": [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]},
                "case insensitive",
                id="a key twice",
            ),
            pytest.param({"Tags": [{"Key": "aws:x", "Value": "a"}]}, "aws:", id="a reserved key"),
            pytest.param({"Tags": [{"Key": "x", "Value": "AWS:y"}]}, "aws:", id="a reserved value"),
            pytest.param(
                {"Tags": TAGS, "TransitiveTagKeys": ["other"]}, "included", id="a transitive key"
            ),
        ],
    )
    def test_tags_that_do_not_go_together(
        self, account: Any, parameters: dict[str, Any], message: str
    ) -> None:
        code, status, text = refusal(account, **parameters)

        assert (code, status) == ("InvalidParameterValue", 400)
        assert message in text

    @pytest.mark.parametrize("policy", ["{", "{}", '{"Statement": {"Effect": "Allow"}}'])
    def test_a_malformed_policy(self, account: Any, policy: str) -> None:
        code, status, text = refusal(account, Policy=policy)

        assert (code, status) == ("MalformedPolicyDocument", 400)
        assert text

    def test_tags_that_do_not_fit_the_packed_space(self, account: Any) -> None:
        tags = [{"Key": f"T{n}", "Value": "a" * 250} for n in range(1, 10)]
        code, status, text = refusal(account, Tags=tags)

        assert (code, status) == ("PackedPolicyTooLarge", 400)
        assert text.startswith("Packed size of session tags consumes 5")

    @pytest.mark.parametrize(("letters", "fits"), [(250, True), (251, False)])
    def test_the_packed_space_ends_at_a_hundred_percent(
        self, account: Any, letters: int, *, fits: bool
    ) -> None:
        # Two keys of ten letters: 20 + 180 + 250 letters are exactly the whole space.
        pairs = {"a" * 10: "v" * 180, "b" * 10: "v" * letters}
        parameters = WISH | {"Tags": [{"Key": k, "Value": v} for k, v in pairs.items()]}

        if fits:
            assert account.client().assume_role(**parameters)["PackedPolicySize"] == 100
        else:
            assert refusal(account, **parameters)[0] == "PackedPolicyTooLarge"

    def test_longer_than_the_role_allows(self, account: Any) -> None:
        # A user, since a role's session could not even ask for more than an hour.
        user = Principal(
            access_key_id="AKIAUSER",
            secret_access_key=Secret("user"),
            arn="arn:aws:iam::123456789012:user/ops",
            user_id="AIDAUSER",
        )
        account.identities.add(user, now=account.now)
        account.trust("gatehouse-data-hello", {"AWS": user.arn})
        client = account.client({"AccessKeyId": "AKIAUSER", "SecretAccessKey": "user"})

        assert client.assume_role(**WISH, DurationSeconds=7200)["Credentials"]
        with pytest.raises(ClientError, match="exceeds the MaxSessionDuration"):
            client.assume_role(**WISH, DurationSeconds=7201)

    def test_a_chained_session_lasts_an_hour_at_most(self, account: Any) -> None:
        code, status, text = refusal(account, DurationSeconds=3601)

        assert (code, status) == ("ValidationError", 400)
        assert "1 hour session limit for roles assumed by role chaining" in text

    def test_a_second_factor_is_never_right(self, account: Any) -> None:
        for given in ({"SerialNumber": "GAHT12345678"}, {"TokenCode": "123456"}):
            code, status, _ = refusal(account, **given)
            assert (code, status) == ("AccessDenied", 403)

    def test_a_context_that_nobody_provides(self, account: Any) -> None:
        given = [{"ProviderArn": "arn:aws:iam::aws:contextProvider/x", "ContextAssertion": "abcd"}]

        assert refusal(account, ProvidedContexts=given)[0] == "ValidationError"
