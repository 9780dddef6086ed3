"""Vault's engines, at the double and at a real server; what needs a database, at the double."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devstack.vault.faults import Fault, Script
from fakes.clock import StoppedClock
from fakes.vault import RunningVault, vault
from fakes.vault_session import http_at
from fakes.vault_target import Target, target, targets
from trust.secrets.freshness import Terms
from trust.secrets.reference import PREVIOUS, Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import Fetched, SecretOutage, SecretRefused
from trust.secrets.static import EnvironmentSource
from trust.secrets.vault.aws import AwsSource
from trust.secrets.vault.database import DatabaseSource
from trust.secrets.vault.kv import KvSource
from trust.secrets.vault.leases import Leases
from trust.secrets.vault.login.jwt import FileLogin
from trust.secrets.vault.login.ready import TokenLogin
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.transit import TransitSource

SUBJECT = "spiffe://example.org/gatehouse"
_TOKEN = Reference(scheme=Scheme.ENV, path="VAULT_TOKEN")


@pytest.fixture(params=targets())
def at(request: pytest.FixtureRequest) -> Iterator[Target]:
    with target(request.param) as found:
        yield found


@pytest.fixture
async def session(at: Target) -> AsyncIterator[VaultSession]:
    """Return a session by the token that prepares things: what it may do is not the matter here."""
    login = TokenLogin(_TOKEN, EnvironmentSource({"VAULT_TOKEN": at.root_token}))
    opened = VaultSession(http_at(at.url), login, terms=Terms(), clock=at.clock, draw=lambda: 0.0)
    yield opened
    await opened.close()


@pytest.fixture
def mount(at: Target) -> Iterator[str]:
    at.ask("POST", f"sys/mounts/{at.name}", {"type": "kv", "options": {"version": "2"}})
    for value in ("first", "second", "third"):
        at.ask("POST", f"{at.name}/data/app/oidc", {"data": {"secret": value}})
    yield at.name
    at.ask("DELETE", f"sys/mounts/{at.name}")


def place(mount: str, version: str | None = None) -> Reference:
    return Reference(scheme=Scheme.VAULT_KV, path=f"{mount}/app/oidc", version=version)


def value(fetched: Fetched) -> str:
    found: str = json.loads(fetched.value.reveal())["secret"]
    return found


async def test_versions_are_the_newest_the_one_before_and_any(
    session: VaultSession, mount: str
) -> None:
    source = KvSource(session)

    assert value(await source.fetch(place(mount), None)) == "third"
    assert value(await source.fetch(place(mount, PREVIOUS), None)) == "second"
    assert value(await source.fetch(place(mount, "1"), None)) == "first"
    with pytest.raises(SecretRefused):
        await source.fetch(place(mount, "4"), None)


@pytest.mark.parametrize("how", ["delete", "destroy"])
async def test_what_was_deleted_is_refused_softly_or_not(
    at: Target, session: VaultSession, mount: str, how: str
) -> None:
    at.ask("POST", f"{mount}/{how}/app/oidc", {"versions": [3, 2]})
    source = KvSource(session)

    for version in (None, "3", "2", PREVIOUS):
        with pytest.raises(SecretRefused):
            await source.fetch(place(mount, version), None)
    assert value(await source.fetch(place(mount, "1"), None)) == "first"


async def test_a_secret_that_was_written_anew_from_its_beginning_has_another_version(
    at: Target, session: VaultSession, mount: str
) -> None:
    source = KvSource(session)
    first = await source.fetch(place(mount, "1"), None)
    at.ask("DELETE", f"{mount}/metadata/app/oidc")
    at.pass_s(1)
    at.ask("POST", f"{mount}/data/app/oidc", {"data": {"secret": "anew"}})

    anew = await source.fetch(place(mount), None)

    assert value(anew) == "anew"
    assert anew.version != first.version


async def test_a_mount_that_is_not_there_is_refused(session: VaultSession) -> None:
    with pytest.raises(SecretRefused):
        await KvSource(session).fetch(place("gatehouse-test-nowhere"), None)


@pytest.fixture(params=["ecdsa-p256", "rsa-2048"])
def key(request: pytest.FixtureRequest, at: Target) -> Iterator[Reference]:
    at.ask("POST", f"sys/mounts/{at.name}", {"type": "transit"})
    at.ask("POST", f"{at.name}/keys/signer", {"type": request.param})
    yield Reference(scheme=Scheme.VAULT_TRANSIT, path=f"{at.name}/signer")
    at.ask("DELETE", f"sys/mounts/{at.name}")


async def test_a_key_signs_before_and_after_its_rotation(
    at: Target, session: VaultSession, key: Reference
) -> None:
    source = TransitSource(session)
    before = await source.fetch(key, None)
    at.ask("POST", f"{key.mount}/keys/signer/rotate", {})
    after = await source.fetch(key, before)

    # Each is verified by its own public key before it is returned.
    assert len(await source.sign(key, before, b"message")) in (64, 256)
    assert await source.sign(key, after, b"message")
    assert before.version != after.version


async def test_a_version_that_may_not_sign_any_more_is_refused(
    at: Target, session: VaultSession, key: Reference
) -> None:
    source = TransitSource(session)
    before = await source.fetch(key, None)
    at.ask("POST", f"{key.mount}/keys/signer/rotate", {})
    at.ask("POST", f"{key.mount}/keys/signer/config", {"min_encryption_version": 2})

    with pytest.raises(SecretRefused):
        await source.sign(key, before, b"message")


async def test_a_key_that_was_deleted_is_refused(
    at: Target, session: VaultSession, key: Reference
) -> None:
    source = TransitSource(session)
    known = await source.fetch(key, None)
    at.ask("POST", f"{key.mount}/keys/signer/config", {"deletion_allowed": True})
    at.ask("DELETE", f"{key.mount}/keys/signer")

    with pytest.raises(SecretRefused):
        await source.fetch(key, known)
    with pytest.raises(SecretRefused):
        await source.sign(key, known, b"message")


async def test_a_key_that_was_deleted_and_made_again_does_not_sign_for_the_old_one(
    at: Target, session: VaultSession, key: Reference
) -> None:
    source = TransitSource(session)
    known = await source.fetch(key, None)
    kind = at.ask("GET", f"{key.mount}/keys/signer")["data"]["type"]
    at.ask("POST", f"{key.mount}/keys/signer/config", {"deletion_allowed": True})
    at.ask("DELETE", f"{key.mount}/keys/signer")
    at.ask("POST", f"{key.mount}/keys/signer", {"type": kind})

    with pytest.raises(SecretRefused, match="none by this key"):
        await source.sign(key, known, b"message")


# What only the double has: a database behind Vault, an STS, and a clock that is moved.

READER = Reference(scheme=Scheme.VAULT_DATABASE, path="database/reader")
POLICY = """
path "database/creds/reader" { capabilities = ["read"] }
path "aws/sts/deployer" { capabilities = ["update"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/revoke" { capabilities = ["update"] }
"""


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def double(clock: StoppedClock) -> Iterator[RunningVault]:
    with vault(clock) as running:
        running.policy("gatehouse", POLICY)
        running.jwt_role(
            "gatehouse",
            SUBJECT,
            token_policies=["gatehouse"],
            token_ttl=900,
            token_max_ttl=3600,
        )
        running.database("reader", default_ttl=1200, max_ttl=4000)
        yield running


class Workload:
    """A process that logs in by a JWT, which is always of today."""

    def __init__(self, double: RunningVault, folder: Path) -> None:
        self._double, self._file = double, folder / "jwt"
        self._pauses: list[tuple[float, asyncio.Event]] = []
        self._write_jwt()
        login = FileLogin(self._file, method="jwt-file", mount="jwt", role="gatehouse")
        self.session = VaultSession(
            http_at(double.url), login, terms=Terms(), clock=double.clock, draw=lambda: 0.5
        )
        self.leases = Leases(self.session, double.clock, pause=self._pause)
        self.secrets = Secrets(
            {
                Scheme.VAULT_DATABASE: DatabaseSource(self.leases),
                Scheme.VAULT_AWS: AwsSource(self.leases),
            },
            {},
            terms=Terms(),
            clock=double.clock,
            draw=lambda: 0.5,
        )

    async def work_on(self, clock: StoppedClock, seconds: float) -> None:
        """Let time pass: the platform writes a new token, and whoever has waited goes on."""
        clock.advance(seconds)
        self._write_jwt()
        for until, over in self._pauses:
            if until <= clock.monotonic():
                over.set()
        await asyncio.sleep(0)

    def _write_jwt(self) -> None:
        self._file.write_text(self._double.jwt(SUBJECT), encoding="ascii")

    async def _pause(self, seconds: float) -> None:
        over = asyncio.Event()
        self._pauses.append((self._double.clock.monotonic() + seconds, over))
        await over.wait()

    async def user(self) -> str:
        """Return the database user that the process would connect as now."""
        held = await self.secrets.get(READER)
        name: str = json.loads(held.value.reveal())["username"]
        return name

    async def close(self) -> None:
        """End the process in good order."""
        await self.secrets.close()
        await self.leases.close()
        await self.session.close()


@pytest.fixture
async def workload(double: RunningVault, tmp_path: Path) -> AsyncIterator[Workload]:
    made = Workload(double, tmp_path)
    yield made
    await made.close()


async def test_for_eight_hours_no_user_is_one_that_the_database_does_not_let_in(
    workload: Workload, double: RunningVault, clock: StoppedClock
) -> None:
    """Tokens end after an hour at most, leases after 4,000 s, whichever way they are extended."""
    seen: set[str] = set()
    for _ in range(8 * 30):
        user = await workload.user()
        assert user in double.database_users
        seen.add(user)
        await workload.work_on(clock, 120)

    # Each of the eight tokens and more makes others; what they replace is given back.
    assert 8 < len(seen) < 30
    assert len(double.database_users) <= 3


async def test_with_faults_it_is_the_same_or_nothing(
    workload: Workload, double: RunningVault, clock: StoppedClock
) -> None:
    faults = [
        Fault(status=503),
        Fault(status=429, retry_after_s=1),
        Fault(status=500),
        Fault(cut="before"),
        Fault(cut="after"),
        Fault(spoiled="malformed"),
        Fault(spoiled="truncated"),
        Fault(lease_s=120),
    ]
    double.faults.script = Script(probability=0.3, faults=faults, seed=7)
    served = 0
    for _ in range(8 * 30):
        try:
            user = await workload.user()
        except (SecretOutage, SecretRefused):
            pass
        else:
            served += 1
            assert user in double.database_users
        await workload.work_on(clock, 120)

    assert served > 200
    double.faults.clear()


async def test_a_token_that_an_operator_revokes_takes_its_users_along(
    workload: Workload, double: RunningVault, clock: StoppedClock
) -> None:
    before = await workload.user()
    for token in double.tokens:
        double.revoke(token)
    assert before not in double.database_users

    await workload.work_on(clock, 700)
    after = await workload.user()

    assert after != before
    assert after in double.database_users


async def test_at_the_end_no_user_is_left(workload: Workload, double: RunningVault) -> None:
    await workload.user()
    assert double.database_users

    await workload.close()

    assert double.database_users == frozenset()
    assert double.leases == ()
    assert double.tokens == ()


async def test_without_a_policy_for_it_nothing_is_given_back_and_nothing_breaks(
    workload: Workload, double: RunningVault, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    double.policy("gatehouse", 'path "database/creds/reader" { capabilities = ["read"] }')

    for _ in range(3 * 30):
        assert await workload.user() in double.database_users
        await workload.work_on(clock, 120)

    assert caplog.text.count("secrets.revocation_denied") == 1
