"""Logging in by the process's AWS identity (Vault's method `aws`, type `iam`).

We sign a call of STS's GetCallerIdentity and send the signature to Vault, which makes the call and
reads from STS's answer who signed. Nothing secret leaves this process.
"""

import base64
import json
from dataclasses import dataclass

from trust.aws.endpoints import Endpoint, endpoint
from trust.aws.identity import Identity
from trust.aws.message import AwsUnavailable
from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.clock import Clock, NumericDate
from trust.grant.record import Credentials
from trust.secrets.source import SecretOutage
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.by_role import log_in
from trust.secrets.vault.token import Auth

SERVER_ID_HEADER = "X-Vault-AWS-IAM-Server-ID"

_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """For whom a login is: the STS that Vault asks, and the Vault that may ask it."""

    region: str
    server_id: str | None
    """Stands under the signature: what was sent to one Vault is then no login at another."""


class AwsLogin:
    """By whatever identity the process has: a task's role, a function's, an instance's."""

    method = "aws-iam"

    def __init__(
        self, identity: Identity, clock: Clock, *, mount: str, role: str, to: Host
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._mount = mount
        self._role = role
        self._to = to
        # Always the region's own: it is Vault that calls it, and a name that our environment has
        # for it (a local stack, a VPC's) would stand under the signature and mean nothing there.
        self._sts = endpoint("sts", to.region, {})

    async def login(self, http: VaultHttp) -> Auth:
        """Return a token for our role. Raises SecretOutage, SecretRefused."""
        try:
            credentials = await self._identity.credentials()
        except AwsUnavailable as error:
            raise SecretOutage(f"the login at auth/{self._mount}: {error}") from None
        proof = signed_identity(credentials, self._sts, self._to, now=self._clock.now())
        return await log_in(http, self._mount, {"role": self._role, **proof})


def signed_identity(
    credentials: Credentials, sts: Endpoint, to: Host, *, now: NumericDate
) -> dict[str, str]:
    """Return a signed GetCallerIdentity as Vault takes it: every part in base64."""
    named = {} if to.server_id is None else {SERVER_ID_HEADER: to.server_id}
    request = Unsigned(
        method="POST",
        host=sts.host,
        path=sts.path,
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **named},
        body=_BODY,
    )
    headers = signed_headers(request, credentials, Scope(to.region, "sts"), now=now)
    return {
        "iam_http_request_method": "POST",
        "iam_request_url": _base64(sts.url.encode()),
        "iam_request_body": _base64(_BODY),
        "iam_request_headers": _base64(json.dumps({"Host": sts.host, **headers}).encode()),
    }


def _base64(text: bytes) -> str:
    return base64.b64encode(text).decode()
