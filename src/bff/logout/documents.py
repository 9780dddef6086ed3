"""What a logout answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class LogoutDocument(BaseModel):
    """Where the browser ends its login at the provider, too; null: nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redirect: str | None


class LogoutRefusedDocument(BaseModel):
    """A provider's logout token was not accepted (OpenID Connect Back-Channel Logout 1.0 §2.8)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    error: Literal["invalid_request"] = "invalid_request"
