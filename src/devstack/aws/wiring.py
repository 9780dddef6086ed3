"""The parts of the local AWS put together."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from devstack.aws.agentcore.dataplane import DataPlane, data_plane
from devstack.aws.agentcore.runtime import Contract, Runtime
from devstack.aws.authentication import Gatekeeper
from devstack.aws.calls import Calls
from devstack.aws.control import Control
from devstack.aws.execution import Execution
from devstack.aws.faults import Faults
from devstack.aws.gateway import Gateway, Serve
from devstack.aws.journal import Journal
from devstack.aws.jwks_http import ProviderKeys
from devstack.aws.landscape import (
    A2A_HEADERS,
    PLACE,
    Roles,
    keys,
    roles,
    seeds,
    signing_keys,
)
from devstack.aws.moto import Moto
from devstack.aws.runners import KeyPair
from devstack.aws.security_token import SecurityTokenService
from devstack.aws.services.catalogue import stored_services
from devstack.aws.serving import ServeAgents, ServeSecurityTokens, ServeStored
from devstack.aws.settings import Settings
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.provider import Provider
from trust.clock import Clock

Entropy = Callable[[int], bytes]
"""Returns that many random bytes."""

STDERR = 2
_LOG = logging.getLogger("devstack.aws")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAws:
    """What answers requests."""

    gateway: Gateway
    control: Control


@dataclass(frozen=True, slots=True, kw_only=True)
class _Threads:
    """One thread for the store and one for STS: each changes its things one call at a time."""

    store: Executor
    sts: Executor


@contextlib.asynccontextmanager
async def local_aws(
    settings: Settings, *, clock: Clock, entropy: Entropy
) -> AsyncGenerator[LocalAws]:
    """Run a local AWS; no thread and no process of it outlives the context.

    Raises OSError, TemplateError or MalformedPolicy for policy templates that cannot be used.
    """
    known = roles(settings.policies, settings.agents)
    identities = _identities(settings, known, clock)
    with _threads() as threads:
        execution = Execution(
            role=known.runtime,
            identities=identities,
            identities_thread=threads.sts,
            clock=clock,
            entropy=entropy,
            surroundings=settings.agent_environment,
            region=PLACE.region,
            url=settings.url,
        )
        # What agents print goes where our own log goes; standard output is for the ready line.
        async with data_plane(
            _runtimes(settings, execution),
            settings.limits,
            clock=clock,
            log=STDERR,
            when_client_leaves=settings.when_client_leaves,
        ) as plane:
            sts = SecurityTokenService(identities=identities, roles=known.by_arn, entropy=entropy)
            gateway = Gateway(
                gatekeeper=Gatekeeper(identities=identities, region=PLACE.region),
                services=_services(settings, plane, sts, threads),
                calls=Calls(),
                faults=Faults(),
                clock=clock,
                entropy=entropy,
            )
            yield LocalAws(
                gateway=gateway, control=Control(calls=gateway.calls, faults=gateway.faults)
            )


def _identities(settings: Settings, known: Roles, clock: Clock) -> Identities:
    bff = KeyPair(
        access_key_id=settings.access_key_id, secret_access_key=settings.secret_access_key
    )
    provider = Provider(
        issuer=settings.idp_issuer,
        account=PLACE.account,
        client_ids=settings.idp_client_ids,
        jwks=ProviderKeys(issuer=settings.idp_issuer, clock=clock),
    )
    return Identities([*keys(known, bff), *settings.more_keys], providers=[provider])


@contextlib.contextmanager
def _threads() -> Generator[_Threads]:
    with (
        ThreadPoolExecutor(1, thread_name_prefix="store") as store,
        ThreadPoolExecutor(1, thread_name_prefix="sts") as sts,
    ):
        yield _Threads(store=store, sts=sts)


def _runtimes(settings: Settings, execution: Execution) -> tuple[Runtime, ...]:
    return tuple(
        Runtime(
            arn=agent.runtime_arn,
            command=settings.rpc_commands.get(agent.contract, settings.agent_command),
            environment=execution.environment,
            contract=agent.contract,
            allowed_headers=A2A_HEADERS if agent.contract is Contract.A2A else frozenset(),
            # They start in no time, and most who run this never call them.
            spare=agent.contract is Contract.HTTP,
        )
        for agent in settings.agents
    )


def _services(
    settings: Settings, plane: DataPlane, sts: SecurityTokenService, threads: _Threads
) -> Mapping[str, Serve]:
    store = _store(settings)
    # Queued before any request can be: the first one finds bucket and tables.
    threads.store.submit(_fill, store).add_done_callback(_report)
    stored = {
        name: ServeStored(service=service, place=PLACE, store_thread=threads.store)
        for name, service in stored_services(store, signing_keys(), PLACE).items()
    }
    return {
        **stored,
        "bedrock-agentcore": ServeAgents(plane=plane, place=PLACE),
        "sts": ServeSecurityTokens(service=sts, thread=threads.sts),
    }


def _store(settings: Settings) -> Moto | Journal:
    moto = Moto(PLACE)
    return moto if settings.state is None else Journal(moto, settings.state)


def _fill(store: Moto | Journal) -> None:
    for request in seeds():
        answer = store.look(request)
        if answer.status >= 300:  # noqa: PLR2004 not HTTP success
            raise RuntimeError(f"the store refused {request}: {answer.body.decode()}")
    if isinstance(store, Journal):
        store.repeat()


def _report(filling: Future[None]) -> None:
    failure = filling.exception()
    if failure is not None:
        _LOG.error("bucket and tables could not be created", exc_info=failure)
