"""What a decision of the authorizer costs once it is warm: `python -m bench.cold_start.warm`.

CPU microseconds. A session's row comes from memory, since the store's read is measured elsewhere; a
bearer token is compared with python-jose alone, which verifies it with a key that was read before.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

from jose import jwk, jwt

from authorizer.bearer import BearerJudge
from authorizer.jwks import Jwks
from authorizer.session import SessionJudge
from authorizer.settings import TrustedIssuer
from authorizer.wiring import Authorizer
from bench.cold_start.double import AUDIENCE, ISSUER, api_event, signed_token
from trust import log
from trust.clock import NumericDate, SystemClock
from trust.coordinates import AppId, TenantId
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, new_session_id
from trust.store.table import Item, Key

TIMES = 1500
SESSION_US = 200
"""Goal of a session's decision, its read left out."""
BEARER_RATIO = 1.3
"""Goal of a token's decision, over python-jose's verification alone."""

_APP = AppId("demo")


class InMemory:
    """Finds every row, at once."""

    def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return a row that lives."""
        return Item(key=key, expires_at=NumericDate(now + 60))


def session() -> Callable[[], object]:
    """Return the decision about a session cookie."""
    ticket = Ticket(tenant=TenantId("acme"), subject="s" * 22, id=new_session_id())
    judge = SessionJudge(InMemory(), _APP, SystemClock())
    event = json.loads(api_event("cookie", f"{SESSION_COOKIE}={ticket}"))
    authorizer = Authorizer(session=judge, token=None)
    return lambda: authorizer(event, None)


def bearer(token: str, keys: bytes) -> Callable[[], object]:
    """Return the decision about a bearer token."""
    issuer = TrustedIssuer(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url="",
        algorithms=("RS256",),
        tenant_claim="tenant_id",
        tenants=None,
    )
    clock = SystemClock()
    known = Jwks("", lambda _: keys, issuer.algorithms, clock)
    judge = BearerJudge(app=_APP, issuer=issuer, keys=known, clock=clock)
    event = json.loads(api_event("authorization", f"Bearer {token}"))
    authorizer = Authorizer(session=None, token=judge)
    return lambda: authorizer(event, None)


def jose(token: str, keys: bytes) -> Callable[[], object]:
    """Return what python-jose does for the same token."""
    key = jwk.construct(json.loads(keys)["keys"][0], "RS256")
    return partial(jwt.decode, token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)


def cpu_us(work: Callable[[], object]) -> float:
    """Return what one run costs, of many."""
    before = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - before) * 1e6 / TIMES


def measured(rounds: int) -> dict[str, float]:
    """Return the medians of rounds in which all take turns."""
    token, keys = signed_token()
    works = {"session": session(), "bearer": bearer(token, keys), "jose": jose(token, keys)}
    for work in works.values():
        work()
    found = [{name: cpu_us(work) for name, work in works.items()} for _ in range(rounds)]
    return {
        "session_us": median(one["session"] for one in found),
        "bearer_us": median(one["bearer"] for one in found),
        "jose_us": median(one["jose"] for one in found),
        "bearer_ratio": median(one["bearer"] / one["jose"] for one in found),
    }


def quietly() -> None:
    """Write events as ever, line by line, to nowhere: writing them is part of a decision."""
    sys.stderr = open(os.devnull, "w", buffering=1)  # noqa: SIM115, PTH123 as long as the process
    log.to_stderr()


def reached(found: Mapping[str, float]) -> bool:
    """Tell whether both goals are."""
    return found["session_us"] <= SESSION_US and found["bearer_ratio"] <= BEARER_RATIO


def main(given: Sequence[str]) -> int:
    """Measure and print one object of JSON; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start.warm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured (9)")
    rounds: int = parser.parse_args(given).rounds
    quietly()
    found = measured(rounds)
    sys.stdout.write(json.dumps({**found, "reached": reached(found)}) + "\n")
    return int(not reached(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
