"""What the policies in infra/policies allow and, above all, what they refuse."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from devstack.aws.iam.evaluate import Allowed, Denied, Request, evaluate, trusts
from devstack.aws.iam.policy import Policy, parse_policy, parse_trust_policy
from devstack.aws.iam.principal import Caller, Reach
from devstack.aws.iam.template import filled
from devstack.aws.landscape import roles
from trust.coordinates import Coordinates, agent_name, app_id, tenant_id

POLICIES = Path(__file__).parents[4] / "infra" / "policies"
ACCOUNT = "123456789012"
RUNTIME = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:runtime/hello-a1B2c3D4e5"
BFF_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gatehouse-bff"
VALUES: dict[str, str | list[str]] = {
    "ACCOUNT": ACCOUNT,
    "REGION": "us-east-1",
    "APP": "demo",
    "AGENT": "hello",
    "TENANTS": ["acme", "globex"],
    "RUNTIME_ARN": RUNTIME,
    "BFF_ROLE_ARN": BFF_ROLE,
    "DATA_BUCKET": "gatehouse-data",
    "DATA_TABLE": "gatehouse-data",
    "SESSION_TABLE": "gatehouse-sessions",
}
TABLES = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
DATA_TABLE, SESSION_TABLE = f"{TABLES}/gatehouse-data", f"{TABLES}/gatehouse-sessions"
BUCKET = "arn:aws:s3:::gatehouse-data"
BFF = Caller(
    name=f"arn:aws:sts::{ACCOUNT}:assumed-role/gatehouse-bff/local",
    account=ACCOUNT,
    role_arn=BFF_ROLE,
)
ACME = Coordinates(app=app_id("demo"), tenant=tenant_id("acme"), agent=agent_name("hello"))

KNOWN = roles(POLICIES)

Context = Mapping[str, tuple[str, ...]]


def text_of(name: str) -> str:
    return filled((POLICIES / name).read_text(encoding="utf-8"), VALUES)


def role_policy(name: str) -> Policy:
    return parse_policy(text_of(name))


def tagged(tags: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {f"aws:PrincipalTag/{key}": (value,) for key, value in tags.items()}


def may(policy: Policy, action: str, resource: str, context: Context | None = None) -> bool:
    request = Request(action=action, resource=resource, context=context or {})
    return isinstance(evaluate(request, identity=[policy]), Allowed)


class TestDataRole:
    POLICY = role_policy("data-role.json")

    @pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
    def test_objects_below_the_own_prefix_are_open(self, action: str) -> None:
        resource = f"{BUCKET}/{ACME.prefix}notes/1.txt"

        assert may(self.POLICY, action, resource, tagged(ACME.tags))

    @pytest.mark.parametrize(
        "key",
        [
            pytest.param("demo/globex/hello/x", id="the neighbour tenant"),
            pytest.param("demo/acme2/hello/x", id="a tenant whose name begins alike"),
            pytest.param("demo/acm/hello/x", id="a tenant whose name ends sooner"),
            pytest.param("demo/acme/ledger/x", id="another agent"),
            pytest.param("demo/acme/hello2/x", id="an agent whose name begins alike"),
            pytest.param("other/acme/hello/x", id="another app"),
            pytest.param("demo/acme/hello", id="the prefix without its slash"),
            pytest.param("x/demo/acme/hello/x", id="the prefix further in"),
            pytest.param("Demo/Acme/Hello/x", id="other letters"),
        ],
    )
    def test_objects_elsewhere_are_closed(self, key: str) -> None:
        assert not may(self.POLICY, "s3:GetObject", f"{BUCKET}/{key}", tagged(ACME.tags))

    @pytest.mark.parametrize("bucket", ["gatehouse-data2", "gatehouse", "other"])
    def test_other_buckets_are_closed(self, bucket: str) -> None:
        resource = f"arn:aws:s3:::{bucket}/{ACME.prefix}x"

        assert not may(self.POLICY, "s3:GetObject", resource, tagged(ACME.tags))

    @pytest.mark.parametrize("missing", ["app_id", "tenant_id", "agent_name"])
    def test_a_session_that_lacks_a_tag_reaches_no_object(self, missing: str) -> None:
        without = {key: value for key, value in ACME.tags.items() if key != missing}
        empty = ACME.tags | {missing: ""}

        for tags in (without, empty):
            prefix = "/".join(tags.get(key, "") for key in ("app_id", "tenant_id", "agent_name"))
            assert not may(self.POLICY, "s3:GetObject", f"{BUCKET}/{prefix}/x", tagged(tags))

    @pytest.mark.parametrize("tenant", ["*", "ac*", "????", "${aws:PrincipalTag/app_id}"])
    def test_a_tenant_named_like_a_pattern_reaches_nobody_else(self, tenant: str) -> None:
        context = tagged(ACME.tags | {"tenant_id": tenant})

        assert not may(self.POLICY, "s3:GetObject", f"{BUCKET}/demo/acme/hello/x", context)

    @pytest.mark.parametrize(
        "action", ["s3:PutObjectAcl", "s3:GetObjectVersion", "s3:PutBucketPolicy", "s3:*"]
    )
    def test_other_actions_on_objects_are_closed(self, action: str) -> None:
        resource = f"{BUCKET}/{ACME.prefix}x"

        assert not may(self.POLICY, action, resource, tagged(ACME.tags))

    @pytest.mark.parametrize(
        ("prefix", "listed"),
        [
            ("demo/acme/hello/", True),
            ("demo/acme/hello/notes/", True),
            ("demo/acme/hello", False),
            ("demo/acme2/hello/", False),
            ("demo/globex/hello/", False),
            ("demo/acme/", False),
            ("", False),
            (None, False),
        ],
    )
    def test_only_the_own_prefix_can_be_listed(self, prefix: str | None, *, listed: bool) -> None:
        asked = {} if prefix is None else {"s3:prefix": (prefix,)}

        assert may(self.POLICY, "s3:ListBucket", BUCKET, tagged(ACME.tags) | asked) is listed

    @pytest.mark.parametrize("action", ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"])
    def test_items_of_the_own_partition_are_open(self, action: str) -> None:
        context = tagged(ACME.tags) | {"dynamodb:LeadingKeys": (ACME.partition,)}

        assert may(self.POLICY, f"dynamodb:{action}", DATA_TABLE, context)

    @pytest.mark.parametrize(
        "keys",
        [
            pytest.param(("APP#demo#TENANT#globex",), id="the neighbour tenant"),
            pytest.param(("APP#demo#TENANT#acme2",), id="a name that begins alike"),
            pytest.param(("APP#other#TENANT#acme",), id="another app"),
            pytest.param((ACME.partition, "APP#demo#TENANT#globex"), id="one of two keys"),
            pytest.param((), id="an empty set of keys"),
            pytest.param(("",), id="an empty key"),
            pytest.param(None, id="no key at all, as in a Scan"),
        ],
    )
    def test_items_of_other_partitions_are_closed(self, keys: tuple[str, ...] | None) -> None:
        asked = {} if keys is None else {"dynamodb:LeadingKeys": keys}

        assert not may(self.POLICY, "dynamodb:Query", DATA_TABLE, tagged(ACME.tags) | asked)

    @pytest.mark.parametrize(
        "action", ["Scan", "PartiQLSelect", "BatchGetItem", "ConditionCheckItem", "DeleteTable"]
    )
    def test_scans_partiql_and_the_rest_are_closed(self, action: str) -> None:
        context = tagged(ACME.tags) | {"dynamodb:LeadingKeys": (ACME.partition,)}

        assert not may(self.POLICY, f"dynamodb:{action}", DATA_TABLE, context)

    def test_the_session_table_and_indexes_are_closed(self) -> None:
        context = tagged(ACME.tags) | {"dynamodb:LeadingKeys": (ACME.partition,)}

        assert not may(self.POLICY, "dynamodb:GetItem", SESSION_TABLE, context)
        assert not may(self.POLICY, "dynamodb:Query", f"{DATA_TABLE}/index/by-name", context)


class TestInvokeRole:
    POLICY = role_policy("invoke-role.json")
    INVOKE = "bedrock-agentcore:InvokeAgentRuntime"

    @pytest.mark.parametrize("resource", [RUNTIME, f"{RUNTIME}/runtime-endpoint/DEFAULT"])
    @pytest.mark.parametrize("action", ["InvokeAgentRuntime", "StopRuntimeSession"])
    def test_this_runtime_and_its_endpoints_are_open(self, action: str, resource: str) -> None:
        assert may(self.POLICY, f"bedrock-agentcore:{action}", resource, tagged(ACME.tags))

    @pytest.mark.parametrize(
        "resource",
        [
            f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:runtime/ledger-f6G7h8I9j0",
            f"{RUNTIME}2",
            RUNTIME.replace("us-east-1", "eu-west-1"),
            RUNTIME.replace(ACCOUNT, "999999999999"),
        ],
    )
    def test_other_runtimes_are_closed(self, resource: str) -> None:
        assert not may(self.POLICY, self.INVOKE, resource, tagged(ACME.tags))

    @pytest.mark.parametrize(
        "action", ["InvokeAgentRuntimeCommand", "InvokeAgentRuntimeForUser", "GetAgentRuntime"]
    )
    def test_shells_and_other_users_are_closed(self, action: str) -> None:
        assert not may(self.POLICY, f"bedrock-agentcore:{action}", RUNTIME, tagged(ACME.tags))

    @pytest.mark.parametrize(
        "tags",
        [
            pytest.param({}, id="no tags"),
            pytest.param({**ACME.tags, "agent_name": "ledger"}, id="another agent"),
            pytest.param({**ACME.tags, "app_id": "other"}, id="another app"),
            pytest.param({"app_id": "demo", "agent_name": "hello"}, id="no tenant"),
            pytest.param({**ACME.tags, "tenant_id": ""}, id="an empty tenant"),
        ],
    )
    def test_sessions_with_other_tags_are_refused(self, tags: dict[str, str]) -> None:
        assert not may(self.POLICY, self.INVOKE, RUNTIME, tagged(tags))


class TestContainersRole:
    """What the BFF's own process may do, and both functions that open grants together."""

    POLICY: ClassVar = KNOWN.bff.policies

    def may(self, action: str, resource: str, context: Context | None = None) -> bool:
        request = Request(action=action, resource=resource, context=context or {})
        return isinstance(evaluate(request, identity=self.POLICY), Allowed)

    @pytest.mark.parametrize("action", ["AssumeRole", "TagSession", "SetSourceIdentity"])
    @pytest.mark.parametrize("role", ["gatehouse-invoke-hello", "gatehouse-data-ledger"])
    def test_grants_of_the_own_app_can_be_opened(self, action: str, role: str) -> None:
        resource = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        context = {"aws:RequestTag/app_id": ("demo",)}

        assert self.may(f"sts:{action}", resource, context)
        assert not self.may(f"sts:{action}", resource)

    @pytest.mark.parametrize(
        "role",
        [
            *("admin", "gatehouse-runtime", "gatehouse-bff", "gatehouse-operator"),
            *("x/gatehouse-data-hello", "gatehouse-data-hello2", "gatehouse-data-unheard"),
        ],
    )
    def test_other_roles_cannot_be_assumed(self, role: str) -> None:
        resource = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        context = {"aws:RequestTag/app_id": ("demo",)}

        assert not self.may("sts:AssumeRole", resource, context)

    @pytest.mark.parametrize(
        "action", ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query"]
    )
    def test_sessions_are_kept_item_by_item(self, action: str) -> None:
        assert self.may(f"dynamodb:{action}", SESSION_TABLE)
        assert not self.may(f"dynamodb:{action}", DATA_TABLE)

    @pytest.mark.parametrize("action", ["Scan", "PartiQLSelect", "DeleteTable", "BatchWriteItem"])
    def test_the_session_table_is_never_read_as_a_whole(self, action: str) -> None:
        assert not self.may(f"dynamodb:{action}", SESSION_TABLE)

    def test_the_bff_itself_has_no_tenant_data(self) -> None:
        assert not self.may("s3:GetObject", f"{BUCKET}/{ACME.prefix}x", tagged(ACME.tags))


TRUSTED: dict[str, tuple[str, ...]] = {
    **{f"aws:RequestTag/{key}": (value,) for key, value in ACME.tags.items()},
    "aws:TagKeys": tuple(ACME.tags),
    "sts:SourceIdentity": ("alice",),
    "sts:RoleSessionName": ("alice-1",),
}


@pytest.mark.parametrize("name", ["invoke-trust.json", "data-trust.json"])
class TestGrantTrust:
    @pytest.mark.parametrize("action", ["AssumeRole", "TagSession", "SetSourceIdentity"])
    def test_the_bff_is_trusted_with_tags_and_source_identity(self, name: str, action: str) -> None:
        decision = trusts(parse_trust_policy(text_of(name)), BFF, f"sts:{action}", TRUSTED)

        assert decision == Allowed()
        assert isinstance(decision, Allowed)
        assert decision.reach is Reach.ROLE

    @pytest.mark.parametrize("missing", sorted(TRUSTED.keys() - {"sts:RoleSessionName"}))
    def test_nothing_of_it_may_be_missing(self, name: str, missing: str) -> None:
        policy = parse_trust_policy(text_of(name))
        context = {key: values for key, values in TRUSTED.items() if key != missing}

        for action in ("AssumeRole", "TagSession", "SetSourceIdentity"):
            decision = trusts(policy, BFF, f"sts:{action}", context)
            assert decision == Denied(reason="implicit", where="trust")

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"aws:RequestTag/tenant_id": ("initech",)}, id="a tenant without access"),
            pytest.param({"aws:RequestTag/tenant_id": ("*",)}, id="a wildcard tenant"),
            pytest.param({"aws:RequestTag/tenant_id": ("acme2",)}, id="a name that begins alike"),
            pytest.param({"aws:RequestTag/tenant_id": ("Acme",)}, id="other letters"),
            pytest.param({"aws:RequestTag/tenant_id": ("",)}, id="an empty tenant"),
            pytest.param({"aws:RequestTag/agent_name": ("ledger",)}, id="another agent"),
            pytest.param({"aws:RequestTag/app_id": ("other",)}, id="another app"),
            pytest.param({"aws:TagKeys": (*ACME.tags, "admin")}, id="one tag too many"),
            pytest.param({"sts:SourceIdentity": ("",)}, id="an empty source identity"),
        ],
    )
    def test_nothing_of_it_may_be_different(
        self, name: str, change: dict[str, tuple[str, ...]]
    ) -> None:
        policy = parse_trust_policy(text_of(name))

        assert isinstance(trusts(policy, BFF, "sts:AssumeRole", TRUSTED | change), Denied)

    @pytest.mark.parametrize(
        "caller",
        [
            pytest.param(
                Caller(
                    name=f"arn:aws:sts::{ACCOUNT}:assumed-role/gatehouse-runtime/x",
                    account=ACCOUNT,
                    role_arn=f"arn:aws:iam::{ACCOUNT}:role/gatehouse-runtime",
                ),
                id="the runtime's own role",
            ),
            pytest.param(
                Caller(name=f"arn:aws:iam::{ACCOUNT}:user/admin", account=ACCOUNT), id="a user"
            ),
            pytest.param(
                Caller(kind="Service", name="bedrock-agentcore.amazonaws.com"), id="a service"
            ),
        ],
    )
    def test_nobody_else_is_trusted(self, name: str, caller: Caller) -> None:
        policy = parse_trust_policy(text_of(name))

        assert isinstance(trusts(policy, caller, "sts:AssumeRole", TRUSTED), Denied)


class TestRuntimeRole:
    POLICY = role_policy("runtime-role.json")
    LOGS = (
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/bedrock-agentcore/runtimes/hello-DEFAULT"
    )

    def test_its_logs_are_all_it_may_write(self) -> None:
        for action in ("logs:CreateLogGroup", "logs:DescribeLogStreams"):
            assert may(self.POLICY, action, self.LOGS)
        assert may(self.POLICY, "logs:CreateLogStream", f"{self.LOGS}:log-stream:1")
        assert may(self.POLICY, "logs:PutLogEvents", f"{self.LOGS}:log-stream:1")
        assert not may(self.POLICY, "logs:GetLogEvents", f"{self.LOGS}:log-stream:1")

    @pytest.mark.parametrize(
        ("action", "resource"),
        [
            ("s3:GetObject", f"{BUCKET}/{ACME.prefix}x"),
            ("s3:ListBucket", BUCKET),
            ("dynamodb:GetItem", DATA_TABLE),
            ("dynamodb:GetItem", SESSION_TABLE),
            ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/gatehouse-data-hello"),
            ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME),
        ],
    )
    def test_it_has_no_tenant_data_even_with_tags(self, action: str, resource: str) -> None:
        context = tagged(ACME.tags) | {
            "dynamodb:LeadingKeys": (ACME.partition,),
            "s3:prefix": (ACME.prefix,),
        }

        assert not may(self.POLICY, action, resource, context)

    def test_only_the_service_for_this_account_may_assume_it(self) -> None:
        policy = parse_trust_policy(text_of("runtime-trust.json"))
        service = Caller(kind="Service", name="bedrock-agentcore.amazonaws.com")
        source: dict[str, Any] = {
            "aws:SourceAccount": (ACCOUNT,),
            "aws:SourceArn": (RUNTIME,),
        }

        assert trusts(policy, service, "sts:AssumeRole", source) == Allowed()
        for key, value in {"Account": "999999999999", "Arn": "arn:aws:s3:::b"}.items():
            elsewhere = source | {f"aws:Source{key}": (value,)}
            assert isinstance(trusts(policy, service, "sts:AssumeRole", elsewhere), Denied)
        assert isinstance(trusts(policy, service, "sts:AssumeRole", {}), Denied)
        assert isinstance(trusts(policy, BFF, "sts:AssumeRole", source), Denied)
