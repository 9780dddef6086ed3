"""Credentials by botocore's own chain, for every way to an identity but the environment.

ECS, EKS, EC2, profiles, SSO, web identities: each is a protocol with traps of its own, and botocore
knows them. It is large and it blocks, so it is imported when it is first asked, in a thread.
"""

import asyncio
from typing import TYPE_CHECKING

from trust.aws.environment import NEVER
from trust.aws.message import AwsUnavailable
from trust.clock import Clock, NumericDate
from trust.grant.record import RENEW_BEFORE_S, Credentials
from trust.secret import Secret

if TYPE_CHECKING:
    import botocore.session

ASK_AGAIN_S = 300
"""After how long botocore is asked again. It renews by itself when 15 minutes are left, and hands
out none that have less than 10: so a copy is good for this long, and RENEW_BEFORE_S more."""

FETCH_TIMEOUT_S = 30.0
"""How long finding an identity may take: the chain tries one way after the other."""


class CredentialChain:
    """botocore's chain, opened when it is first asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: botocore.session.Session | None = None

    async def fetch(self) -> Credentials:
        """Return the process's credentials. Raises AwsUnavailable."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(self.load), FETCH_TIMEOUT_S)
        except TimeoutError as error:
            raise AwsUnavailable(f"no identity in {FETCH_TIMEOUT_S} s") from error

    def load(self) -> Credentials:
        """Return the process's credentials, blocking as long as it takes. Raises AwsUnavailable."""
        try:
            return self._loaded()
        except ImportError as error:
            # A Lambda function ships without it: there the environment has an identity.
            raise AwsUnavailable("no identity in the environment, and no botocore") from error

    def _loaded(self) -> Credentials:
        import botocore.session
        from botocore.credentials import RefreshableCredentials
        from botocore.exceptions import BotoCoreError, ClientError

        if self._session is None:
            self._session = botocore.session.Session()
        now = self._clock.now()
        try:
            found = self._session.get_credentials()
            frozen = None if found is None else found.get_frozen_credentials()
        except (BotoCoreError, ClientError, OSError, RuntimeError) as error:
            raise AwsUnavailable(f"no identity: {type(error).__name__}") from error
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise AwsUnavailable("no identity: neither environment, profile nor role")
        renewed = isinstance(found, RefreshableCredentials)
        return Credentials(
            access_key_id=frozen.access_key,
            secret_access_key=Secret(frozen.secret_key),
            session_token=Secret(frozen.token) if frozen.token else None,
            expires_at=NumericDate(now + ASK_AGAIN_S + RENEW_BEFORE_S) if renewed else NEVER,
        )
