"""Who may assume a role, and what is passed on (IAM User Guide: "Role chaining").

Sections: "Permissions required to add session tags", "Permissions required to set source
identity", "Chaining roles with session tags", "IAM and AWS STS condition context keys".
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.iam.policy import parse_policy
from fakes.role_wish import DATA, TAGS, WISH, refusal


class TestAuthorization:
    def test_a_role_that_is_not_there_looks_like_one_that_does_not_trust(
        self, account: Any
    ) -> None:
        missing = "arn:aws:iam::123456789012:role/nobody"
        code, status, text = refusal(account, RoleArn=missing)

        assert (code, status) == ("AccessDenied", 403)
        assert f"not authorized to perform: sts:AssumeRole on resource: {missing}" in text

    def test_a_role_that_does_not_trust_the_caller(self, account: Any) -> None:
        code, status, text = refusal(
            account, RoleArn="arn:aws:iam::123456789012:role/gatehouse-bff"
        )

        assert (code, status) == ("AccessDenied", 403)
        assert "because no role trust policy allows the sts:AssumeRole action" in text

    @pytest.mark.parametrize(
        ("actions", "parameters", "missing"),
        [
            (["sts:TagSession"], {}, "sts:AssumeRole"),
            (["sts:AssumeRole"], {"Tags": TAGS}, "sts:TagSession"),
            (["sts:AssumeRole"], {"SourceIdentity": "alice"}, "sts:SetSourceIdentity"),
        ],
    )
    def test_a_trust_policy_that_leaves_an_action_out(
        self, account: Any, actions: list[str], parameters: dict[str, Any], missing: str
    ) -> None:
        bff = {"AWS": "arn:aws:iam::123456789012:role/gatehouse-bff"}
        account.trust("gatehouse-data-hello", bff, Action=actions)

        code, _, text = refusal(account, **parameters)

        assert code == "AccessDenied"
        assert f"because no role trust policy allows the {missing} action" in text

    @pytest.mark.parametrize(
        ("actions", "parameters", "missing"),
        [
            ([], {}, "sts:AssumeRole"),
            (["sts:AssumeRole"], {"Tags": TAGS}, "sts:TagSession"),
            (["sts:AssumeRole"], {"SourceIdentity": "alice"}, "sts:SetSourceIdentity"),
        ],
    )
    def test_where_the_account_is_trusted_the_callers_policy_must_allow_too(
        self, account: Any, actions: list[str], parameters: dict[str, Any], missing: str
    ) -> None:
        account.trust("gatehouse-data-hello", {"AWS": "123456789012"})
        client = account.client(account.narrow_key(*actions))

        message = f"no identity-based policy allows the {missing} action"
        with pytest.raises(ClientError, match=message):
            client.assume_role(**WISH, **parameters)

    def test_a_role_that_is_named_needs_no_policy_of_its_own_except_for_source_identity(
        self, account: Any
    ) -> None:
        client = account.client(account.narrow_key())

        assert client.assume_role(**WISH, Tags=TAGS)["Credentials"]
        with pytest.raises(ClientError, match="sts:SetSourceIdentity"):
            client.assume_role(**WISH, SourceIdentity="alice")

    def test_conditions_see_tags_names_and_ids_of_the_request(self, account: Any) -> None:
        bff = {"AWS": "arn:aws:iam::123456789012:role/gatehouse-bff"}
        condition = {
            "StringEquals": {
                "aws:RequestTag/tenant_id": "acme",
                "sts:RoleSessionName": "alice-1",
                "sts:SourceIdentity": "alice",
                "sts:ExternalId": "Example987",
                "aws:ResourceTag/team": "agents",
                "aws:PrincipalAccount": "123456789012",
            },
            "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id", "app_id"]},
            "ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "tenant_id"},
            "ArnEquals": {"aws:PrincipalArn": bff["AWS"]},
        }
        account.trust("gatehouse-data-hello", bff, Condition=condition)
        right: dict[str, Any] = {
            "Tags": TAGS,
            "TransitiveTagKeys": ["tenant_id"],
            "SourceIdentity": "alice",
            "ExternalId": "Example987",
        }

        assert account.client().assume_role(**WISH, **right)["Credentials"]
        for name in right:
            rest = {key: value for key, value in right.items() if key != name}
            if name == "Tags":
                del rest["TransitiveTagKeys"]
            assert refusal(account, **rest)[0] == "AccessDenied"

    def test_nobody_learns_more_of_a_role_than_they_may(self, account: Any) -> None:
        account.trust("gatehouse-data-hello", {"AWS": "999999999999"})

        assert refusal(account, DurationSeconds=43200)[0] == "AccessDenied"
        assert refusal(account, Policy="{")[0] == "AccessDenied"


class TestChaining:
    NEXT = "arn:aws:iam::123456789012:role/gatehouse-next"

    @pytest.fixture
    def chained(self, account: Any) -> Any:
        """A client that holds a session with a transitive tag and a source identity."""
        allow = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
        policies = (parse_policy({"Statement": allow}),)
        data = account.replace_role("gatehouse-data-hello", policies=policies)
        account.roles["gatehouse-next"] = data
        account.replace_role(
            "gatehouse-next", name="gatehouse-next", arn=self.NEXT, tags={"tenant_id": "role"}
        )
        account.trust("gatehouse-next", {"AWS": data.arn})
        answer = account.client().assume_role(
            **WISH, Tags=TAGS, TransitiveTagKeys=["tenant_id"], SourceIdentity="alice"
        )
        return account.client(answer["Credentials"])

    def follow(self, client: Any, **parameters: Any) -> Any:
        return client.assume_role(RoleArn=self.NEXT, RoleSessionName="next", **parameters)

    def test_transitive_tags_and_source_identity_are_passed_on(
        self, account: Any, chained: Any
    ) -> None:
        session = account.owner(self.follow(chained)["Credentials"])

        assert session.tags == {"tenant_id": "acme"}
        assert session.transitive_tag_keys == ("tenant_id",)
        assert session.source_identity == "alice"

    def test_they_cannot_be_changed(self, chained: Any) -> None:
        with pytest.raises(ClientError, match="conflicts with a transitive tag key"):
            self.follow(chained, Tags=[{"Key": "Tenant_Id", "Value": "globex"}])
        with pytest.raises(ClientError, match="source identity is already set"):
            self.follow(chained, SourceIdentity="bob")

    def test_passing_them_on_needs_the_same_permissions(self, account: Any, chained: Any) -> None:
        account.trust("gatehouse-next", {"AWS": DATA}, Action="sts:AssumeRole")

        with pytest.raises(ClientError, match="sts:TagSession"):
            self.follow(chained)

    def test_a_session_policy_without_assume_role_ends_the_chain(
        self, account: Any, chained: Any, inline_policy: str
    ) -> None:
        narrow = account.client(
            account.client().assume_role(**WISH, Policy=inline_policy)["Credentials"]
        )

        assert chained
        with pytest.raises(ClientError, match="no session policy allows the sts:AssumeRole"):
            self.follow(narrow)

    def test_credentials_are_refused_once_they_expired(self, account: Any) -> None:
        credentials = account.client().assume_role(**WISH, DurationSeconds=900)["Credentials"]
        assert account.owner(credentials)

        account.now += 900

        with pytest.raises(Exception, match="expired") as caught:
            account.owner(credentials)
        assert getattr(caught.value, "code", "") == "ExpiredToken"
