"""App, tenant and agent: three coordinates, and the only place that spells keys and prefixes."""

import re
from typing import NamedTuple, NewType

from trust.errors import RequestError

AppId = NewType("AppId", str)
TenantId = NewType("TenantId", str)
AgentName = NewType("AgentName", str)

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class SlugRefused(RequestError):
    """A name that is not an internal slug; nothing is escaped, it is refused."""

    code, title = "name_invalid", "A name in the request is not valid."


def slug(raw: str) -> str:
    """Return `raw` if it is an internal slug, 1 to 63 characters. Raises SlugRefused.

    Lower case only, since S3 and DynamoDB tell case apart and providers often do not; no `*`, `?`
    or `$`, which are patterns inside an IAM policy; no `/` or `#`, which separate parts of keys.
    """
    # fullmatch: `$` would accept a trailing newline.
    if not _SLUG.fullmatch(raw):
        raise SlugRefused("not an internal slug")
    return raw


def app_id(raw: str) -> AppId:
    """Parse an app's id. Raises SlugRefused."""
    return AppId(slug(raw))


def tenant_id(raw: str) -> TenantId:
    """Parse a tenant's id. Raises SlugRefused."""
    return TenantId(slug(raw))


def agent_name(raw: str) -> AgentName:
    """Parse an agent's name. Raises SlugRefused."""
    return AgentName(slug(raw))


def app_partition(app: AppId) -> str:
    """Return the partition key of what belongs to the whole app."""
    return f"APP#{app}"


def tenant_partition(app: AppId, tenant: TenantId) -> str:
    """Return the partition key of what belongs to one tenant of the app."""
    return f"{app_partition(app)}#TENANT#{tenant}"


class Coordinates(NamedTuple):
    """Where in the North-South Join a request stands; built from parsed names only."""

    app: AppId
    tenant: TenantId
    agent: AgentName

    @property
    def partition(self) -> str:
        """The tenant's DynamoDB partition key."""
        return tenant_partition(self.app, self.tenant)

    @property
    def prefix(self) -> str:
        """The S3 prefix of this tenant's data with this agent.

        The trailing slash is part of it: without it `acme` would also match `acme2`.
        """
        return f"{self.app}/{self.tenant}/{self.agent}/"

    @property
    def tags(self) -> dict[str, str]:
        """The session tags that role and trust policies compare (`aws:PrincipalTag/…`)."""
        return {"app_id": self.app, "tenant_id": self.tenant, "agent_name": self.agent}
