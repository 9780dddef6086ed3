"""The AWS Secrets Manager Agent on loopback, by what its source says (`server.rs`).

It keeps what it has read, and answers from there unless it is told `refreshNow`.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from fakes.loopback import Call, Reply, serving
from trust.secrets.reference import Reference, Scheme

TOKEN = "agent-token-1"
TOKEN_AT = Reference(scheme=Scheme.ENV, path="TOKEN")
PLACE = Reference(scheme=Scheme.SECRETS_MANAGER_AGENT, path="gatehouse/oidc")
_TOKEN_HEADERS = ("x-aws-parameters-secrets-token", "x-vault-token")
_PARAMETERS = {"secretId", "versionId", "versionStage", "refreshNow"}


@dataclass
class Agent:
    """`secrets` is what AWS has, by name and stage; `fault` what AWS says instead."""

    url: str = ""
    token: str = TOKEN
    secrets: dict[tuple[str, str], Reply] = field(default_factory=dict[tuple[str, str], Reply])
    fault: Reply | None = None
    calls: list[Call] = field(default_factory=list[Call])
    _cached: dict[tuple[str, str], Reply] = field(default_factory=dict[tuple[str, str], Reply])

    def put(self, name: str, value: str, version: str, stage: str = "AWSCURRENT") -> None:
        """Have AWS keep a value."""
        answer = {"Name": name, "SecretString": value, "VersionId": version}
        body = json.dumps(answer | {"VersionStages": [stage]}).encode()
        self.secrets[name, stage] = Reply(body=body)

    def answer(self, call: Call) -> Reply:
        """Answer one request."""
        self.calls.append(call)
        return self._refusal(call) or self._secret(call)

    def _refusal(self, call: Call) -> Reply | None:
        if "x-forwarded-for" in call.headers:
            return Reply(status=400, body=b"Forwarded")
        if self.token not in [call.headers.get(name) for name in _TOKEN_HEADERS]:
            return Reply(status=403, body=b"Bad Token")
        if call.method != "GET":
            return Reply(status=405, body=b"Not allowed")
        if urlsplit(call.path).path != "/secretsmanager/get":
            return Reply(status=404, body=b"Not found")
        return None

    def _secret(self, call: Call) -> Reply:
        query = dict(parse_qsl(urlsplit(call.path).query, keep_blank_values=True))
        if set(query) - _PARAMETERS or not query.get("secretId"):
            return Reply(status=400, body=b"unknown parameter, or none")
        place = query["secretId"], query.get("versionStage", "AWSCURRENT")
        if query.get("refreshNow") != "true" and place in self._cached:
            return self._cached[place]
        if self.fault is not None:
            return self.fault
        if place not in self.secrets:
            return refusal("ResourceNotFoundException", 400)
        self._cached[place] = self.secrets[place]
        return self.secrets[place]


def refusal(code: str, status: int, words: str = "AWS's own words") -> Reply:
    """Return how the agent hands on what AWS refused."""
    # As it puts it together: by hand, and without escaping what AWS said.
    body = f'{{"__type":"{code}", "message":"{words}"}}'
    return Reply(status=status, body=body.encode())


@contextmanager
def running() -> Generator[Agent]:
    """Serve one agent."""
    agent = Agent()
    with serving(agent.answer) as agent.url:
        yield agent
