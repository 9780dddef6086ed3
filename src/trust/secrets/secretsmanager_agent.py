"""Secrets Manager by its agent beside the process, as Lambda's extension is one, too.

The agent has the identity and the connection; it keeps copies, for five minutes to an hour, and by
default for ever while AWS cannot be asked (`ignore_transient_errors`). So it is told to ask anew
each time (`refreshNow`): otherwise a secret that was rotated, denied or deleted would serve on
beyond every bound, here and after an eviction. What its copies save is saved by our own.

`refreshNow` came to the agent in 2025. AWS's own layer for Lambda does not speak of it, and may
pass it over: with that, set `SECRETS_MANAGER_TTL=0`.
"""

import asyncio
import json
import re
from urllib.parse import quote

from trust.secrets.aws_failure import failure
from trust.secrets.reference import Reference
from trust.secrets.secretsmanager_answer import CURRENT, version_in
from trust.secrets.source import Fetched, SecretOutage, Source
from trust.wire.call import Outgoing, Wire, WireError, whole

TIMEOUT_S = 6.0
"""How long the agent may take, which may have to ask AWS."""

MAX_BYTES = 1_000_000
"""Largest answer that is read: a secret has 64 KiB at most, in JSON six times as many."""

_TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"  # noqa: S105 a name
_CODE = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([A-Za-z]{1,64})"')
_TOKEN = re.compile(r"[!-~]+", re.ASCII)
_OK = 200


class SecretsManagerAgentSource:
    """Reads from the agent, on this machine alone.

    `token` proves to it that we may (it keeps out requests that were forged through another
    program); it is read anew each time, from `tokens`, since the agent's start makes another one.
    `address` is one that `trust.parse.loopback` has read.
    """

    def __init__(self, wire: Wire, *, address: str, token: Reference, tokens: Source) -> None:
        self._wire = wire
        self._address = address
        self._token = token
        self._tokens = tokens

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the version of a stage. Raises SecretOutage, SecretRefused."""
        del known
        token = (await self._tokens.fetch(self._token, None)).value
        # The agent's token is written into a file with a line's end.
        proof = token.reveal().strip()
        if not _TOKEN.fullmatch(proof):
            raise SecretOutage(f"{place}: the agent's token is no text for a header")
        stage = quote(place.version or CURRENT, safe="")
        call = Outgoing(
            method="GET",
            url=f"{self._address}/secretsmanager/get?secretId={quote(place.path, safe='')}"
            f"&versionStage={stage}&refreshNow=true",
            headers={_TOKEN_HEADER: proof, "Accept": "application/json"},
            body=b"",
        )
        status, body = await self._answer(place, call)
        return _read(place, status, body)

    async def _answer(self, place: Reference, call: Outgoing) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._wire.open(call)
                return answer.status, await whole(answer, limit=MAX_BYTES)
        except (WireError, TimeoutError) as error:
            raise SecretOutage(f"{place}: the agent: {type(error).__name__}") from None


def _read(place: Reference, status: int, body: bytes) -> Fetched:
    if status != _OK:
        found = _CODE.search(body)
        # Its own words (a bad token, too many connections) have no code: they are no word about
        # the secret.
        raise failure(place, found[1].decode() if found else "", status)
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        # Not even as a cause: the error of a JSON reader carries the whole text.
        answer = None
    return version_in(answer, place)
