"""All secrets of a process."""

import asyncio
import json
from math import inf

import pytest

from contracts.secret_source import OTHER, VALUE, shown
from fakes.secret_source import Gate, KnownSecrets
from fakes.secrets import secrets_of
from fakes.two_clocks import TwoClocks
from trust.secret import Secret
from trust.secrets.cell import PATIENCE_S, State
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import Fetched, SecretMalformed, SecretOutage, SecretRefused, Unfit

WHOLE = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc")
MEMBER = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="client")
SECOND = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="other")
LEASED = Reference(scheme=Scheme.VAULT_DATABASE, path="database/app")


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


@pytest.fixture
def source() -> KnownSecrets:
    return KnownSecrets({"oidc": json.dumps({"client": VALUE, "other": OTHER})})


@pytest.fixture
def vault() -> KnownSecrets:
    return KnownSecrets({LEASED.path: VALUE}, lease_s=3600.0)


@pytest.fixture
def secrets(source: KnownSecrets, vault: KnownSecrets, clock: TwoClocks) -> Secrets:
    return secrets_of({Scheme.SECRETS_MANAGER: source, Scheme.VAULT_DATABASE: vault}, clock)


async def turns(count: int) -> None:
    """Let everything that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


def revealed(secret: Secret) -> str:
    return secret.reveal()


class NotOfTheForm(Unfit):
    """A user's own error."""


async def test_a_secret_says_when_it_was_fetched_and_when_it_is_over(
    secrets: Secrets, clock: TwoClocks
) -> None:
    held = await secrets.get(LEASED)

    assert held.value == Secret(VALUE)
    assert held.fetched_at == clock.now()
    assert held.expires_at == clock.now() + 3590
    assert VALUE not in repr(held)


async def test_members_of_a_secret_are_fetched_together(
    secrets: Secrets, source: KnownSecrets
) -> None:
    first, second = await asyncio.gather(secrets.get(MEMBER), secrets.get(SECOND))

    assert (first.value, second.value) == (Secret(VALUE), Secret(OTHER))
    assert first.version == second.version
    assert source.asked == [WHOLE]


async def test_a_member_that_is_missing_is_refused_and_drops_nothing(secrets: Secrets) -> None:
    third = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="third")
    with pytest.raises(SecretRefused, match="awssm:oidc has no member third") as refused:
        await secrets.get(third)

    assert VALUE not in shown(refused.value)
    assert (await secrets.get(MEMBER)).value == Secret(VALUE)


async def test_a_version_that_lost_a_member_in_use_is_somebody_s_mistake(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    await secrets.get(MEMBER)
    source.secrets["oidc"] = json.dumps({"other": VALUE})
    clock.pass_(300)

    assert (await secrets.get(MEMBER)).value == Secret(VALUE)
    clock.pass_(599)
    with pytest.raises(SecretMalformed, match="no member client"):
        await secrets.get(MEMBER)


async def test_a_member_is_expected_once_however_often_it_is_asked_for(
    secrets: Secrets, source: KnownSecrets
) -> None:
    for _ in range(5):
        await secrets.get(MEMBER)

    assert len(secrets._cells[WHOLE].checks) == 1


async def test_a_scheme_that_nobody_keeps_is_refused_by_its_name(secrets: Secrets) -> None:
    with pytest.raises(SecretRefused, match="env:"):
        await secrets.get(Reference(scheme=Scheme.ENV, path="A"))
    with pytest.raises(SecretRefused, match="kms:"):
        await secrets.signer(Reference(scheme=Scheme.KMS, path="a"))


async def test_an_eviction_between_the_answer_and_its_use_is_not_overlooked(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.before_answer = gate = Gate()
    waiting = asyncio.ensure_future(secrets.get(WHOLE))
    await gate.reached.wait()
    gate.open()
    cell = secrets._cells[WHOLE]
    looking = cell.begin()
    looking.add_done_callback(lambda _: cell.evict(SecretRefused("awssm:oidc: denied")))

    with pytest.raises(SecretRefused, match="denied"):
        await waiting


async def test_after_a_refusal_elsewhere_another_version_is_looked_for(
    secrets: Secrets, source: KnownSecrets
) -> None:
    refused = await secrets.get(MEMBER)
    source.secrets["oidc"] = json.dumps({"client": OTHER})

    newer = await secrets.newer(MEMBER, refused.version)

    assert newer.value == Secret(OTHER)
    assert newer.version != refused.version


async def test_what_is_kept_is_parsed_once_for_each_version(
    secrets: Secrets, source: KnownSecrets
) -> None:
    parsed: list[str] = []

    def parse(secret: Secret) -> str:
        parsed.append(secret.reveal())
        return secret.reveal()

    kept = await secrets.keep(MEMBER, parse)
    parsed.clear()
    for _ in range(3):
        assert kept.current == VALUE
    assert parsed == []

    source.secrets["oidc"] = json.dumps({"client": OTHER})
    assert await kept.newer()
    assert kept.current == OTHER
    assert parsed == [OTHER, OTHER]


async def test_a_look_that_finds_the_same_version_parses_nothing_anew(
    secrets: Secrets, clock: TwoClocks
) -> None:
    kept = await secrets.keep(MEMBER, lambda secret: [secret.reveal()])
    first = kept.current
    clock.pass_(300)
    await secrets.tend()

    assert kept.current is first


async def test_what_is_kept_may_be_nothing_at_all(secrets: Secrets) -> None:
    kept = await secrets.keep(MEMBER, lambda _: None)

    assert kept.current is None


async def test_a_refusal_drops_what_was_made_of_the_secret(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    kept = await secrets.keep(MEMBER, revealed)
    assert kept.current == VALUE
    source.fault = SecretRefused("awssm:oidc: denied")
    clock.pass_(300)
    await secrets.tend()

    with pytest.raises(SecretRefused, match="denied"):
        _ = kept.current
    assert VALUE not in repr([getattr(kept, name) for name in ("_parsed", "_found")])
    assert isinstance(kept.fault, SecretRefused)


async def test_what_is_kept_is_over_when_the_secret_is(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    kept = await secrets.keep(MEMBER, revealed)
    source.fault = SecretOutage("awssm:oidc: status 503")
    clock.freeze(899)

    with pytest.raises(SecretOutage):
        _ = kept.current
    with pytest.raises(SecretOutage, match="503"):
        await kept.open()


async def test_what_is_not_of_the_form_is_told_and_expected_no_longer(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    def parse(secret: Secret) -> str:
        if secret.reveal() == VALUE:
            raise NotOfTheForm("is no key")
        return secret.reveal()

    with pytest.raises(SecretMalformed, match="awssm:oidc: is no key"):
        await secrets.keep(MEMBER, parse)
    clock.pass_(1)

    assert (await secrets.get(MEMBER)).value == Secret(VALUE)
    with pytest.raises(SecretMalformed, match="is no key"):
        await secrets.keep(MEMBER, parse)
    assert (await secrets.get(MEMBER)).value == Secret(VALUE)
    assert secrets.health()[0].failures == 0


async def test_on_lambda_whoever_opens_what_is_kept_looks_when_it_is_due(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    kept = await secrets.keep(MEMBER, revealed)
    source.secrets["oidc"] = json.dumps({"client": OTHER})
    clock.freeze(600)

    assert await kept.open() == OTHER


async def test_whoever_asks_for_a_newer_one_learns_whether_there_is_one(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    kept = await secrets.keep(MEMBER, revealed)
    assert not await kept.newer()

    clock.freeze(3600)
    assert await kept.newer()


async def test_all_that_is_due_is_looked_at_at_the_same_time(
    secrets: Secrets, source: KnownSecrets, vault: KnownSecrets, clock: TwoClocks
) -> None:
    await asyncio.gather(secrets.get(WHOLE), secrets.get(LEASED))
    assert await secrets.tend() == pytest.approx(300.0)
    clock.pass_(2400)
    source.before_answer, vault.before_answer = both = Gate(), Gate()

    tending = asyncio.ensure_future(secrets.tend())
    for gate in both:
        await gate.reached.wait()
    for gate in both:
        gate.open()

    assert await tending == pytest.approx(300.0)
    assert (len(source.asked), len(vault.asked)) == (2, 2)


async def test_a_keeper_that_hangs_keeps_nobody_from_the_others(
    secrets: Secrets, source: KnownSecrets, vault: KnownSecrets, clock: TwoClocks
) -> None:
    await asyncio.gather(secrets.get(WHOLE), secrets.get(LEASED))
    clock.pass_(2400)
    source.before_answer = Gate()
    vault.secrets[LEASED.path] = OTHER

    async with asyncio.timeout(1.0):
        await secrets.tend(0.0)
        await secrets.tend(0.0)

    assert (await secrets.get(LEASED)).value == Secret(OTHER)
    assert len(source.asked) == 2
    await secrets.close()


async def test_on_lambda_a_keeper_that_hangs_is_not_waited_for_by_every_invocation(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    await secrets.get(WHOLE)
    clock.pass_(300)
    source.before_answer = gate = Gate()
    first = asyncio.ensure_future(secrets.tend())
    await gate.reached.wait()
    clock.pass_(PATIENCE_S)

    await asyncio.wait_for(secrets.tend(), 1.0)

    assert (await asyncio.wait_for(secrets.get(WHOLE), 1.0)).value
    gate.open()
    await first
    assert len(source.asked) == 2


async def test_on_lambda_what_is_not_there_yet_is_waited_for(
    secrets: Secrets, source: KnownSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.secrets.cell.PATIENCE_S", 0.0)
    told: list[Fetched | None] = []
    secrets.on_change(WHOLE, told.append)
    source.before_answer = gate = Gate()
    tending = asyncio.ensure_future(secrets.tend())
    await gate.reached.wait()
    await turns(10)
    assert not tending.done()
    gate.open()
    await tending

    assert len(told) == 1


async def test_with_nothing_to_tend_there_is_no_hurry(clock: TwoClocks) -> None:
    assert await secrets_of({}, clock).tend() == inf


async def test_what_is_over_is_forgotten_though_nobody_asks(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    told: list[Fetched | None] = []
    await secrets.get(WHOLE)
    secrets.on_change(WHOLE, told.append)
    source.fault = SecretOutage("awssm:oidc: status 503")
    clock.freeze(900)
    await secrets.tend()

    assert told == [None]
    assert [health.state for health in secrets.health()] == [State.ABSENT]


async def test_where_somebody_tends_nobody_looks(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    await secrets.get(WHOLE)
    secrets.tended = True
    clock.pass_(600)
    await secrets.get(WHOLE)
    await secrets.get(LEASED)
    clock.pass_(290)
    await secrets.get(LEASED)

    assert secrets.tended
    assert len(source.asked) == 1


async def test_a_watcher_may_come_before_anybody_who_asks(secrets: Secrets) -> None:
    told: list[Fetched | None] = []
    secrets.on_change(MEMBER, told.append)
    await secrets.tend()

    assert len(told) == 1


async def test_closing_forgets_all(secrets: Secrets) -> None:
    await asyncio.gather(secrets.get(WHOLE), secrets.get(LEASED))

    await secrets.close()

    assert {health.state for health in secrets.health()} == {State.ABSENT}
