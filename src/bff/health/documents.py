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


class ChecksDocument(_Document):
    """What this process leans on."""

    store: CheckDocument
    provider: ProviderCheckDocument


class ReadyDocument(_Document):
    """Whether the process can do its work."""

    status: Literal["ready", "not ready"]
    checks: ChecksDocument
