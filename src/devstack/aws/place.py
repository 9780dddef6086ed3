"""The account and region that everything of the local AWS stands in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One account in one region."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """Name a resource of a regional service."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
