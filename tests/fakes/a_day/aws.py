"""Secrets Manager by moto and the program's own adapter to it, in one loop with one clock."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto import mock_aws

from fakes.a_day.inline import FOR_EVER_S, GIVES_UP_S, Later
from fakes.a_day.script import DAY_S, Fault
from fakes.a_day.truth import Truth
from fakes.a_day.world import Fate
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.source import SigningSource, Source

REGION = "us-east-1"

_ANSWERS: Mapping[Fault, tuple[int, str]] = {
    Fault.SERVER_ERROR: (500, "InternalServiceError"),
    Fault.RATE_LIMITED: (400, "ThrottlingException"),
    Fault.SEALED: (503, ""),
    Fault.TOKEN_REVOKED: (400, "ExpiredTokenException"),
}


class MotoSecrets:
    """A day's keeper: moto behind, boto3 in front."""

    logins = 0

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._rotation = -1
        self.took_s = 0.0
        self._moto = mock_aws()
        self._moto.start()
        self._operator: Any = boto3.Session().client("secretsmanager", region_name=REGION)
        for place in truth.places:
            self._operator.create_secret(Name=place.path, SecretString=self._value(place))
        self._source = SecretsManagerSource(REGION, truth.clock)
        calls: Any = self._source._regions.of(truth.places[0])
        calls._threads.shutdown()
        calls._threads = Later(self)
        calls._made = self._watched(calls._made)

    @property
    def sources(self) -> Mapping[Scheme, Source]:
        """The program's adapter."""
        return {Scheme.SECRETS_MANAGER: self._source}

    @property
    def signers(self) -> Mapping[Scheme, SigningSource]:
        """None."""
        return {}

    def fate(self, place: Reference, version: str) -> Fate:
        """There are no leases here."""
        del place, version
        return Fate.ALIVE

    async def close(self) -> None:
        """Forget all."""
        self._moto.stop()

    def _watched(self, made: Callable[[bool], Any]) -> Callable[[bool], Any]:
        def make(fresh: bool) -> Any:  # noqa: FBT001 as declared there
            client = made(fresh)
            client.meta.events.register_first("before-send.secretsmanager", self._weather)
            return client

        return make

    def _weather(self, request: Any, **_: object) -> AWSResponse | None:
        """Answer in AWS's place, or let moto."""
        fault = self._truth.fault()
        self.took_s += self._truth.random.uniform(0.002, 0.08)
        self._rotate()
        self._wait(fault, request.url)
        asked = json.loads(request.body)["SecretId"]
        place = next(place for place in self._truth.places if place.path == asked)
        if fault is not None and fault in _ANSWERS:
            return _refusal(request.url, *_ANSWERS[fault])
        if self._truth.denial(place) is not None:
            return _refusal(request.url, 400, "AccessDeniedException")
        if fault is Fault.MALFORMED:
            return _response(request.url, 200, {"Name": "canary", "SecretString": ""})
        return None

    def _wait(self, fault: Fault | None, url: str) -> None:
        match fault:
            case Fault.TIMED_OUT:
                self.took_s += GIVES_UP_S
                raise ReadTimeoutError(endpoint_url=url)
            case Fault.HANGS:
                self.took_s += FOR_EVER_S
            case Fault.SLOW:
                self.took_s += 2.5
            case Fault.CUT_BEFORE | Fault.CUT_AFTER:
                raise ConnectionClosedError(endpoint_url=url)
            case Fault.ADAPTER_FAILS:
                raise RuntimeError("canary-of-the-adapter")
            case _:
                pass

    def _rotate(self) -> None:
        every_s = DAY_S / max(1, self._truth.script.rotations)
        if self._rotation == (now := int(self._truth.day_s / every_s)):
            return
        self._rotation = now
        for place in self._truth.places:
            self._operator.put_secret_value(SecretId=place.path, SecretString=self._value(place))

    def _value(self, place: Reference) -> str:
        return json.dumps({"password": f"canary-{place.path}-{self._rotation}"})


class _Raw:
    """A body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self._body]


def _refusal(url: str, status: int, code: str) -> AWSResponse:
    said = {"__type": code, "Message": "canary: AWS's own words"} if code else {}
    return _response(url, status, said)


def _response(url: str, status: int, said: Mapping[str, str]) -> AWSResponse:
    raw: Any = _Raw(json.dumps(said).encode())
    return AWSResponse(url, status, HTTPHeaders(), raw)
