"""The one tree of errors; its codes are the public contract (docs/errors.md).

TrustError
├── RequestError            the caller's fault: nothing was done, nothing is lost
│   ├── LoginError          a login that did not come to a session
│   └── AccessError         not logged in, or not allowed
├── UpstreamError           a peer's fault: provider, STS, agent, store
└── SettingsError           the deployer's fault: the process does not start

A message is for our own log; what a client may read is `code`, `status` and `title`,
so an upstream's text can never travel to a browser inside an exception.
"""

from typing import ClassVar


class TrustError(Exception):
    """Base of every error that has a public code."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong here."
    retry_after: int | None = None
    """Seconds after which the same request may succeed; None where waiting does not help."""


class RequestError(TrustError):
    """The request cannot be served as it was sent."""

    code, status, title = "bad_request", 400, "The request is not understood."


class LoginError(RequestError):
    """A login attempt ended without a session."""

    code, status, title = "login_failed", 400, "The login did not succeed. Please start again."


class AccessError(RequestError):
    """The caller is not who, or where, the request needs them to be."""

    code, status, title = "forbidden", 403, "This is not allowed."
    login_url: str = "/auth/login"
    """Where the browser goes to change that, where logging in can."""


class UpstreamError(TrustError):
    """Somebody we depend on did not do their part."""

    code, status, title = "upstream_failed", 502, "A system behind this one failed."


class SettingsError(TrustError):
    """The configuration has faults; `faults` names each variable and what would be right."""

    code, status, title = "settings_invalid", 500, "The configuration is not valid."

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
