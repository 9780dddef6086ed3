"""Cross-site WebSocket hijacking: nobody's page but ours talks to an agent in the victim's name.

A page of any site may open a WebSocket to any other, with the cookies that the browser would send
there, and read what comes: there is no preflight and no CORS. What its script cannot do is to write
`Origin` or `Sec-Fetch-…`.
"""

import json
from urllib.parse import urlsplit

import pytest
from websockets.http11 import Response

from fakes.proxy.browser import ORIGIN, Browser
from fakes.websocket.house import SocketHouse, alice, bounds, socket_house

__all__ = ["alice", "bounds", "socket_house"]

VOICE = "/api/agents/voice/ws"
NAME = urlsplit(ORIGIN).netloc

Headers = list[tuple[str, str]]


async def untouched(house: SocketHouse, victim: Browser, response: Response) -> None:
    """Check that a handshake was refused as another site's, and that nothing came of it."""
    assert response.status_code == 403
    assert json.loads(bytes(response.body or b""))["code"] == "cross_site_request"
    assert "set-cookie" not in response.headers, "another site's page logs nobody out"
    assert house.agent.connections == []
    assert house.house.vendor.requests == []
    assert (await victim.fetch("GET", "/api/chats")).json == {"chats": []}


FOREIGN = [
    pytest.param("https://evil.example", id="another site"),
    pytest.param(f"https://shop.{NAME}", id="a sibling below"),
    pytest.param(f"https://{NAME.partition('.')[2]}", id="the site above"),
    pytest.param(f"https://{NAME}.evil.example", id="a name that begins with ours"),
    pytest.param(f"https://evil-{NAME}", id="a name that ends with ours"),
    pytest.param(f"https://{NAME}:8443", id="another port of ours"),
    pytest.param(f"http://{NAME}", id="ours without TLS"),
    pytest.param(f"wss://{NAME}", id="the socket's own scheme"),
    pytest.param(f"https://{NAME.upper()}", id="ours in capitals"),
    pytest.param(f"https://{NAME}@evil.example", id="ours as a user"),
    pytest.param(f"https://evil.example/{NAME}", id="ours as a path"),
    pytest.param("null", id="a sandboxed frame"),
    pytest.param("file://", id="a file"),
    pytest.param("chrome-extension://abcdefghijklmnop", id="an extension"),
    pytest.param("*", id="everybody"),
    pytest.param("", id="nothing"),
    pytest.param(None, id="no browser at all"),
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_websocket_hijack_by_a_page_of(
    socket_house: SocketHouse, alice: Browser, origin: str | None
) -> None:
    response = await socket_house.refusal(alice, VOICE, origin=origin)

    await untouched(socket_house, alice, response)


@pytest.mark.parametrize(
    "site", ["same-site", "cross-site", "none", "", "same-origin, same-origin"]
)
async def test_websocket_hijack_with_an_origin_that_the_browser_denies(
    socket_house: SocketHouse, alice: Browser, site: str
) -> None:
    response = await socket_house.refusal(alice, VOICE, headers=[("Sec-Fetch-Site", site)])

    await untouched(socket_house, alice, response)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("X-CSRF", "1")], id="the header of a fetch"),
        pytest.param([("Sec-Fetch-Site", "same-origin")], id="the word of a fetch"),
        pytest.param([("Referer", f"{ORIGIN}/")], id="our page as referrer"),
        pytest.param([("X-Forwarded-Host", NAME)], id="our name as forwarded host"),
        pytest.param([("Sec-WebSocket-Origin", ORIGIN)], id="the header of a draft"),
        pytest.param([("Sec-WebSocket-Protocol", NAME)], id="our name as subprotocol"),
    ],
)
async def test_websocket_hijack_is_not_helped_by(
    socket_house: SocketHouse, alice: Browser, headers: Headers
) -> None:
    response = await socket_house.refusal(
        alice, VOICE, origin="https://evil.example", headers=headers
    )

    await untouched(socket_house, alice, response)


@pytest.mark.parametrize("first", [ORIGIN, "https://evil.example"], ids=["ours", "theirs"])
@pytest.mark.parametrize("second", [("Origin", ORIGIN), ("Host", NAME)], ids=["origin", "host"])
async def test_websocket_hijack_by_a_second(
    socket_house: SocketHouse, alice: Browser, first: str, second: tuple[str, str]
) -> None:
    response = await socket_house.refusal(alice, VOICE, origin=first, headers=[second])

    # The server itself takes no such handshake; one that did would find two in `read_request`.
    assert response.status_code in {400, 403}
    assert socket_house.agent.connections == []


async def test_websocket_hijack_by_a_name_of_the_attacker_s_that_leads_to_us(
    socket_house: SocketHouse, alice: Browser
) -> None:
    """DNS rebinding: to the browser it is one origin, and the cookies are sent."""
    response = await socket_house.refusal(
        alice, VOICE, origin="http://evil.example", headers=[("Sec-Fetch-Site", "same-origin")]
    )

    await untouched(socket_house, alice, response)


@pytest.mark.parametrize(
    "target",
    [
        "/api/agents/voice/invocations",
        "/api/agents",
        "/api/chats",
        "/auth/session",
        "/auth/logout",
        "/auth/login",
        "/auth/callback?code=x&state=y",
        "/admin/sessions",
        "/healthz",
        "/",
    ],
)
@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example"], ids=["ours", "theirs"])
async def test_websocket_hijack_finds_a_socket_nowhere_else(
    socket_house: SocketHouse, alice: Browser, target: str, origin: str
) -> None:
    response = await socket_house.refusal(alice, target, origin=origin)

    assert response.status_code == (404 if origin == ORIGIN else 403)
    assert socket_house.agent.connections == []


async def test_websocket_hijack_by_what_the_query_and_the_subprotocols_carry(
    socket_house: SocketHouse, alice: Browser
) -> None:
    """AgentCore takes a signature by the query and a token by a subprotocol: neither gets there."""
    query = "X-Amz-Signature=a&X-Amz-Credential=b&qualifier=other&runtimeSessionId=c"
    bearer = "base64UrlBearerAuthorization.ZXlKaGJHY2lPaUp1YjI1bEluMA"

    async with socket_house.talk(
        alice, f"{VOICE}?{query}", subprotocols=[bearer, "base64UrlBearerAuthorization"]
    ) as socket:
        await socket_house.agent.met()
        request = socket_house.agent.connections[-1].request

    assert request is not None
    assert request.path.partition("?")[2] == "qualifier=DEFAULT"
    assert request.headers.get("Sec-WebSocket-Protocol") is None
    assert socket.subprotocol is None
