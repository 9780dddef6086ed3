"""The OpenAPI document: it says what is there, and all of it."""

import json
import random
import re
import string
from typing import Any, cast

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from attacks.documented import Operation, faults, operations
from attacks.hostile_urls import HOSTILE_URLS
from bff.login.documents import PARAMETERS, RETURN_PATH, SLUG
from bff.login.return_path import MAX_CHARS, return_path
from bff.login.routes import router as login_router
from bff.openapi import describe
from bff.operations import CHAT_ID
from bff.provider.errors import ReturnPathRefused
from bff.refusals import MEANINGS, is_guarded, refusals_of
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from proxy.browser_policy import is_navigation
from trust.chat.record import is_chat_id, ulid
from trust.coordinates import SlugRefused, tenant_id

Document = dict[str, Any]


@pytest.fixture
def document(house: House) -> Document:
    return house.app.openapi()


@pytest.fixture
def every(document: Document) -> list[Operation]:
    return operations(document)


def test_a_path_is_there_for_the_methods_that_it_is_documented_with(
    house: House, document: Document
) -> None:
    for path, item in document["paths"].items():
        assert house.app.methods.of(path) == sorted(name.upper() for name in item), path
    assert house.app.methods.of("/api/nothing") == []


async def test_a_path_that_nobody_knows_is_refused_without_the_document(
    house: House, alice: Browser
) -> None:
    assert (await alice.fetch("GET", "/api/nothing")).status == 404
    assert (await alice.fetch("PATCH", "/api/agents")).status == 405

    # To make it takes the loop 25 ms and more, in which every open stream would wait.
    assert house.app.openapi_schema is None


def test_every_operation_says_how_it_may_refuse(every: list[Operation]) -> None:
    assert [one.name for one in every if "default" in one.says["responses"]] == []
    assert [one.name for one in every if not {"500", "503"} <= one.says["responses"].keys()] == []


def test_every_refusal_is_a_problem(every: list[Operation]) -> None:
    for one in every:
        for status, answer in one.says["responses"].items():
            if int(status) < 400:
                continue
            assert answer["description"], one.name
            kinds = set(answer["content"])
            if one.path == "/auth/backchannel-logout" and status == "400":
                # Back-Channel Logout 1.0 §2.8 has a form of its own.
                assert kinds == {"application/json"}
                continue
            assert "application/problem+json" in kinds, one.name
            assert ("text/html" in kinds) == is_navigation(one.path), one.name


def test_a_status_that_asks_for_patience_says_where_it_is_told(every: list[Operation]) -> None:
    for one in every:
        for status, answer in one.says["responses"].items():
            told = "Retry-After" in answer.get("headers", {})
            assert told == (status in {"429", "503"}), (one.name, status)


def test_every_answer_has_an_id(every: list[Operation]) -> None:
    for one in every:
        for answer in one.says["responses"].values():
            assert answer["headers"]["X-Request-Id"]["required"] is True


def test_the_guarded_calls_and_no_others_take_the_header(every: list[Operation]) -> None:
    guarded = {one.name for one in every if is_guarded(one.path)}
    taking = {one.name for one in every if "X-CSRF" in {each["name"] for each in one.parameters}}

    assert taking == guarded
    assert all("403" in one.says["responses"] for one in every if one.name in guarded)


def test_what_needs_a_session_says_so_and_that_it_refuses_without(every: list[Operation]) -> None:
    open_to_all = {
        "GET /auth/login",
        "GET /auth/step-up",
        "GET /auth/callback",
        "GET /auth/callback/{provider}",
        "GET /auth/session",
        "POST /auth/logout",
        "POST /auth/backchannel-logout",
        "GET /healthz",
        "GET /readyz",
    }

    needing = {one.name for one in every if one.says.get("security") == [{"session": []}]}

    assert {one.name for one in every} - needing == open_to_all
    assert all("401" in one.says["responses"] for one in every if one.name in needing)


def test_a_redirect_has_an_address_and_no_body(every: list[Operation]) -> None:
    redirects = {
        one.name: one.says["responses"]["303"] for one in every if "303" in one.says["responses"]
    }

    assert redirects.keys() == {"GET /auth/login", "GET /auth/step-up"}
    for answer in redirects.values():
        assert "content" not in answer
        assert answer["headers"]["Location"]["required"] is True


def test_every_json_answer_says_its_form(every: list[Operation]) -> None:
    formless = [
        (one.name, status)
        for one in every
        for status, answer in one.says["responses"].items()
        for kind, content in answer.get("content", {}).items()
        if kind == "application/json" and not content.get("schema")
    ]

    # What an agent says is its own.
    assert formless == [("POST /api/agents/{agent}/invocations", "200")]


def test_the_document_is_the_same_however_often_it_is_made(house: House) -> None:
    first, second = (describe(house.app.routes, title="a", version="1") for _ in range(2))

    assert json.dumps(first) == json.dumps(second)


def test_a_route_of_which_nothing_is_said_may_refuse_in_any_way() -> None:
    router = APIRouter()

    async def new(number: int) -> dict[str, int]:
        return {"number": number}

    router.add_api_route("/api/new/{number}", new)
    document = describe(router.routes, title="a", version="1")

    found = document["paths"]["/api/new/{number}"]["get"]
    assert set(found["responses"]) == {"200", "422", "default"}
    assert "application/problem+json" in found["responses"]["422"]["content"]
    assert [each["name"] for each in found["parameters"]] == ["number", "X-CSRF"]
    assert refusals_of("get", "/api/new/{number}", needs_session=False) is None


def test_every_status_has_a_meaning(every: list[Operation]) -> None:
    used = {int(status) for one in every for status in one.says["responses"]}

    assert {status for status in used if status >= 400} <= MEANINGS.keys()


def test_the_login_takes_what_the_document_says() -> None:
    routes = {route.path: route for route in login_router.routes if isinstance(route, APIRoute)}

    for (_, path), said in PARAMETERS.items():
        dependant = routes[path].dependant
        known = {field.alias for field in (*dependant.query_params, *dependant.path_params)}
        names = {parameter["name"] for parameter in said}
        # The callback reads its query itself, to see what comes twice.
        own = {"state", "code", "error", "iss"} if "callback" in path else set[str]()
        assert names - own == known, path


def is_taken(raw: str) -> bool:
    try:
        return_path(raw)
    except ReturnPathRefused:
        return False
    return True


def is_documented(raw: str) -> bool:
    return len(raw) <= MAX_CHARS and re.search(RETURN_PATH, raw) is not None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/chats/01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "/search?q=a+b&tag=%C3%A9&next=/x",
        "/search?q=a%20b",
        "/search?q=100%25",
        "/%e6%97%a5/%F0%9F%92%BB",
        "/a/b/../c",
        "/a//b",
        "/?next=https://app.example//a",
    ],
)
def test_a_return_path_that_is_taken_is_documented(path: str) -> None:
    assert (is_taken(path), is_documented(path)) == (True, True)


def test_a_return_path_that_is_documented_is_taken() -> None:
    dice = random.Random(7)  # noqa: S311 it keeps no secret
    pieces = [
        "/",
        ".",
        "..",
        ";",
        "%2F",
        "%2e",
        "%20",
        "%5c",
        "%25",
        "%E2%80%8B",
        "%C3%A9",
        "a",
        "?",
    ]
    made = ["/" + "".join(dice.choices(pieces, k=dice.randrange(7))) for _ in range(20_000)]
    documented = [raw for raw in (*HOSTILE_URLS, *made) if is_documented(raw)]

    assert len(documented) > 1000
    assert [raw for raw in documented if not is_taken(raw)] == []


def test_the_documented_names_are_those_that_are_read() -> None:
    dice = random.Random(7)  # noqa: S311 it keeps no secret
    for _ in range(2000):
        raw = "".join(dice.choices("ab-A_0", k=dice.randrange(5)))
        assert (re.search(SLUG, raw) is not None) == is_slug(raw), raw
    for raw in ("a" * 63, "a" * 64):
        assert (re.search(SLUG, raw) is not None) == is_slug(raw)


def is_slug(raw: str) -> bool:
    try:
        tenant_id(raw)
    except SlugRefused:
        return False
    return True


def test_the_documented_chat_ids_are_those_that_are_read() -> None:
    good = ulid(milliseconds=1_800_000_000_000, random=bytes(range(10)))

    for raw in (good, good.lower(), good[1:], f"8{good[1:]}", f"{good[:-1]}U"):
        assert (re.search(CHAT_ID, raw) is not None) == is_chat_id(raw), raw


async def test_what_the_login_is_documented_to_take_it_takes(
    house: House, document: Document
) -> None:
    said = document["paths"]["/auth/step-up"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in said}
    good = "a " * 9 + "urn:a:b"
    for name, value, right in (
        ("acr_values", good, True),
        ("acr_values", f"{good} c", False),
        ("acr_values", "a  b", False),
        ("acr_values", "", True),
        ("max_age", "0", True),
        ("max_age", "999999999", True),
        ("max_age", "1000000000", False),
        ("max_age", "-1", False),
    ):
        browser = house.browser()
        answer = await browser.navigate(
            f"/auth/step-up?{name}={value.replace(' ', '%20')}", accept=DOCUMENT
        )

        typed = int(value) if name == "max_age" else value
        assert (faults(typed, schemas[name], document) == []) == right, (name, value)
        assert (answer.status == 303) == right, (name, value)


async def test_who_is_not_documented_to_get_in_does_not(browser: Browser, house: House) -> None:
    for one in operations(house.app.openapi()):
        if one.says.get("security") != [{"session": []}]:
            continue
        path = re.sub(r"\{\w+\}", "".join(["0", string.ascii_uppercase[:25]]), one.path)
        answer = await browser.fetch(one.method.upper(), path)
        assert problem_of(answer)["code"] == "not_logged_in", one.name
        assert one.faults_of(answer) == []


async def test_the_document_is_what_is_served(house: House, alice: Browser) -> None:
    answer = await alice.fetch("GET", "/api/openapi.json")

    assert cast("Document", answer.json) == house.app.openapi()
