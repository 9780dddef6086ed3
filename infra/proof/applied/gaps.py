"""What moto lacks, and the modules need: a WSGI layer before it.

It keeps what it is given and gives it back, nothing more. So the modules can be applied just as
they are, and no switch for an emulator stands among their variables.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

from proof.applied.xray import XRay

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[Environ, Start], Iterable[bytes]]
Answer = Callable[[Environ, Start, re.Match[str]], Iterable[bytes]]

_API = "/2020-05-31"
_NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
_POLICY = re.compile(rf"{_API}/response-headers-policy(?:/(?P<id>[^/]+))?(?P<config>/config)?")
_PUBLISH = re.compile(rf"{_API}/function/(?P<name>[^/]+)/publish")
_DISTRIBUTION = re.compile(rf"{_API}/distribution(?:/(?P<id>[^/]+))?(?P<config>/config)?")
_REST_API = re.compile(r"/restapis(?:/[^/]+)?")
_TRACES = re.compile(r"/(?P<call>[A-Z][A-Za-z]+)")
_CONFIG = re.compile(rb"<DistributionConfig[ >].*</DistributionConfig>", re.DOTALL)
_ID = re.compile(rb"<Id>([A-Z0-9]+)</Id>")


def without_validator() -> None:
    """Let moto import its API Gateway without the OpenAPI validator, an extra that is not there.

    It would only be asked about documents with `failonwarnings`.
    """
    package = "openapi_spec_validator"
    nowhere: list[str] = []
    contents: dict[str, dict[str, object]] = {
        package: {"validate": bool, "__path__": nowhere},
        f"{package}.validation": {"__path__": nowhere},
        f"{package}.validation.exceptions": {"OpenAPIValidationError": ValueError},
    }
    for name, members in contents.items():
        absent = ModuleType(name)
        vars(absent).update(members)
        sys.modules.setdefault(name, absent)


@dataclass(slots=True)
class Gaps:
    """Answers what moto does not, and passes on everything else."""

    behind: Application
    _policies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _distributions: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _xray: XRay = field(default_factory=XRay)
    _buckets: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer a request."""
        path = str(environ["PATH_INFO"])
        if environ.get("QUERY_STRING", "").rstrip("=") == "policy" and path.count("/") == 1:
            return self._bucket_policy(environ, start, path)
        if str(environ.get("HTTP_X_AMZ_TARGET", "")).endswith(
            ("DeliverySource", "DeliverySources")
        ):
            return self._delivery_source(environ, start)
        for pattern, answer in self._answers():
            if found := pattern.fullmatch(path):
                return answer(environ, start, found)
        return self.behind(environ, start)

    def _answers(self) -> Iterable[tuple[re.Pattern[str], Answer]]:
        yield _POLICY, self._policy
        yield _PUBLISH, _publish
        yield _DISTRIBUTION, self._distribution
        yield _TRACES, self._traces
        yield _REST_API, self._rest_api

    def _traces(self, environ: Environ, start: Start, path: re.Match[str]) -> Iterable[bytes]:
        asked: dict[str, Any] = json.loads(_body(environ) or b"{}")
        body = json.dumps(self._xray.answer(path["call"], asked)).encode()
        return _answer(start, "200 OK", body, {"Content-Type": "application/json"})

    def _bucket_policy(self, environ: Environ, start: Start, bucket: str) -> Iterable[bytes]:
        """Keep it from moto, which reads a policy without its conditions: it would refuse all."""
        method = environ["REQUEST_METHOD"]
        if method == "PUT":
            self._buckets[bucket] = _body(environ)
        elif method == "DELETE":
            self._buckets.pop(bucket, None)
        elif bucket in self._buckets:
            return _answer(start, "200 OK", self._buckets[bucket])
        else:
            return _xml(start, _absent("NoSuchBucketPolicy", wrapped=False), "404 Not Found")
        return _answer(start, "204 No Content", b"")

    def _delivery_source(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Pass it on as Bedrock's: of AgentCore's logs moto has not heard."""
        body = _body(environ).replace(b":bedrock-agentcore:", b":bedrock:")
        environ.update({"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        status, headers, said = _passed(self.behind, environ)
        return _again(start, status, headers, said.replace(b":bedrock:", b":bedrock-agentcore:"))

    def _rest_api(self, environ: Environ, start: Start, _: re.Match[str]) -> Iterable[bytes]:
        """Pass it on; AWS gives a policy back as the inside of a JSON text, moto as it came."""
        status, headers, said = _passed(self.behind, environ)
        if status.startswith("2") and b'"policy"' in said:
            api: dict[str, Any] = json.loads(said)
            said = json.dumps(api | {"policy": json.dumps(api["policy"])[1:-1]}).encode()
        return _again(start, status, headers, said)

    def _policy(self, environ: Environ, start: Start, path: re.Match[str]) -> Iterable[bytes]:
        known: str | None = path["id"]
        method, config = environ["REQUEST_METHOD"], _body(environ)
        if method == "DELETE":
            self._policies.pop(known or "", None)
            return _answer(start, "204 No Content", b"")
        policy = known or f"policy-{next(self._numbers)}"
        if method in {"POST", "PUT"}:
            self._policies[policy] = config
        if policy not in self._policies:
            return _xml(start, _absent("NoSuchResponseHeadersPolicy"), "404 Not Found")
        kept = _element(self._policies[policy])
        if path["config"]:
            return _xml(start, kept)
        whole = f"<ResponseHeadersPolicy xmlns='{_NAMESPACE}'><Id>{policy}</Id>".encode()
        whole += b"<LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime>" + kept
        status = "201 Created" if method == "POST" else "200 OK"
        return _xml(start, whole + b"</ResponseHeadersPolicy>", status)

    def _distribution(self, environ: Environ, start: Start, path: re.Match[str]) -> Iterable[bytes]:
        """Pass it on, and give back the configuration that was given: moto forgets half of it."""
        given = _CONFIG.search(_body(environ)) if environ["REQUEST_METHOD"] != "GET" else None
        status, headers, said = _passed(self.behind, environ)
        found = _ID.search(said)
        name = path["id"] or (found[1].decode() if found else "")
        if given is not None and name and status.startswith("2"):
            self._distributions[name] = given[0]
        kept = self._distributions.get(name)
        if kept is not None and status.startswith("2"):
            said = _CONFIG.sub(lambda found: _merged(found[0], kept), said)
        return _again(start, status, headers, said)


def _publish(_: Environ, start: Start, path: re.Match[str]) -> Iterable[bytes]:
    name = path["name"]
    summary = (
        f"<FunctionSummary xmlns='{_NAMESPACE}'><Name>{name}</Name><Status>UNASSOCIATED</Status>"
        "<FunctionConfig><Comment></Comment><Runtime>cloudfront-js-2.0</Runtime></FunctionConfig>"
        f"<FunctionMetadata><FunctionARN>arn:aws:cloudfront::123456789012:function/{name}"
        "</FunctionARN><Stage>LIVE</Stage><LastModifiedTime>2026-01-01T00:00:00Z"
        "</LastModifiedTime></FunctionMetadata></FunctionSummary>"
    )
    return _xml(start, summary.encode())


def _absent(code: str, *, wrapped: bool = True) -> bytes:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>Not there.</Message></Error>"
    whole = f"<ErrorResponse xmlns='{_NAMESPACE}'>{error}</ErrorResponse>"
    return (whole if wrapped else error).encode()


def _merged(said: bytes, given: bytes) -> bytes:
    """Return moto's configuration, with the given members in the place of what it made of them."""
    config = ET.fromstring(said)  # noqa: S314 moto's own
    ours = {_bare(member.tag): member for member in config}
    for member in ET.fromstring(given):  # noqa: S314 the provider's own
        _strip(member)
        if (old := ours.get(member.tag)) is not None:
            config.remove(old)
        config.append(member)
    _strip(config)
    return ET.tostring(config)


def _strip(element: ET.Element) -> None:
    for member in element.iter():
        member.tag = _bare(member.tag)


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _element(document: bytes) -> bytes:
    return re.sub(rb"^\s*<\?xml[^>]*\?>", b"", document)


def _body(environ: Environ) -> bytes:
    """Return the request's body; whoever reads it next gets it, too."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = BytesIO(body)
    return body


def _passed(behind: Application, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
    heard: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        heard.update(status=status, headers=headers)

    said = b"".join(behind(environ, start))
    return heard["status"], heard["headers"], said


def _again(
    start: Start, status: str, headers: list[tuple[str, str]], said: bytes
) -> Iterable[bytes]:
    kept = [(key, value) for key, value in headers if key.lower() != "content-length"]
    return _answer(start, status, said, dict(kept))


def _xml(start: Start, body: bytes, status: str = "200 OK") -> Iterable[bytes]:
    return _answer(start, status, body, {"Content-Type": "text/xml", "ETag": "E1"})


def _answer(
    start: Start, status: str, body: bytes, headers: Mapping[str, str] | None = None
) -> Iterable[bytes]:
    start(status, [*(headers or {}).items(), ("Content-Length", str(len(body)))])
    return [body]
