"""Opening what Vault has wrapped: once, by one token, and an alarm where somebody came before.

A wrapper is good for one look at what is in it. Where it turns out to be used, somebody else may
have what was meant for us; where it was made elsewhere, somebody means us to use what is theirs
(Vault docs, "Response wrapping", "Response-wrapping token validation").
"""

import re
from collections.abc import Mapping
from typing import cast

from trust import log
from trust.secret import Secret
from trust.secrets.source import SecretRefused
from trust.secrets.vault.http import VaultHttp


class WrapperRefused(SecretRefused):
    """The wrapper is used, over, made up, or from another place: a person has to look."""


class Wrapper:
    """One wrapping token, as something beside the process has handed it over."""

    def __init__(self, token: Secret, *, made_at: re.Pattern[str], about: str) -> None:
        self.token = token
        self._made_at = made_at
        self._about = about
        self._begun = False
        """Whether we tried to open it: if the answer was lost, it may be us who used it up."""

    async def opened(self, http: VaultHttp) -> Mapping[str, object]:
        """Return what is in it. Raises SecretOutage, and WrapperRefused with an alarm."""
        origin = await self._origin(http)
        if not self._made_at.fullmatch(origin):
            # Not opened: whoever put it here may wait for us to use what is in it.
            raise self._alarm("was made by another request than the one that makes ours")
        self._begun = True
        try:
            return await http.ask(
                lambda client: _content(client.adapter.post("/v1/sys/wrapping/unwrap")),
                self.token,
                self._about,
            )
        except SecretRefused:
            raise self._alarm("was used between two requests of ours") from None

    async def _origin(self, http: VaultHttp) -> str:
        """Return the path of the request whose answer was wrapped, which uses nothing up."""
        try:
            # In the body: a token in the header would have to be allowed to ask.
            return await http.ask(
                lambda client: str(
                    _content(
                        client.adapter.post(
                            "/v1/sys/wrapping/lookup", json={"token": self.token.reveal()}
                        )
                    )["creation_path"]
                ),
                None,
                self._about,
            )
        except SecretRefused:
            ours = "; an answer to us may have been lost" if self._begun else ""
            raise self._alarm(f"is used, over, or was never one{ours}") from None

    def _alarm(self, what: str) -> WrapperRefused:
        error = WrapperRefused(
            f"{self._about}: the wrapping token {what}. Nothing is tried with it any more: find out"
            " who had it, revoke what it held, and start again with a new one"
        )
        log.fault("secrets.wrapper_used", error, ours=self._begun)
        return error


def _content(answer: object) -> Mapping[str, object]:
    return cast("dict[str, Mapping[str, object]]", answer)["data"]


def text_in(content: Mapping[str, object], name: str, about: str) -> Secret:
    """Return a member that has to be a text. Raises SecretRefused, which quotes nothing."""
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise SecretRefused(f"{about}: what was wrapped has no {name}")
    return Secret(value)
