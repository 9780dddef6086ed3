"""What is measured: a way to the same upstream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Peer(Enum):
    """Who stands between the load and the upstream."""

    DIRECT = "direct"
    NGINX = "nginx"
    NGINX_PLAIN = "nginx, plain upstream"
    APACHE = "mod_auth_openidc"
    NODE = "express-openid-connect"
    GATEHOUSE = "Gatehouse"
    GATEHOUSE_DATA = "Gatehouse, with data grant"
    GATEHOUSE_PLAIN = "Gatehouse, plain upstream"

    @property
    def ours(self) -> bool:
        """Whether it is Gatehouse, in one way or another."""
        return self.name.startswith("GATEHOUSE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to send load, and whose processor time it costs."""

    peer: Peer
    url: str
    program: str | None
    """The program's name with the supervisor; None for the upstream itself."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
