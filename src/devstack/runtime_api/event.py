"""Requests as the events that API Gateway's REST APIs send."""

import base64
import json
from collections.abc import Sequence
from urllib.parse import parse_qs

Headers = Sequence[tuple[bytes, bytes]]


def rest_event(
    *, method: str, path: str, query: bytes, headers: Headers, body: bytes, client: str
) -> bytes:
    """Return a REST API's proxy event, with each Cookie header by itself."""
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    queries = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    event = {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": {"proxy": path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": path,
            "stage": "prod",
            "protocol": "HTTP/1.1",
            "identity": {"sourceIp": client, "userAgent": None},
        },
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }
    return json.dumps(event).encode()
