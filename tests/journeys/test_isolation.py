"""One tenant and no other: asked of the local AWS with the very grants that a turn gets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import boto3
import pytest
from botocore.exceptions import ClientError

from devstack.dev.stack import Stack
from fakes.aws_region import region_at
from journeys.visitor import SESSION, Visitor, said
from trust.aws.environment import NEVER
from trust.aws.sts.vendor import AssumeRole
from trust.clock import NumericDate, SystemClock
from trust.coordinates import AgentName, AppId, TenantId
from trust.grant.grants import Grants
from trust.grant.record import Credentials, GrantDenied
from trust.registry.file import FileRegistry, load_registry
from trust.registry.record import Agent
from trust.secret import Secret
from trust.session.record import Identity, Owner, Session, TokenSet
from trust.wire.client import LeanWire
from trust.wire.tls import verified

pytestmark = pytest.mark.journey

ACME, GLOBEX = "APP#demo#TENANT#acme", "APP#demo#TENANT#globex"
BUCKET = TABLE = "gatehouse-data"

Bought = TypeVar("Bought")


def session_of(tenant: str) -> Session:
    """Return a session of somebody of the tenant, as the BFF would hold it."""
    end = NumericDate(2_000_000_000)
    return Session(
        owner=Owner(app=AppId("demo"), tenant=TenantId(tenant), subject="s" * 22),
        id=Secret("i" * 43),
        version=1,
        identity=Identity(issuer="https://login.test", sub="somebody", auth_time=end),
        tokens=TokenSet(access_token=Secret("t"), expires_at=None),
        created_at=end,
        seen_at=end,
        idle_expires_at=end,
        ends_at=end,
    )


def client(local: Stack, service: str, who: Credentials | None = None) -> Any:
    """Return a real AWS client of the local AWS; of the BFF itself if no grant is given."""
    own = local.secrets
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=local.plan.aws,
        region_name="us-east-1",
        aws_access_key_id=who.access_key_id if who else own.access_key_id,
        aws_secret_access_key=who.secret_access_key.reveal() if who else own.secret_access_key,
        aws_session_token=who.session_token.reveal() if who and who.session_token else None,
    )


def registry(local: Stack) -> FileRegistry:
    """Return the registry that the stack's BFF reads."""
    del local
    from devstack.dev.plan import HERE

    return load_registry(HERE / "src" / "devstack" / "registry.toml")


def agent(local: Stack, name: str) -> Agent:
    """Return one of the agents."""
    return next(a for a in asyncio.run(registry(local).agents()) if a.name == AgentName(name))


def buy(local: Stack, ask: Callable[[Grants], Awaitable[Bought]]) -> Bought:
    """Ask for one of the BFF's own grants, at the local STS."""
    own = Credentials(
        access_key_id=local.secrets.access_key_id,
        secret_access_key=Secret(local.secrets.secret_access_key),
        session_token=None,
        expires_at=NEVER,
    )

    async def asked() -> Bought:
        wire, clock = LeanWire(verified()), SystemClock()
        sts = region_at(local.plan.aws, wire, clock, own).sts()
        try:
            return await ask(Grants(AssumeRole(caller=sts, seconds=900), clock))
        finally:
            await wire.close()

    return asyncio.run(asked())


@pytest.fixture
def data(local: Stack) -> Callable[[str], Credentials]:
    """The data grant of a tenant for the agent `hello`."""

    def bought(tenant: str) -> Credentials:
        hello = agent(local, "hello")
        found = buy(local, lambda grants: grants.data(session_of(tenant), hello))
        assert found is not None
        return found

    return bought


def code_of(work: Callable[[], object]) -> str:
    """Return AWS's error code, or `allowed`."""
    try:
        work()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


def s3_calls(s3: Any, prefix: str) -> dict[str, Callable[[], object]]:
    """Return every way to touch a tenant's objects."""
    key = f"{prefix}notes/one.txt"
    return {
        "put": lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=b"x"),
        "get": lambda: s3.get_object(Bucket=BUCKET, Key=key),
        "head": lambda: s3.head_object(Bucket=BUCKET, Key=key),
        "list": lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix),
        "copy": lambda: s3.copy_object(
            Bucket=BUCKET, Key=f"{key}.copy", CopySource={"Bucket": BUCKET, "Key": key}
        ),
        "delete": lambda: s3.delete_object(Bucket=BUCKET, Key=key),
        "delete many": lambda: refused_keys(
            s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})
        ),
    }


def refused_keys(answer: Any) -> None:
    """Raise what a multi-object delete only mentions."""
    for error in answer.get("Errors", []):
        raise ClientError({"Error": {"Code": error["Code"]}}, "DeleteObjects")


def table_calls(dynamodb: Any, partition: str) -> dict[str, Callable[[], object]]:
    """Return every way to touch a tenant's partition."""
    key = {"pk": {"S": partition}, "sk": {"S": "ONE"}}
    values = {":pk": {"S": partition}}
    return {
        "put": lambda: dynamodb.put_item(TableName=TABLE, Item=key),
        "get": lambda: dynamodb.get_item(TableName=TABLE, Key=key),
        "update": lambda: dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": {"S": "1"}},
        ),
        "query": lambda: dynamodb.query(
            TableName=TABLE,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=values,
        ),
        "delete": lambda: dynamodb.delete_item(TableName=TABLE, Key=key),
    }


def test_a_data_grant_does_everything_to_its_own_prefix(
    local: Stack, data: Callable[[str], Credentials]
) -> None:
    calls = s3_calls(client(local, "s3", data("globex")), "demo/globex/hello/")

    outcomes = {name: code_of(call) for name, call in calls.items()}

    assert set(outcomes.values()) == {"allowed"}, outcomes


@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("demo/acme/hello/", id="the neighbour"),
        pytest.param("demo/globex/ledger/", id="another agent"),
        pytest.param("demo/globex2/hello/", id="a tenant whose name begins alike"),
        pytest.param("other/globex/hello/", id="another app"),
        pytest.param("demo/globex/hello/../../acme/hello/", id="dots"),
        pytest.param("", id="everything"),
    ],
)
def test_a_data_grant_does_nothing_to_another_prefix(
    local: Stack, data: Callable[[str], Credentials], prefix: str
) -> None:
    own = client(local, "s3", data("globex"))

    outcomes = {name: code_of(call) for name, call in s3_calls(own, prefix).items()}

    if prefix.startswith("demo/globex/hello/"):
        # To S3 dots are characters like any other: such a key still is below the own prefix.
        assert set(outcomes.values()) == {"allowed"}
    else:
        assert not [n for n, code in outcomes.items() if code not in {"AccessDenied", "403"}]


def test_a_data_grant_does_everything_to_its_own_partition(
    local: Stack, data: Callable[[str], Credentials]
) -> None:
    calls = table_calls(client(local, "dynamodb", data("globex")), GLOBEX)

    outcomes = {name: code_of(call) for name, call in calls.items()}

    assert set(outcomes.values()) == {"allowed"}, outcomes


def test_a_data_grant_does_nothing_to_another_partition(
    local: Stack, data: Callable[[str], Credentials]
) -> None:
    dynamodb = client(local, "dynamodb", data("globex"))
    batch = {TABLE: {"Keys": [{"pk": {"S": ACME}, "sk": {"S": "ONE"}}]}}
    calls = table_calls(dynamodb, ACME) | {
        "scan": lambda: dynamodb.scan(TableName=TABLE),
        "batch": lambda: dynamodb.batch_get_item(RequestItems=batch),
        "PartiQL": lambda: dynamodb.execute_statement(Statement='SELECT * FROM "gatehouse-data"'),
        "transaction": lambda: dynamodb.transact_get_items(
            TransactItems=[{"Get": {"TableName": TABLE, "Key": batch[TABLE]["Keys"][0]}}]
        ),
        "sessions": lambda: dynamodb.get_item(
            TableName="gatehouse-sessions", Key={"pk": {"S": GLOBEX}, "sk": {"S": "CUTOFF"}}
        ),
    }

    outcomes = {name: code_of(call) for name, call in calls.items()}

    assert set(outcomes.values()) == {"AccessDeniedException"}, outcomes


def invoke(local: Stack, who: Credentials, arn: str) -> str:
    """Call a runtime with a grant; return AWS's error code or `allowed`."""
    runtime = client(local, "bedrock-agentcore", who)
    return code_of(
        lambda: runtime.invoke_agent_runtime(
            agentRuntimeArn=arn, runtimeSessionId="s" * 40, payload=b'{"messages": []}'
        )
    )


def test_no_grant_of_globex_calls_an_agent_that_is_not_in_its_registry(
    local: Stack, data: Callable[[str], Credentials]
) -> None:
    hello, ledger = agent(local, "hello"), agent(local, "ledger")
    caller = buy(local, lambda grants: grants.caller(session_of("globex"), hello))

    assert invoke(local, caller, ledger.runtime_arn) == "AccessDeniedException"
    assert invoke(local, data("globex"), ledger.runtime_arn) == "AccessDeniedException"
    assert invoke(local, data("globex"), hello.runtime_arn) == "AccessDeniedException"


def test_sts_itself_refuses_globex_the_role_of_an_agent_of_acme(local: Stack) -> None:
    ledger = agent(local, "ledger")
    with pytest.raises(GrantDenied):
        buy(local, lambda grants: grants.caller(session_of("globex"), ledger))


@pytest.mark.parametrize("name", ["*", "acme*", "?cme", "acm?", "${aws:username}", "ACME", "acme/"])
def test_a_hostile_tenant_name_gets_no_role_even_past_our_own_checks(
    local: Stack, name: str
) -> None:
    sts = client(local, "sts")
    tags = {"app_id": "demo", "tenant_id": name, "agent_name": "hello"}

    code = code_of(
        lambda: sts.assume_role(
            RoleArn="arn:aws:iam::123456789012:role/gatehouse-data-hello",
            RoleSessionName="hostile",
            SourceIdentity="hostile",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    )

    assert code in {"AccessDenied", "ValidationError"}


def test_a_chat_of_the_other_tenant_is_as_unknown_as_one_that_never_was(
    visitor: Callable[[str], Visitor],
) -> None:
    alice, carol = visitor("alice@acme.test"), visitor("carol@globex.test")
    chat = alice.ask("hello").headers["chat-id"]
    never = chat[:-1] + ("0" if chat[-1] != "0" else "1")

    def answers(chat_id: str) -> list[dict[str, Any]]:
        found = [
            carol.ask("hello", **{"Chat-Id": chat_id}),
            carol.send("POST", f"/api/chats/{chat_id}/stop"),
            carol.send("DELETE", f"/api/chats/{chat_id}"),
        ]
        return [{**answer.json(), "request_id": ""} for answer in found]

    assert answers(chat) == answers(never)
    assert {answer["code"] for answer in answers(chat)} == {"chat_unknown"}
    assert alice.ask("still mine", **{"Chat-Id": chat}).status_code == 200


def test_a_colleague_does_not_see_or_continue_my_chat(visitor: Callable[[str], Visitor]) -> None:
    alice, bob = visitor("alice@acme.test"), visitor("bob@acme.test")
    chat = alice.ask("hello").headers["chat-id"]

    assert bob.ask("hello", **{"Chat-Id": chat}).json()["code"] == "chat_unknown"
    assert chat not in bob.send("GET", "/api/chats").text


@pytest.mark.parametrize("part", [1, 2])
def test_a_cookie_with_the_others_hint_finds_nothing(
    visitor: Callable[[str], Visitor], part: int
) -> None:
    alice, carol = visitor("alice@acme.test"), visitor("carol@globex.test")
    mine, theirs = (who.cookies[SESSION].split(".") for who in (carol, alice))
    mine[part] = theirs[part]
    carol.cookies[SESSION] = ".".join(mine)

    assert carol.send("GET", "/api/agents").json()["code"] == "not_logged_in"


def test_headers_that_name_another_tenant_change_nothing(
    local: Stack, visitor: Callable[[str], Visitor], data: Callable[[str], Credentials]
) -> None:
    carol = visitor("carol@globex.test")
    forged = {
        "X-Tenant-Id": "acme",
        "x_tenant_id": "acme",
        "X-App-Id": "other",
        "X-Forwarded-User": "alice",
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "x" * 40,
        "X-Amzn-Bedrock-AgentCore-Runtime-User-Id": "alice",
        "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant": "e30",
    }

    carol.ask("note globex was here", **forged)

    acme = client(local, "s3", data("acme"))
    listed = acme.list_objects_v2(Bucket=BUCKET, Prefix="demo/acme/hello/").get("Contents", [])
    bodies = [acme.get_object(Bucket=BUCKET, Key=e["Key"])["Body"].read() for e in listed]
    assert not [body for body in bodies if b"globex was here" in body]
    assert "globex was here" in said(carol.ask("what do you remember?"))
