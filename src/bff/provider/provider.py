"""One identity provider: where to send a person, and what to do with what comes back."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bff.provider.authorization import (
    AuthorizationRequest,
    Registration,
    located,
    parameters_of,
)
from bff.provider.calls import ClientCalls
from bff.provider.compact import Claims, Unverified
from bff.provider.credential import Credential, FixedCredential
from bff.provider.current_client import CurrentClient
from bff.provider.errors import IdTokenInvalid, PromptRefused, SigningKeyUnknown
from bff.provider.http import ProviderHttp, Reply
from bff.provider.id_token import Expected, imposed_end, read_id_token, verified_claims
from bff.provider.keys import ProviderKeys
from bff.provider.metadata import Metadata, ProviderMisconfigured, parse_metadata, well_known
from bff.provider.oauth import code_form, refresh_form
from bff.provider.request_object import signed_request
from bff.provider.token_response import code_response, refresh_response
from trust import log
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.errors import LoginError, UpstreamError
from trust.flight import Flight
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import Session, TokenSet

if TYPE_CHECKING:
    from joserfc.jwk import Key

METADATA_KEPT_S = 3600.0
"""How long a discovery document is used before it is fetched again."""

TAKE_BACK_S = 3.0
"""How long the revocation of tokens may take that were given and are not wanted."""

_OF_THE_LOGIN = frozenset(
    {"iss", "aud", "azp", "exp", "nbf", "iat", "jti", "nonce", "at_hash", "events"}
    | {"acr", "amr", "auth_time", "sid", "session_expiry"}
)
"""What only a signed ID token says: how strongly, when and until when somebody is logged in."""

_OK = 200
_BROKEN = 500
_NOT_UNDERSTOOD = "invalid_request"
_CREATED = frozenset({200, 201})


class Provider:
    """Talks to one provider, as a confidential client with PKCE.

    A code or a refresh token is sent again only where the provider has said that it did not look at
    it. `credential` is where the client's is kept; None where the registration holds the only one.
    """

    def __init__(
        self,
        registration: Registration,
        http: ProviderHttp,
        clock: Clock,
        *,
        insecure: bool,
        credential: Credential | None = None,
    ) -> None:
        self._registration = registration
        self._http = http
        self._clock = clock
        self._insecure = insecure
        self._metadata: Metadata | None = None
        self._metadata_at: Instant | None = None
        self._discovering: Flight[Metadata] = Flight(
            lambda: ProviderUnavailable("the discovery was given up")
        )
        self._credential = credential or FixedCredential(registration.client.credential)
        self._calls = CurrentClient(
            registration.client,
            self._credential,
            lambda client: ClientCalls(client, http, clock, issuer=registration.issuer),
        )
        self.keys = ProviderKeys(http, clock)

    @property
    def issuer(self) -> str:
        """The provider's identifier."""
        return self._registration.issuer

    def close(self) -> None:
        """Let go of our credential there: the provider was opened anew."""
        self._credential.close()

    async def metadata(self) -> Metadata:
        """Return the discovery document. Raises ProviderUnavailable.

        An older one serves on where a newer cannot be had: that ends nobody's login.
        """
        if self._metadata is not None and (self._is_young() or self._discovering.under_way):
            return self._metadata
        # Many logins at a cold start share one fetch, and its failure.
        return await self._discovering.joined(self._renewed)

    def _is_young(self) -> bool:
        at = self._metadata_at
        return at is not None and elapsed_s(at, self._clock) < METADATA_KEPT_S

    async def _renewed(self) -> Metadata:
        try:
            self._metadata = await self._discovered()
        except ProviderUnavailable as error:
            if self._metadata is None:
                raise
            log.fault("provider.metadata_stale", error)
        self._metadata_at = instant(self._clock)
        return self._metadata

    async def _discovered(self) -> Metadata:
        reply = await self._http.get(well_known(self.issuer))
        if reply.status != _OK or not reply.document:
            raise ProviderUnavailable(f"discovery: {reply.status}")
        return parse_metadata(reply.document, issuer=self.issuer, insecure=self._insecure)

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        """Return where to send the browser; pushed where the provider takes that (RFC 9126).

        Raises PromptRefused, ProviderUnavailable, ProviderMisconfigured.
        """
        metadata = await self.metadata()
        client = self._registration.client
        parameters = parameters_of(request, self._registration, metadata)
        if metadata.signed_requests_only:
            signed = await signed_request(
                await self._calls.client(),
                parameters,
                issuer=self.issuer,
                now=self._clock.now(),
                random=secrets.token_bytes,
            )
            # What is signed stands in the object alone (RFC 9101 §5): beside it, it may differ.
            parameters = {"client_id": client.id, "request": signed}
        if metadata.par_endpoint is not None:
            request_uri = await self._push(metadata.par_endpoint, parameters, request.prompt)
            # Nothing else in the URL: what was pushed cannot be changed on the way (RFC 9126 §4).
            parameters = {"client_id": client.id, "request_uri": request_uri}
        return located(metadata.authorization_endpoint, parameters)

    async def _push(self, endpoint: str, parameters: Mapping[str, str], prompt: str | None) -> str:
        reply = await self._calls.post(endpoint, urlencode(parameters))
        request_uri = reply.document.get("request_uri")
        if reply.status >= _BROKEN:
            raise ProviderUnavailable(f"pushed request: {reply.status}")
        if reply.status not in _CREATED or not isinstance(request_uri, str):
            error = str(reply.document.get("error", ""))[:64]
            if prompt is not None and error == _NOT_UNDERSTOOD:
                # The one parameter that is the caller's choice, and not every provider knows all.
                raise PromptRefused("the provider does not take a request with this prompt")
            raise ProviderMisconfigured(f"pushed request: {reply.status} {error}")
        return request_uri

    async def exchange(
        self, code: Secret, verifier: Secret, *, dpop_key: Secret | None = None
    ) -> TokenSet:
        """Spend an authorization code. Raises CodeRejected, ProviderUnavailable."""
        form = code_form(code, redirect_uri=self._registration.redirect_uri, verifier=verifier)
        return await self._granted(
            form,
            lambda reply: code_response(reply, now=self._clock.now(), dpop_key=dpop_key),
            key=dpop_key,
        )

    async def _granted(
        self, form: str, read: Callable[[Reply], TokenSet], *, key: Secret | None
    ) -> TokenSet:
        """Spend what `form` brings; return what `read` makes of the answer. Raises as `read`."""
        endpoint = (await self.metadata()).token_endpoint
        reply = await self._calls.post(endpoint, form, key=key)
        try:
            return read(reply)
        except ProviderUnavailable:
            # Of another type than was agreed, perhaps: nobody is going to use them.
            await self._take_back(**_given(reply))
            raise

    async def userinfo(self, tokens: TokenSet, *, sub: str) -> Claims:
        """Return what UserInfo says of `sub` (OpenID Connect Core §5.3); {} where there is none.

        Raises IdTokenInvalid where it speaks of somebody else, ProviderUnavailable.
        """
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None:
            return {}
        reply = await self._calls.get(endpoint, tokens.access_token, key=tokens.dpop_key)
        if reply.status != _OK:
            raise ProviderUnavailable(f"userinfo: {reply.status}")
        if reply.document.get("sub") != sub:
            # §5.3.2: the access token may have been exchanged for another person's.
            raise IdTokenInvalid("userinfo is about somebody else")
        return {name: reply.document[name] for name in reply.document.keys() - _OF_THE_LOGIN}

    async def claims(
        self, tokens: TokenSet, *, nonce: str | None, sub: str | None = None
    ) -> Claims:
        """Return the validated claims of the ID token. Raises IdTokenInvalid and others."""
        if tokens.id_token is None:
            raise IdTokenInvalid("no ID token in the answer")
        metadata = await self.metadata()
        expected = Expected(
            issuer=self.issuer,
            client_id=self._registration.client.id,
            algorithms=metadata.algorithms,
            nonce=nonce,
            access_token=tokens.access_token,
            sub=sub,
        )
        unverified = read_id_token(tokens.id_token, expected)
        key = await self.key_of(unverified)
        return verified_claims(tokens.id_token, key, unverified, expected, now=self._clock.now())

    async def key_of(self, token: Unverified) -> "Key":
        """Return the key that a token of this provider names.

        Raises SigningKeyUnknown, ProviderUnavailable.
        """
        metadata = await self.metadata()
        return await self.keys.find(
            token.kid, algorithm=token.algorithm, jwks_uri=metadata.jwks_uri
        )

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the session's refresh token. Raises RefreshRejected, ProviderUnavailable."""
        old = session.tokens
        if old.refresh_token is None:
            raise RefreshRejected("there is no refresh token")
        form = refresh_form(old.refresh_token)
        tokens = await self._granted(
            form,
            lambda reply: refresh_response(reply, old=old, now=self._clock.now()),
            key=old.dpop_key,
        )
        return tokens if tokens.id_token == old.id_token else await self._checked(session, tokens)

    async def _checked(self, session: Session, tokens: TokenSet) -> TokenSet:
        """Return refreshed tokens that belong to the session. Raises RefreshRejected."""
        try:
            # OIDC Core §12.2: same issuer, same subject; a nonce is not needed.
            claims = await self.claims(tokens, nonce=None, sub=session.identity.sub)
            imposed = imposed_end(claims)
        except (ProviderUnavailable, SigningKeyUnknown) as error:
            # The old refresh token is spent: lose the new one, and the login is lost. Only the ID
            # token that cannot be checked now is not taken over.
            log.fault("provider.id_token_unchecked", error)
            return replace(tokens, id_token=session.tokens.id_token)
        except LoginError as error:
            # Somebody else's tokens must not be kept, nor stay good at the provider: better no
            # session than that one.
            await self._take_back(
                refresh_token=tokens.refresh_token, access_token=tokens.access_token
            )
            raise RefreshRejected(f"refreshed ID token: {error}") from error
        return replace(tokens, session_ends_at=imposed or tokens.session_ends_at)

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """Make the refresh token worthless (RFC 7009); what cannot be reached is only logged."""
        if issuer != self.issuer or tokens.refresh_token is None:
            return
        try:
            await self._revoke(refresh_token=tokens.refresh_token)
        except UpstreamError as error:
            log.fault("provider.revocation_failed", error)

    async def _take_back(self, **tokens: Secret | None) -> None:
        """Make tokens worthless that nobody is going to use, as far as a moment allows."""
        try:
            async with asyncio.timeout(TAKE_BACK_S):
                await self._revoke(**tokens)
        except (UpstreamError, TimeoutError) as error:
            log.fault("provider.revocation_failed", error)

    async def _revoke(self, **tokens: Secret | None) -> None:
        """Revoke tokens, each by its hint (RFC 7009 §2.1). Raises UpstreamError."""
        endpoint = (await self.metadata()).revocation_endpoint
        for hint, token in tokens.items():
            if endpoint is not None and token is not None:
                form = urlencode({"token": token.reveal(), "token_type_hint": hint})
                await self._calls.post(endpoint, form)

    async def logout_url(self) -> str | None:
        """Return where the browser ends its login at the provider (RP-Initiated Logout 1.0 §2).

        Without `id_token_hint`: that URL passes through the browser, and no token does
        (docs/adr/0004).
        """
        try:
            endpoint = (await self.metadata()).end_session_endpoint
        except ProviderUnavailable as error:
            log.fault("provider.logout_url_unknown", error)
            return None
        if endpoint is None:
            return None
        query = {
            "client_id": self._registration.client.id,
            "post_logout_redirect_uri": self._registration.post_logout_uri,
        }
        return located(endpoint, query)


def _given(reply: Reply) -> dict[str, Secret]:
    """Return the tokens of an answer as they stand there, the one that outlives the other first."""
    names = ("refresh_token", "access_token")
    found = {name: reply.document.get(name) for name in names}
    return {name: Secret(text) for name, text in found.items() if isinstance(text, str) and text}
