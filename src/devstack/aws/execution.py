"""What an agent's process is given to live on: its execution role's credentials and little else."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from devstack.aws.iam.role import Role
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.issue import RANDOM_BYTES, NewSession, issued
from devstack.aws.sts.principal import Principal
from trust.clock import Clock

CREDENTIALS_S = 28_800
"""How long they are good for: as long as a session may live, since nothing renews them here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Hands every new process credentials of its own."""

    role: Role
    identities: Identities
    identities_thread: Executor
    """The one thread in which keys are added."""
    clock: Clock
    entropy: Callable[[int], bytes]
    surroundings: Mapping[str, str]
    """The rest of the environment."""
    region: str
    url: str
    """The endpoint of every AWS service."""

    async def environment(self) -> Mapping[str, str]:
        """Return the environment of one process."""
        loop = asyncio.get_running_loop()
        principal = await loop.run_in_executor(self.identities_thread, self._opened)
        token = principal.session_token
        return {
            **self.surroundings,
            "AWS_ACCESS_KEY_ID": principal.access_key_id,
            "AWS_SECRET_ACCESS_KEY": principal.secret_access_key.reveal(),
            "AWS_SESSION_TOKEN": "" if token is None else token.reveal(),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _opened(self) -> Principal:
        now = self.clock.now()
        session = NewSession(
            role=self.role,
            name="BedrockAgentCore",
            duration_s=CREDENTIALS_S,
            least_token_bytes=0,
        )
        principal = issued(session, now=now, random=self.entropy(RANDOM_BYTES))
        self.identities.add(principal, now=now)
        return principal
