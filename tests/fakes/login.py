"""People, and sessions of theirs as a login would make them."""

from dataclasses import replace

from fakes.clock import NOW
from fakes.rotation import FIRST
from trust.clock import NumericDate
from trust.coordinates import AppId, TenantId
from trust.secret import Secret
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, new_session_id
from trust.session.record import Identity, Owner, Session, TokenSet

APP = AppId("demo")
ISSUER = "https://login.acme.test"

ALICE = Owner(app=APP, tenant=TenantId("acme"), subject="alice-----------------")
BOB = Owner(app=APP, tenant=TenantId("acme"), subject="bob-------------------")
CAROL = Owner(app=APP, tenant=TenantId("globex"), subject="carol-----------------")

IDLE_S = 1800
ABSOLUTE_S = 43200
TOKEN_S = 3600


def new_session(owner: Owner = ALICE, *, now: int = NOW, auth_time: int | None = None) -> Session:
    """Return a session as it is right after a login at `now`; its tokens last an hour."""
    began = NumericDate(now)
    return Session(
        owner=owner,
        id=new_session_id(),
        version=1,
        identity=Identity(
            issuer=ISSUER,
            sub=owner.subject.rstrip("-"),
            name="Alice Archer",
            email="alice@acme.test",
            auth_time=began if auth_time is None else NumericDate(auth_time),
            acr="pwd",
            provider_session="provider-session",
        ),
        tokens=TokenSet(
            access_token=Secret("access-0"),
            expires_at=NumericDate(now + TOKEN_S),
            received_at=began,
            refresh_token=Secret(FIRST),
            id_token=Secret("id-0"),
        ),
        created_at=began,
        seen_at=began,
        idle_expires_at=NumericDate(now + IDLE_S),
        ends_at=NumericDate(now + ABSOLUTE_S),
        device="Firefox on Linux",
    )


def expiring(session: Session, *, at: int) -> Session:
    """Return the session with an access token of an hour that ends at `at`."""
    tokens = replace(
        session.tokens, expires_at=NumericDate(at), received_at=NumericDate(at - TOKEN_S)
    )
    return replace(session, tokens=tokens)


def ticket_of(session: Session) -> Ticket:
    """Return what the browser of the session holds."""
    return Ticket(tenant=session.owner.tenant, subject=session.owner.subject, id=session.id)


def cookie_of(session: Session) -> list[str]:
    """Return the Cookie headers of a request of the session's browser."""
    owner = session.owner
    return [f"{SESSION_COOKIE}=v1.{owner.tenant}.{owner.subject}.{session.id.reveal()}"]
