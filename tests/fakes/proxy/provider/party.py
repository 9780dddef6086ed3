"""The product's `Provider` right before a fake one, without HTTP in between."""

from dataclasses import dataclass, replace

from bff.provider.authorization import Registration
from bff.provider.client_auth import Client
from bff.provider.compact import Claims
from bff.provider.provider import Provider
from fakes.clock import StoppedClock
from fakes.login import ALICE as OWNER
from fakes.login import new_session
from fakes.proxy.provider.carriers import InMemory
from fakes.proxy.provider.idp import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, FakeProvider, Grant
from fakes.proxy.provider.people import ALICE
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret
from trust.session.record import Session, TokenSet

ISSUER = "https://login.acme.test"
NONCE = "the-nonce-of-the-attempt"
ACCESS_TOKEN = "the-access-token"


@dataclass(kw_only=True, eq=False)
class Party:
    """Both ends of a conversation, and what carries it."""

    clock: StoppedClock
    idp: FakeProvider
    http: InMemory
    provider: Provider

    def id_token(self) -> str:
        """Return the ID token that the provider would give Alice now."""
        grant = Grant(
            person=ALICE, nonce=NONCE, challenge="", redirect_uri=REDIRECT_URI, family="f"
        )
        return self.idp.make(self.idp.id_claims(grant, ACCESS_TOKEN), self.idp.keys[0])

    async def check(self, token: str | None = None) -> Claims:
        """Check an ID token as a login does. Raises IdTokenInvalid and others."""
        tokens = TokenSet(
            access_token=Secret(ACCESS_TOKEN),
            expires_at=None,
            id_token=Secret(self.id_token() if token is None else token),
        )
        return await self.provider.claims(tokens, nonce=NONCE)


def registration(issuer: str = ISSUER) -> Registration:
    """Return what was agreed with the provider."""
    client = Client(id=CLIENT_ID, method=ClientAuthMethod.BASIC, credential=Secret(CLIENT_SECRET))
    return Registration(
        issuer=issuer,
        client=client,
        scopes="openid profile",
        redirect_uri=REDIRECT_URI,
        post_logout_uri="https://app.example/",
    )


def alice_at(party: Party) -> Session:
    """Return Alice's session, with a refresh token that the provider knows."""
    grant = Grant(person=ALICE, nonce=None, challenge="", redirect_uri="", family="f")
    party.idp.refresh_tokens["first"] = grant
    session = new_session(OWNER)
    return replace(session, tokens=replace(session.tokens, refresh_token=Secret("first")))


def open_party() -> Party:
    """Begin a conversation."""
    clock = StoppedClock()
    idp = FakeProvider(issuer=ISSUER, clock=clock)
    http = InMemory(provider=idp)
    provider = Provider(registration(), http, clock, insecure=False)
    return Party(clock=clock, idp=idp, http=http, provider=provider)
