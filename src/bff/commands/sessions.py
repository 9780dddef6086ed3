"""`gatehouse sessions`: who is logged in, and ending that."""

import argparse
from datetime import UTC, datetime

from bff.commands.office import Office, Work, at_work, recorded
from bff.commands.output import done, listed
from bff.commands.verbs import Run, Verbs, action, group, tenant_argument
from trust.coordinates import TenantId
from trust.errors import SettingsError
from trust.registry.errors import EntryUnknown
from trust.session.ledger import SessionRow
from trust.store.table import RowMalformed


def add_sessions(verbs: Verbs) -> None:
    """Add the verbs."""
    sessions = group(verbs, "sessions", "list and end sessions of a tenant or a person")
    listing = action(
        sessions,
        "list",
        _of_whom(_list),
        summary="list the sessions of a tenant, or of one of its people",
        example="sessions list --tenant acme --sub 248289761001",
    )
    ending = action(
        sessions,
        "end",
        _of_whom(_end),
        summary="end them, and what is being authenticated: everybody meant has to log in anew",
        example="sessions end --tenant acme --sub 248289761001",
    )
    for verb in (listing, ending):
        verb.add_argument("--tenant", required=True, type=tenant_argument, help="the tenant's id")
        verb.add_argument("--sub", help="the person's subject at the provider (default: everybody)")
        verb.add_argument("--issuer", help="the person's provider (default: the tenant's)")


def _of_whom(work: Work) -> Run:
    """Return the verb; whom it means has to be clear before anything is opened."""
    run = at_work(work)

    def _checked(chosen: argparse.Namespace) -> int:
        if chosen.issuer is not None and chosen.sub is None:
            # Taken for everybody of the tenant, it would end more than was meant.
            raise SettingsError(["--issuer says whose --sub is meant: give both, or neither"])
        return run(chosen)

    return _checked


async def _list(office: Office, chosen: argparse.Namespace) -> int:
    subject = await _subject(office, chosen)
    found = await _sessions(office, chosen.tenant, subject)
    heads = ("subject", "session", "device", "created", "seen", "expires")
    return listed(chosen, "sessions", heads, found)


async def _end(office: Office, chosen: argparse.Namespace) -> int:
    subject = await _subject(office, chosen)
    ledger, now = office.gate.ledger, office.gate.clock.now()
    with recorded("sessions end", tenant=chosen.tenant, subject=subject) as record:
        if subject is None:
            ended = await ledger.cut_off_tenant(chosen.tenant, now=now)
        else:
            ended = await ledger.cut_off_subject(ledger.owner(chosen.tenant, subject), now=now)
        record.counts["ended"] = ended
    whom = chosen.tenant if subject is None else f"{chosen.sub} of {chosen.tenant}"
    what = f"sessions of {whom} ended: {ended}; whoever logs in has to authenticate anew"
    return done(chosen, what, tenant=chosen.tenant, sessions_ended=ended)


async def _subject(office: Office, chosen: argparse.Namespace) -> str | None:
    """Return the subject key of the person meant; None: everybody. Raises EntryUnknown."""
    issuer = await _issuer(office, chosen.tenant)
    if chosen.sub is None:
        return None
    return office.gate.ledger.keyring.subject_key(chosen.issuer or issuer, chosen.sub)


async def _issuer(office: Office, tenant: TenantId) -> str:
    try:
        found = await office.gate.registry.tenant(tenant)
    except RowMalformed:
        # Of all tenants, that of a broken row must not be the one whose sessions cannot be ended.
        return office.gate.settings.oidc_issuer
    if found is None:
        # A slip of the pen would else end nobody's session, and say so as if it were done.
        raise EntryUnknown(f"there is no tenant {tenant}; see `gatehouse tenants list`")
    return found.issuer or office.gate.settings.oidc_issuer


async def _sessions(office: Office, tenant: TenantId, subject: str | None) -> list[dict[str, str]]:
    ledger, now = office.gate.ledger, office.gate.clock.now()
    if subject is None:
        rows = await ledger.tenant_sessions(tenant, now=now)
    else:
        rows = await ledger.sessions(ledger.owner(tenant, subject), now=now)
    return [_row(row) for row in sorted(rows, key=lambda row: (row.subject, row.id_hash))]


def _row(row: SessionRow) -> dict[str, str]:
    return {
        "subject": row.subject,
        "session": row.id_hash,
        "device": row.device,
        "created": _time(row.created_at),
        "seen": _time(row.seen_at),
        "expires": _time(row.expires_at),
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
