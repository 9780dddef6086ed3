"""A login from beginning to end: what is decided, apart from how it is asked and answered."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bff.gate import Gate
from bff.login.attempt import Attempt
from bff.login.step_up import NO_DEMAND, hold_to, same_person
from bff.provider.compact import Claims
from bff.provider.errors import (
    IdTokenInvalid,
    InteractionRequired,
    IssuerMismatch,
    LoginRefused,
    PromptRefused,
    ResponseMalformed,
    TenantClaimMissing,
    TenantMismatch,
)
from bff.provider.id_token import identity_of, imposed_end
from bff.provider.providers import Party
from trust import audit, log
from trust.audit import Deed, Outcome
from trust.registry.record import Tenant
from trust.registry.registry import tenant_of_claim
from trust.secret import Secret
from trust.session.ids import Ticket, new_session_id
from trust.session.ledger import Login
from trust.session.lifetime import absolute_end, idle_end
from trust.session.record import Owner, Session, TokenSet
from trust.store.table import StoreUnavailable

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
"""Values of `prompt` that are passed on (OpenID Connect Core §3.1.2.1)."""

_SILENT = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)

_NEVER_ASKED = frozenset({"id_token", "access_token", "token_type", "expires_in", "response"})
"""Parameters of the implicit and hybrid flows, and of JARM."""

MAX_CODE_CHARS = 4096
"""Longest authorization code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """An authorization response (RFC 6749 §4.1.2, RFC 9207 §2): where it came, what it says."""

    path: str
    state: str
    code: Secret | None
    issuer: str | None
    error: str | None


def parse_callback(path: str, parameters: list[tuple[str, str]]) -> Callback:
    """Read the callback's query. Raises ResponseMalformed.

    A parameter that comes twice is refused (RFC 6749 §3.1): two readers would see two answers.
    """
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in found:
            raise ResponseMalformed(f"{name[:32]} came twice")
        found[name] = value
    code = found.get("code")
    if not found.get("state") or (code and len(code) > MAX_CODE_CHARS):
        raise ResponseMalformed("no state, or an endless code")
    if _NEVER_ASKED & found.keys():
        # Nobody asked for tokens or a JWT in the address: somebody else put them there.
        raise ResponseMalformed("an answer of another response mode")
    return Callback(
        path=path,
        state=found["state"],
        code=Secret(code) if code else None,
        issuer=found.get("iss"),
        error=found.get("error"),
    )


def prompt_of(raw: str | None) -> str | None:
    """Read `prompt`. Raises PromptRefused."""
    if raw is not None and raw not in PROMPTS:
        raise PromptRefused("an unknown prompt")
    return raw


def checked_code(callback: Callback, attempt: Attempt, *, sends_issuer: bool) -> Secret:
    """Return the code if the response is an answer to the attempt. Raises LoginError.

    In the specification's order: who answers (RFC 9207 §2.4), for whom, then what.
    """
    if callback.issuer is None and sends_issuer:
        raise IssuerMismatch("the provider names itself in its answers, and this one does not")
    if callback.issuer is not None and not hmac.compare_digest(
        callback.issuer.encode(), attempt.issuer.encode()
    ):
        raise IssuerMismatch("another issuer")
    if callback.error is not None:
        silent = callback.error in _SILENT
        raise (InteractionRequired if silent else LoginRefused)(callback.error[:64])
    if callback.code is None:
        raise ResponseMalformed("neither code nor error")
    return callback.code


async def finish(gate: Gate, callback: Callback, attempt: Attempt, *, device: str) -> Ticket:
    """Turn the provider's answer into a session; return its ticket. Raises TrustError."""
    party = await gate.providers.of(attempt.issuer)
    tokens, claims = await _redeemed(party, callback, attempt)
    hold_to(attempt.demand, claims, begun_at=attempt.begun_at)
    tenant = await _tenant(gate, party, claims, attempt)
    identity = identity_of(claims, issuer=attempt.issuer)
    subject = gate.ledger.keyring.subject_key(identity.issuer, identity.sub)
    same_person(attempt.holder, tenant=tenant.id, subject=subject)
    now = gate.clock.now()
    session = Session(
        owner=gate.ledger.owner(tenant.id, subject),
        # Always a new id: one that somebody planted in the browser before must not become valid.
        id=new_session_id(),
        version=1,
        identity=identity,
        tokens=replace(tokens, session_ends_at=imposed_end(claims)),
        created_at=now,
        seen_at=now,
        idle_expires_at=idle_end(gate.lifetime, now),
        ends_at=absolute_end(gate.lifetime, now),
        device=device,
    )
    await _begin(gate, session, attempt)
    return Ticket(tenant=tenant.id, subject=subject, id=session.id)


async def _redeemed(party: Party, callback: Callback, attempt: Attempt) -> tuple[TokenSet, Claims]:
    """Return what the provider gives for its answer, verified. Raises LoginError and others."""
    if callback.path != party.callback:
        # An answer at another's door is another's answer (mix-up, RFC 9700 §4.4.2).
        raise IssuerMismatch("the answer came to another provider's callback")
    metadata = await party.provider.metadata()
    code = checked_code(callback, attempt, sends_issuer=metadata.sends_issuer)
    tokens = await party.provider.exchange(code, attempt.verifier, dpop_key=attempt.dpop_key)
    claims = await party.provider.claims(tokens, nonce=attempt.nonce)
    if party.entry.tenant_claim not in claims:
        # Some providers say it at the UserInfo endpoint alone; what the ID token says stands.
        claims = {**await party.provider.userinfo(tokens, sub=claims["sub"]), **claims}
    return tokens, claims


async def _begin(gate: Gate, session: Session, attempt: Attempt) -> None:
    """Write the session down; the one that it continues ends. Raises LoginError."""
    now, holder = gate.clock.now(), attempt.holder
    if session.final_end <= now:
        raise IdTokenInvalid("session_expiry has passed")
    continued = holder.id_hash if holder else None
    login = Login(attempt=attempt.id, begun_at=attempt.begun_at, continues=continued)
    await gate.ledger.create(session, login, now=now)
    if continued is not None:
        await end_replaced(gate, session.owner, continued)
    audit.record(
        deed_of(attempt),
        Outcome.DONE,
        tenant=session.owner.tenant,
        subject=session.owner.subject,
        session=session.id_hash,
        issuer=attempt.issuer,
    )


async def end_replaced(gate: Gate, owner: Owner, id_hash: str) -> None:
    """End the session in whose place another one has just begun.

    A store that fails at this costs nobody the new one, whose code cannot be spent again; the old
    one, whose cookie is overwritten, then ends like any that is left alone.
    """
    try:
        await gate.ledger.end(owner, id_hash)
    except StoreUnavailable as error:
        log.fault("session.not_replaced", error, session=id_hash[:8])
    gate.admission.forget(id_hash)


def deed_of(attempt: Attempt) -> Deed:
    """Return what an attempt is called in the audit trail."""
    return Deed.LOGIN if attempt.demand == NO_DEMAND else Deed.STEP_UP


async def _tenant(gate: Gate, party: Party, claims: Claims, attempt: Attempt) -> Tenant:
    tenant = await tenant_of_claim(
        gate.registry,
        issuer=attempt.issuer,
        default=gate.providers.default.entry.issuer,
        claim=_tenant_claim(claims, party.entry.tenant_claim),
    )
    if attempt.tenant is not None and attempt.tenant != tenant.id:
        raise TenantMismatch("logged in to another tenant than was asked for")
    return tenant


def _tenant_claim(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TenantClaimMissing(f"the ID token has no text claim {name}")
    return value


def device_of(user_agent: str) -> str:
    """Return a short label for a list of sessions, such as `Chrome on Linux`."""
    browsers = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    browser = next((name for mark, name in browsers.items() if mark in user_agent), "")
    system = next((name for mark, name in systems.items() if mark in user_agent), "")
    return " on ".join(part for part in (browser, system) if part) or "Unknown device"
