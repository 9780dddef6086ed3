"""What `/healthz` and `/readyz` answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AliveDocument(_Document):
    """The process runs."""

    status: Literal["ok"] = "ok"


class CheckDocument(_Document):
    """Whether something that this process leans on can be asked; `code` names what is wrong."""

    ok: bool
    code: str | None = None


class ProviderCheckDocument(CheckDocument):
    """The same of the provider, with the age of its keys in seconds."""

    keys_age_s: float | None = None


class SecretsCheckDocument(CheckDocument):
    """The same of the secrets without which nobody logs in.

    `stale_s` is how many seconds the one that is the longest overdue serves beyond its time, since
    its keeper cannot be asked: at most what `BFF_SECRETS_MAX_STALE` allows.
    """

    stale_s: float | None = None


class ChecksDocument(_Document):
    """What this process leans on."""

    store: CheckDocument
    provider: ProviderCheckDocument
    secrets: SecretsCheckDocument


class ReadyDocument(_Document):
    """Whether the process can do its work."""

    status: Literal["ready", "not ready"]
    checks: ChecksDocument
