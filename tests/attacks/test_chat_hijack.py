"""Chat hijack: nobody gets into a conversation of somebody else, by whatever way."""

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import ALICE, BOB, CAROL, Person

SESSION_ID = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


@pytest.fixture
async def chat_id(alice: Browser) -> str:
    """Begin a chat of Alice's."""
    found = (await alice.say("hello")).header("chat-id")
    assert found is not None
    return found


async def strangers(house: House, person: Person) -> Browser:
    browser = house.browser()
    await browser.login(person)
    return browser


def told(answer: Answer) -> tuple[int, dict[str, object]]:
    """Return all that an answer tells, but for its request id."""
    members = dict(problem_of(answer))
    del members["request_id"]
    return answer.status, members


@pytest.mark.parametrize("person", [BOB, CAROL], ids=["same tenant", "other tenant"])
async def test_chat_hijack_by_its_id(house: House, chat_id: str, person: Person) -> None:
    stranger = await strangers(house, person)
    nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    theirs = await stranger.say("hello", headers=[("Chat-Id", chat_id)])
    unknown = await stranger.say("hello", headers=[("Chat-Id", nobodys)])

    assert told(theirs) == told(unknown)
    assert told(theirs)[1]["code"] == "chat_unknown"
    assert len(house.runtime.invocations) == 1


async def test_chat_hijack_by_the_runtime_session_id(
    house: House, alice: Browser, chat_id: str
) -> None:
    known = house.runtime.sessions[0]
    bob = await strangers(house, BOB)

    for name in (SESSION_ID, SESSION_ID.lower(), SESSION_ID.replace("-", "_")):
        await bob.say("hello", headers=[(name, known)])
    body = b'{"prompt": "hi", "runtimeSessionId": "%s", "threadId": "x"}' % known.encode()
    await bob.say("hello", body)
    headers = [*FETCH, *bob.cookies()]
    await house.browser().fetch(
        "POST",
        f"/api/agents/hello/invocations?runtimeSessionId={known}&qualifier=evil",
        headers=headers,
        body=b"{}",
    )

    for call in house.runtime.invocations[1:]:
        assert call.header(SESSION_ID) != known
        assert call.target.endswith("?qualifier=DEFAULT")
    assert chat_id


async def test_chat_hijack_by_a_tenant_hint_in_the_cookie(house: House, chat_id: str) -> None:
    carol = await strangers(house, CAROL)
    parts = str(carol.ticket).split(".")
    parts[1] = "acme"
    headers = [*FETCH, ("Cookie", f"{SESSION}={'.'.join(parts)}"), ("Chat-Id", chat_id)]

    answer = await house.browser().fetch(
        "POST", "/api/agents/hello/invocations", headers=headers, body=b"{}"
    )

    assert problem_of(answer)["code"] == "not_logged_in"


@pytest.mark.parametrize("name", ["X-Tenant-Id", "x_tenant_id", "X-Tenant_ID", "Tenant", "X-Org"])
async def test_chat_hijack_by_a_tenant_in_a_header(house: House, chat_id: str, name: str) -> None:
    carol = await strangers(house, CAROL)

    answer = await carol.say("hello", headers=[("Chat-Id", chat_id), (name, "acme")])
    other = await carol.say("hello", headers=[(name, "acme")])

    assert problem_of(answer)["code"] == "chat_unknown"
    assert other.status == 200
    assert {request.coordinates.tenant for request in house.vendor.requests[-2:]} == {"globex"}


async def test_chat_hijack_by_the_same_name_at_another_tenant(
    house: House, alice: Browser, chat_id: str
) -> None:
    # The same sub, from the same provider, in another tenant: another owner.
    other = await strangers(
        house, Person(sub="alice", name="Alice", email="alice@globex.test", tenant="globex")
    )

    answer = await other.say("hello", headers=[("Chat-Id", chat_id)])

    assert problem_of(answer)["code"] == "chat_unknown"
    assert (await other.fetch("GET", "/api/chats")).json == {"chats": []}


async def test_chat_hijack_the_owner_gets_in_from_every_browser(house: House, chat_id: str) -> None:
    again = await strangers(house, ALICE)

    answer = await again.say("hello", headers=[("Chat-Id", chat_id)])

    assert answer.status == 200
    first, second = house.runtime.sessions
    assert first == second


async def test_chat_hijack_a_grant_of_one_tenant_is_never_used_for_another(
    house: House, alice: Browser, chat_id: str
) -> None:
    carol = await strangers(house, CAROL)
    await carol.say("hello")

    ours, theirs = house.runtime.invocations
    assert ours.header("x-amz-security-token") != theirs.header("x-amz-security-token")
    tenants = [request.coordinates.tenant for request in house.vendor.requests]
    assert tenants == ["acme", "acme", "globex", "globex"]
    assert chat_id
