"""Credentials of the environment, as on Lambda: read here, so that nothing more is loaded there.

Every other way to an identity is botocore's (`trust.aws.botocore`). The environment's are not
expected to change while a process lives.
"""

from collections.abc import Mapping

from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.secret import Secret

NEVER = NumericDate(253_402_300_799)
"""When credentials end that do not: the last second of the year 9999."""


def credentials_in(environment: Mapping[str, str]) -> Credentials | None:
    """Return the environment's credentials; None where it has none, or only half of them.

    The order of names is botocore's (`EnvProvider`); an older name of the token counts as there.
    """
    key_id = environment.get("AWS_ACCESS_KEY_ID")
    secret = environment.get("AWS_SECRET_ACCESS_KEY")
    if not key_id or not secret:
        return None
    token = environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN")
    return Credentials(
        access_key_id=key_id,
        secret_access_key=Secret(secret),
        session_token=Secret(token) if token else None,
        expires_at=NEVER,
    )
