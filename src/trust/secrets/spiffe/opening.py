"""Where this process's identities come from, as it is configured; nothing is asked of anybody."""

import random
from pathlib import Path

from trust.clock import Clock
from trust.secrets.settings import SecretSettings
from trust.secrets.source import SecretRefused
from trust.secrets.spiffe.jwt_file import JwtFile
from trust.secrets.spiffe.jwt_svids import JwtSvids, Tokens
from trust.secrets.spiffe.spiffe_id import Expected, expected
from trust.secrets.spiffe.svid import SvidSource, X509SvidSource
from trust.secrets.spiffe.workload_api import WorkloadApi, socket_path
from trust.secrets.spiffe.x509_svids import X509Svids

_OVERHEAD_S = 1.0
"""What a call may take beside the agent's answer: the package is loaded at the first."""


def open_svids(settings: SecretSettings, clock: Clock) -> SvidSource:
    """Return what says who we are, by a file where one is configured, else by the agent's socket.

    Raises SecretRefused for a configuration that cannot work. An agent that is not there is no
    fault of it: whoever asks for an identity is told then.
    """
    who = expected(settings.spiffe_id)
    file = settings.spiffe_jwt_file
    tokens: Tokens = _workload_api(settings, who) if file is None else JwtFile(file)
    return JwtSvids(
        tokens, expected=who, within_s=_within_s(settings), clock=clock, draw=random.random
    )


def open_x509_svids(settings: SecretSettings, clock: Clock) -> X509SvidSource:
    """Return what gives us certificates, by the agent's socket. Raises as `open_svids`."""
    who = expected(settings.spiffe_id)
    return X509Svids(
        _workload_api(settings, who),
        expected=who,
        within_s=_within_s(settings),
        clock=clock,
        draw=random.random,
    )


def _within_s(settings: SecretSettings) -> float:
    return settings.spiffe_timeout.total_seconds() + _OVERHEAD_S


def _workload_api(settings: SecretSettings, who: Expected) -> WorkloadApi:
    return WorkloadApi(
        socket=_socket(settings),
        subject=who.subject,
        timeout_s=settings.spiffe_timeout.total_seconds(),
    )


def _socket(settings: SecretSettings) -> Path:
    if settings.spiffe_socket is None:
        raise SecretRefused("neither SPIFFE_ENDPOINT_SOCKET nor BFF_SPIFFE_JWT_FILE is set")
    return socket_path(settings.spiffe_socket)
