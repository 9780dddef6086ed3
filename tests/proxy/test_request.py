"""Requests as the proxy sees them."""

from fakes.proxy.asgi import exchange, problem_of
from proxy.errors import AgentBusy
from proxy.request import REQUEST_ID, Request, read_request


def request(*headers: tuple[str, str]) -> Request:
    sent = exchange("POST", "/api/x", headers=headers)
    return read_request(sent.scope, sent.receive, sent.send)


def test_names_of_headers_are_in_lower_case() -> None:
    sent = exchange("POST", "/api/x")
    sent.scope["headers"] = [(b"X-CSRF", b"1")]

    assert read_request(sent.scope, sent.receive, sent.send).headers == {"x-csrf": "1"}


def test_a_header_that_came_twice_equals_neither() -> None:
    found = request(("X-CSRF", "1"), ("X-CSRF", "1"), ("Chat-Id", "a"), ("Chat-Id", "b"))

    assert found.headers == {"x-csrf": "1, 1", "chat-id": "a, b"}


def test_all_cookie_headers_are_kept_and_are_among_no_others() -> None:
    found = request(("Cookie", "a=1"), ("Accept", "x"), ("cookie", "b=2"))

    assert found.cookies == ("a=1", "b=2")
    assert found.headers == {"accept": "x"}


def test_a_request_id_is_never_the_clients_own() -> None:
    found = request(("X-Request-Id", "chosen-by-the-client"))

    assert found.request_id != "chosen-by-the-client"
    assert len(found.request_id) == 16


def test_everybody_who_reads_the_request_sees_the_same_id() -> None:
    sent = exchange("POST", "/api/x")
    first = read_request(sent.scope, sent.receive, sent.send)

    assert read_request(sent.scope, sent.receive, sent.send).request_id == first.request_id
    assert sent.scope[REQUEST_ID] == first.request_id


def test_two_requests_have_two_ids() -> None:
    assert request().request_id != request().request_id


async def test_a_refusal_is_a_hardened_problem_document() -> None:
    sent = exchange("POST", "/api/x")
    error = AgentBusy("upstream-text")
    await read_request(sent.scope, sent.receive, sent.send).refuse(error)

    answer = sent.answer
    assert answer.status == 429
    assert problem_of(answer)["code"] == "agent_busy"
    assert problem_of(answer)["retry_after"] == 5
    assert answer.header("retry-after") == "5"
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "no-referrer"
    policy = answer.header("content-security-policy")
    assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert "upstream-text" not in answer.text


async def test_headers_of_an_answer_replace_the_usual_ones() -> None:
    sent = exchange("POST", "/api/x")
    found = read_request(sent.scope, sent.receive, sent.send)
    await found.start(200, {"cache-control": "no-cache"})

    values = [value for name, value in sent.messages[0]["headers"] if name == b"cache-control"]
    assert values == [b"no-cache"]


async def test_of_an_answer_that_has_begun_it_is_known() -> None:
    found = request()

    assert not found.begun
    await found.start(200, {})
    assert found.begun


def test_headers_that_nobody_needs_any_more_are_kept_by_nobody() -> None:
    sent = exchange("POST", "/api/x", headers=[("Cookie", "a=1")])
    found = read_request(sent.scope, sent.receive, sent.send)

    found.forget()

    assert not found.headers
    assert not sent.scope["headers"]
