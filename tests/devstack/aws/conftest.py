"""A local AWS to test against: the real application, served by uvicorn on a free port."""

import contextlib
import json
import os
import secrets
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import uvicorn
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from devstack.aws.agentcore.runtime import Limits
from devstack.aws.app import App
from devstack.aws.iam.policy import parse_policy
from devstack.aws.iam.role import Role
from devstack.aws.landscape import PLACE, roles
from devstack.aws.listening import listening_socket, url_of
from devstack.aws.runners import KeyPair, key_of
from devstack.aws.settings import POLICIES, Settings
from devstack.aws.sts.principal import Principal, role_key
from trust.clock import SystemClock
from trust.secret import Secret

SRC = Path(__file__).resolve().parents[3] / "src"
TINY_AGENT = Path(__file__).parent / "agentcore" / "tiny_agent.py"
BFF_KEY, BFF_SECRET = "AKIABFFBFFBFFBFFBFF2", "the-bff-signs-with-this"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One set of credentials."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


BFF = Key(access_key_id=BFF_KEY, secret_access_key=BFF_SECRET)


def key_with(policy: Mapping[str, object]) -> tuple[Key, Principal]:
    """Return a long-lived key that may do what a policy says, and its owner."""
    key = Key(access_key_id=f"AKIA{secrets.token_hex(8).upper()}", secret_access_key="made-up")
    known = roles(POLICIES).runtime
    role = Role(
        name="somebody",
        arn=f"arn:aws:iam::{PLACE.account}:role/somebody",
        trust=known.trust,
        policies=(parse_policy(policy),),
    )
    principal = role_key(
        role,
        access_key_id=key.access_key_id,
        secret_access_key=Secret(key.secret_access_key),
        session_name="test",
    )
    return key, principal


def allowing(*statements: tuple[str | list[str], str | list[str]]) -> dict[str, object]:
    """Return a policy that allows actions on resources."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": resources}
            for actions, resources in statements
        ],
    }


@dataclass(slots=True, kw_only=True)
class Gateway:
    """A local AWS that serves, and clients for it."""

    url: str
    keys: Mapping[str, Key]
    """Further keys, by what they are for: see `GRANTED`."""
    clients: list[Any] = field(default_factory=list[Any])

    @property
    def admin(self) -> Key:
        """The key that may do everything."""
        return self.keys["admin"]

    def runner(self, name: str) -> Key:
        """Return the key of one of the product's own programs, such as `gatehouse-json`."""
        bff = KeyPair(access_key_id=BFF_KEY, secret_access_key=Secret(BFF_SECRET))
        pair = key_of(name, bff)
        return Key(
            access_key_id=pair.access_key_id, secret_access_key=pair.secret_access_key.reveal()
        )

    def client(self, service: str, key: Key, **config: Any) -> Any:
        """Return a boto3 client that never retries; it is closed when the gateway is."""
        connect: Callable[..., Any] = boto3.client
        client = connect(
            service,
            region_name=PLACE.region,
            endpoint_url=self.url,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            aws_session_token=key.session_token,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )
        self.clients.append(client)
        return client

    def grant(
        self, kind: str, agent: str, tenant: str, *, policy: Mapping[str, object] | None = None
    ) -> Key:
        """Open a grant as the BFF does, e.g. `data` for `hello` of `acme`."""
        tags = {"app_id": "demo", "tenant_id": tenant, "agent_name": agent}
        opened = self.client("sts", BFF).assume_role(
            RoleArn=f"arn:aws:iam::{PLACE.account}:role/gatehouse-{kind}-{agent}",
            RoleSessionName="alice",
            SourceIdentity="alice",
            Tags=[{"Key": name, "Value": value} for name, value in tags.items()],
            **({} if policy is None else {"Policy": json.dumps(policy)}),
        )["Credentials"]
        return Key(
            access_key_id=opened["AccessKeyId"],
            secret_access_key=opened["SecretAccessKey"],
            session_token=opened["SessionToken"],
        )

    def signed(
        self, service: str, key: Key, *, method: str = "POST", path: str = "/", **request: Any
    ) -> httpx.Response:
        """Send a request that boto3 would not make, properly signed."""
        unsigned = AWSRequest(method=method, url=self.url + path, **request)
        credentials = Credentials(key.access_key_id, key.secret_access_key, key.session_token)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(credentials, service, PLACE.region).add_auth(unsigned)
        headers = dict(unsigned.headers)
        return httpx.request(method, self.url + path, headers=headers, content=request.get("data"))

    def calls(self) -> list[dict[str, Any]]:
        """Return the list of calls."""
        listed: list[dict[str, Any]] = httpx.get(f"{self.url}/_local/calls").json()["calls"]
        return listed

    def order(self, **fault: Any) -> None:
        """Order a failure."""
        httpx.post(f"{self.url}/_local/faults", json=fault).raise_for_status()

    def forget(self) -> None:
        """Start the list of calls anew and cancel all orders."""
        for what in ("calls", "faults"):
            httpx.delete(f"{self.url}/_local/{what}").raise_for_status()

    def close(self) -> None:
        """Close all clients."""
        for client in self.clients:
            client.close()


GRANTED: dict[str, dict[str, object]] = {
    "admin": allowing(("*", "*")),
    # One secret, and the parameters below one path.
    "reader": allowing(
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:*:*:secret:gatehouse/session-??????",
        ),
        (
            ["ssm:GetParameter", "ssm:GetParametersByPath"],
            "arn:aws:ssm:*:*:parameter/gatehouse/demo*",
        ),
    ),
    # One partition of an index, nothing of the tables.
    "tuesday": {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "dynamodb:Query",
            "Resource": "arn:aws:dynamodb:*:*:table/orders-*/index/*",
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "tuesday"},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        },
    },
}
"""What the further keys of the tests may do."""


@contextlib.contextmanager
def serving() -> Iterator[Gateway]:
    """Serve a local AWS in a thread of this process; moto allows one at a time."""
    more = {name: key_with(policy) for name, policy in GRANTED.items()}
    listening = listening_socket(0)
    url = url_of(listening)
    settings = Settings(
        url=url,
        access_key_id=BFF_KEY,
        secret_access_key=Secret(BFF_SECRET),
        agent_command=(sys.executable, str(TINY_AGENT)),
        limits=Limits(spares=0),
        more_keys=tuple(principal for _, principal in more.values()),
    )
    app = App(settings, clock=SystemClock(), entropy=secrets.token_bytes)
    config = uvicorn.Config(
        app, lifespan="on", loop="asyncio", log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    gateway = Gateway(url=url, keys={name: key for name, (key, _) in more.items()})
    try:
        _await_health(url, thread)
        yield gateway
    finally:
        gateway.close()
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive(), "the gateway did not end"


def _await_health(url: str, thread: threading.Thread) -> None:
    # The listening socket takes the connection at once; the answer comes when the app is up.
    while thread.is_alive():
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{url}/_local/health", timeout=20).raise_for_status()
            return
    raise RuntimeError("the gateway did not start; its log says why")


@pytest.fixture(scope="session")
def shared_gateway() -> Generator[Gateway]:
    """Serve one local AWS for all tests that do not stop it or fill it up."""
    with serving() as gateway:
        yield gateway


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """Return the local AWS with an empty list of calls and no orders."""
    shared_gateway.forget()
    return shared_gateway


@contextlib.contextmanager
def started(*options: str, command: str | None = None) -> Iterator[Gateway]:
    """Run `python -m devstack.aws` as a program of its own, with options."""
    agent = command or shlex.join([sys.executable, str(TINY_AGENT)])
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "devstack.aws", "--port", "0"),
            *("--agent-command", agent, *options),
        ],
        env={
            "PATH": os.environ["PATH"],  # noqa: TID251
            "PYTHONPATH": str(SRC),
            "AWS_ACCESS_KEY_ID": BFF_KEY,
            "AWS_SECRET_ACCESS_KEY": BFF_SECRET,
        },
        stdout=subprocess.PIPE,
    )
    assert program.stdout is not None
    with program, program.stdout:
        ready = json.loads(program.stdout.readline())
        gateway = Gateway(url=ready["url"], keys={})
        try:
            yield gateway
        finally:
            gateway.close()
            program.terminate()


@pytest.fixture(scope="session")
def start() -> Callable[..., contextlib.AbstractContextManager[Gateway]]:
    """Return what starts a further local AWS, for tests that want it otherwise."""
    return started
