"""An IAM role."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from devstack.aws.iam.statement import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role: who may assume it, and what its sessions may do."""

    name: str
    arn: str
    trust: Policy
    policies: tuple[Policy, ...] = ()
    max_session_seconds: int = 3600
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    boundary: tuple[Policy, ...] | None = None

    @property
    def account(self) -> str:
        """The twelve digits of the role's account."""
        return self.arn.split(":")[4]

    @property
    def role_id(self) -> str:
        """The unique identifier that AWS would have given the role; the same at every start."""
        digest = hashlib.sha256(self.arn.encode()).digest()
        return "AROA" + base64.b32encode(digest)[:17].decode()
