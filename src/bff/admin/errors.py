"""Why somebody is no administrator here; each says so in the words of RFC 6750 §3, too."""

from typing import ClassVar

from trust.errors import RequestError

SCOPE = "gatehouse.admin"
"""The scope of an administrator's token."""

_REALM = 'Bearer realm="gatehouse-admin"'


class AdminRefused(RequestError):
    """The call is no administrator's; `challenge` is the answer's `WWW-Authenticate`.

    No AccessError: its 401 tells a browser where to log in, and no login there leads here.
    """

    challenge: ClassVar[str]


class AdminTokenMissing(AdminRefused):
    """The call has no bearer token; then the challenge has no error code (RFC 6750 §3.1)."""

    code, status, title = "admin_token_missing", 401, "This needs an administrator's token."
    challenge = _REALM


class AdminTokenInvalid(AdminRefused):
    """The token does not prove what it has to (RFC 9068 §4). What is wrong is told to nobody."""

    code, status, title = "admin_token_invalid", 401, "The administrator's token is not valid."
    challenge = f'{_REALM}, error="invalid_token"'


class AdminScopeMissing(AdminRefused):
    """The token is valid, and is not for this."""

    code, status, title = "admin_scope_missing", 403, "The token is not for administration."
    challenge = f'{_REALM}, error="insufficient_scope", scope="{SCOPE}"'
