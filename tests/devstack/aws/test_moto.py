"""The store behind the check: what it is told, and what it is not."""

from typing import Any

import pytest

from devstack.aws.judge import Permit
from devstack.aws.moto import Moto, StoreRequest
from devstack.aws.place import Place

PLACE = Place(account="123456789012", region="us-east-1")
PERMIT = Permit(operation="test")


def recorded(request: StoreRequest) -> dict[str, Any]:
    """Return the WSGI environment that a request becomes."""
    seen: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ | {"wsgi.input": environ["wsgi.input"].read()})
        start_response("201 Created", [("Content-Type", "text/plain"), ("ETag", '"e"')])
        return [b"a", b"b"]

    store = Moto(PLACE)
    store._applications[request.service] = application
    answer = store.call(PERMIT, request)
    assert (answer.status, answer.body) == (201, b"ab")
    assert answer.headers == (("content-type", "text/plain"), ("etag", '"e"'))
    return seen[0]


def test_account_region_and_host_are_ours_whatever_was_sent() -> None:
    environ = recorded(StoreRequest(service="s3", method="GET", path="/notes/k"))

    assert environ["HTTP_HOST"] == "127.0.0.1"
    assert environ["HTTP_X_MOTO_ACCOUNT_ID"] == "123456789012"
    assert "/us-east-1/s3/aws4_request" in environ["HTTP_AUTHORIZATION"]
    assert environ["HTTP_USER_AGENT"] == "gatehouse"


def test_path_query_and_body_arrive_as_written() -> None:
    request = StoreRequest(
        service="s3",
        method="PUT",
        path="/notes/%C3%BC%20a//b",
        query="uploadId=x%20y",
        headers=(("content-type", "text/plain"), ("x-amz-meta-my_key", "v")),
        body=b"content",
    )

    environ = recorded(request)

    assert environ["RAW_URI"] == "/notes/%C3%BC%20a//b?uploadId=x%20y"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/notes/ü a//b"
    assert environ["wsgi.input"] == b"content"
    assert environ["CONTENT_LENGTH"] == "7"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["moto.preserved_header_names"] == {"HTTP_X_AMZ_META_MY_KEY": "x-amz-meta-my_key"}


def test_a_failure_of_the_store_is_not_swallowed() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        del environ
        start_response("500 Oops", [], (ZeroDivisionError, ZeroDivisionError(), None))
        return []

    store = Moto(PLACE)
    store._applications["ssm"] = application

    with pytest.raises(ZeroDivisionError):
        store.call(PERMIT, StoreRequest(service="ssm", method="POST"))
