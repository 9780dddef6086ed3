"""The book of sessions: who is logged in, and since when nobody may be.

Everything that must be true of sessions under concurrency is decided here, by conditions that the
table checks: a login attempt makes one session, a deleted session is never written again, and
nothing that was authenticated before a cutoff can appear after it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from trust import log
from trust.clock import NumericDate
from trust.coordinates import AppId, TenantId, app_partition, tenant_partition
from trust.seal.box import NONCE_BYTES, KeyUnknown
from trust.seal.keyring import Keyring
from trust.seal.keys import KeyringSource
from trust.session import provider_index
from trust.session.codec import from_item, to_item
from trust.session.errors import AttemptUsed, AuthenticationTooOld, LoggedOutMeanwhile
from trust.session.ids import Ticket, hash_of
from trust.session.provider_index import EndedAtProvider, Named
from trust.session.record import Owner, Session, session_key
from trust.store.table import (
    Absent,
    AtVersion,
    Check,
    ConditionFailed,
    Item,
    Key,
    NotAfter,
    Present,
    Put,
    RowMalformed,
    Table,
    Write,
)

ATTEMPT_KEPT_S = 3600
"""How long a used login attempt is remembered: longer than any attempt is accepted."""

CUTOFF_KEPT_S = 400 * 24 * 3600
"""How long a cutoff is remembered: longer than any provider's single sign-on lasts."""

_ATTEMPT, _CUTOFFS = 1, 3
"""The last places, among the writes that begin a session, of the attempt's and the cutoffs'."""

Random = Callable[[int], bytes]


class SessionRow(NamedTuple):
    """What may be listed of a session without its cookie."""

    subject: str
    """The subject key of whose it is."""
    id_hash: str
    created_at: NumericDate
    seen_at: NumericDate
    expires_at: NumericDate
    device: str


class Login(NamedTuple):
    """How a session came to be: by which attempt, begun when."""

    attempt: str
    begun_at: NumericDate
    continues: str | None = None
    """The hashed id of the session that goes on in the new one, and must not have ended."""


class Ledger:
    """Reads and writes sessions of one app."""

    def __init__(self, table: Table, keys: KeyringSource, *, app: AppId, random: Random) -> None:
        self._table = table
        self._keys = keys
        self._app = app
        self._random = random

    @property
    def keyring(self) -> Keyring:
        """The keyring in use."""
        return self._keys.current

    async def keyring_with(self, kid: str) -> Keyring:
        """Return a keyring that has the key, or the one in use if there is none."""
        try:
            return await self._keys.with_key(kid)
        except KeyUnknown:
            return self._keys.current

    def owner(self, tenant: TenantId, subject: str) -> Owner:
        """Return whose records these are, in this app."""
        return Owner(app=self._app, tenant=tenant, subject=subject)

    async def create(self, session: Session, login: Login, *, now: NumericDate) -> None:
        """Begin the session that a login led to.

        Raises AttemptUsed, AuthenticationTooOld, LoggedOutMeanwhile.

        One transaction, so that of two callbacks with the same attempt one loses, and a cutoff
        raised a moment ago is seen.
        """
        auth_time = session.identity.auth_time
        try:
            await self._table.transact(
                [
                    Put(self._sealed(session), Absent()),
                    Put(self._used(login.attempt, now), Absent()),
                    Check(_subject_cutoff(session.owner), NotAfter("cutoff", auth_time)),
                    Check(_tenant_cutoff(session.owner), NotAfter("cutoff", auth_time)),
                    *provider_index.writes_of(session, begun_at=login.begun_at),
                    *_continued(session, login),
                ]
            )
        except ConditionFailed as failed:
            if failed.index <= _ATTEMPT:
                raise AttemptUsed("the attempt is marked as used") from failed
            if failed.index <= _CUTOFFS:
                raise AuthenticationTooOld("authenticated before a cutoff") from failed
            raise LoggedOutMeanwhile("it was ended while the login was on its way") from failed

    async def read(self, ticket: Ticket, *, now: NumericDate) -> Session | None:
        """Return the ticket's session if it lives. Raises RowMalformed, KeyUnknown."""
        owner = self.owner(ticket.tenant, ticket.subject)
        hashed = hash_of(ticket.id)
        item = await self._table.get(session_key(owner, hashed), now=now)
        if item is None:
            return None
        keyring = await self._keys.with_key(item.text("kid"))
        return from_item(item, owner=owner, session_id=ticket.id, keyring=keyring)

    async def write(self, session: Session) -> Session:
        """Write a changed session over the version it was read at; return it as written.

        Raises ConditionFailed if it was ended or changed by somebody else in the meantime.
        """
        written = replace(session, version=session.version + 1)
        await self._table.put(self._sealed(written), condition=AtVersion(session.version))
        return written

    async def end(self, owner: Owner, id_hash: str) -> None:
        """End one session."""
        await self._table.delete(session_key(owner, id_hash))

    async def sessions(self, owner: Owner, *, now: NumericDate) -> list[SessionRow]:
        """Return the live sessions of a subject that can be read, oldest first."""
        return sorted(_readable(await self._of(owner, now)), key=lambda row: row.created_at)

    async def ids(self, owner: Owner, *, now: NumericDate) -> list[str]:
        """Return the hashed ids of all live sessions of a subject: whoever is to end has no say."""
        return [_id_hash(item.key) for item in await self._of(owner, now)]

    async def tenant_sessions(self, tenant: TenantId, *, now: NumericDate) -> list[SessionRow]:
        """Return the live sessions of a tenant's people that can be read."""
        return _readable(await self._of_tenant(tenant, now))

    async def end_at_provider(self, named: Named, *, now: NumericDate) -> EndedAtProvider:
        """End the sessions that a provider's logout names, and such logins as are on their way.

        Doing it twice does no more.
        """
        wanted = named if named.sid is None else replace(named, subject=None)
        await self._mark(provider_index.ended_mark(self._app, wanted, now=now))
        place = provider_index.pointers_key(self._app, wanted)
        pointers = await self._table.query(place.partition, prefix=place.sort, now=now)
        ended: list[str] = []
        lost: RowMalformed | None = None
        for pointer in pointers:
            try:
                tenant, subject, id_hash = provider_index.pointed_at(pointer)
            except RowMalformed as error:
                lost = error
                continue
            if named.subject not in {None, subject}:
                # `sid` and `sub` were both named, and are not of one person.
                continue
            owner = self.owner(tenant, subject)
            if id_hash is not None:
                ended += [id_hash]
                await self.end(owner, id_hash)
            else:
                ended += await self._end_all(await self._of(owner, now))
        return EndedAtProvider(ended, lost)

    async def has_seen(self, issuer: str, jti: str, *, now: NumericDate) -> bool:
        """Tell whether a logout token was carried out already."""
        key = provider_index.seen_token(self._app, issuer, jti, until=now).key
        return await self._table.get(key, now=now) is not None

    async def remember(self, issuer: str, jti: str, *, until: NumericDate) -> bool:
        """Remember a logout token as carried out; False if somebody else just did."""
        row = provider_index.seen_token(self._app, issuer, jti, until=until)
        try:
            await self._table.put(row, condition=Absent())
        except ConditionFailed:
            return False
        return True

    async def cut_off_subject(self, owner: Owner, *, now: NumericDate) -> int:
        """End every session of a subject, and what is being authenticated; return how many."""
        await self._raise_cutoff(_subject_cutoff(owner), now)
        return len(await self._end_all(await self._of(owner, now)))

    async def cut_off_tenant(self, tenant: TenantId, *, now: NumericDate) -> int:
        """End every session of a tenant, and what is being authenticated; return how many."""
        await self._raise_cutoff(Key(tenant_partition(self._app, tenant), "CUTOFF"), now)
        return len(await self._end_all(await self._of_tenant(tenant, now)))

    async def _of(self, owner: Owner, now: NumericDate) -> list[Item]:
        """Return the rows of a subject's live sessions."""
        prefix = owner.key("SESSION#").sort
        return await self._table.query(owner.partition, prefix=prefix, now=now)

    async def _of_tenant(self, tenant: TenantId, now: NumericDate) -> list[Item]:
        """Return the rows of the live sessions of a tenant's people."""
        partition = tenant_partition(self._app, tenant)
        items = await self._table.query(partition, prefix="SUBJECT#", now=now)
        return [item for item in items if "#SESSION#" in item.key.sort]

    async def _raise_cutoff(self, key: Key, now: NumericDate) -> None:
        expires_at = NumericDate(now + CUTOFF_KEPT_S)
        await self._mark(Item(key=key, expires_at=expires_at, attributes={"cutoff": now}))

    async def _mark(self, item: Item) -> None:
        try:
            await self._table.put(item, condition=NotAfter("cutoff", item.number("cutoff")))
        except ConditionFailed:
            # Somebody raised it higher: theirs covers ours.
            return

    async def _end_all(self, items: Iterable[Item]) -> list[str]:
        """End sessions; return their hashed ids.

        Of those that were asked for after a cutoff stands, no new one can be missing.
        """
        keys = [item.key for item in items]
        for key in keys:
            await self._table.delete(key)
        return [_id_hash(key) for key in keys]

    def _sealed(self, session: Session) -> Item:
        return to_item(session, self._keys.current, nonce=self._random(NONCE_BYTES))

    def _used(self, attempt: str, now: NumericDate) -> Item:
        key = Key(f"{app_partition(self._app)}#ATTEMPT#{attempt}", "ATTEMPT")
        return Item(key=key, expires_at=NumericDate(now + ATTEMPT_KEPT_S))


def _continued(session: Session, login: Login) -> list[Write]:
    if login.continues is None:
        return []
    # A step-up that is answered after the logout must not bring the session back.
    return [Check(session_key(session.owner, login.continues), Present())]


def _subject_cutoff(owner: Owner) -> Key:
    return owner.key("CUTOFF")


def _tenant_cutoff(owner: Owner) -> Key:
    return Key(owner.partition, "CUTOFF")


def _id_hash(key: Key) -> str:
    return key.sort.rpartition("#")[2]


def _readable(items: Iterable[Item]) -> list[SessionRow]:
    rows = list[SessionRow]()
    for item in items:
        try:
            rows.append(_listed(item))
        except RowMalformed as error:
            # One that cannot be read must not hide the others.
            log.fault("session.unreadable", error, session=_id_hash(item.key)[:8])
    return rows


def _listed(item: Item) -> SessionRow:
    return SessionRow(
        subject=item.key.sort.removeprefix("SUBJECT#").partition("#")[0],
        id_hash=_id_hash(item.key),
        created_at=NumericDate(item.number("created_at")),
        seen_at=NumericDate(item.number("seen_at")),
        expires_at=NumericDate(item.expires_at or 0),
        device=item.text("device"),
    )
