"""What the core still holds of a secret when it should hold nothing: found by walking all of it."""

import gc
from collections.abc import Callable
from types import FrameType, FunctionType, MethodType, ModuleType
from typing import Any

import pytest

from fakes.cells import PLACE, REFUSAL
from fakes.secret_source import KnownSecrets
from fakes.secrets import secrets_of
from fakes.two_clocks import TwoClocks
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretRefused

FIRST, SECOND = "canary-of-the-first-version", "canary-of-the-second-version"
_BESIDE = (ModuleType, type, FrameType)
"""What everything hangs together by, and no secret is in."""


def held_by(root: object) -> set[str]:
    """Return the secrets that can be reached from an object, its closures and its methods."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _BESIDE):
            continue
        seen.add(id(one))
        if isinstance(one, Secret):
            found.add(one.reveal())
        elif isinstance(one, FunctionType):
            # Not its globals: they are all the program.
            waiting += [one.__closure__, one.__defaults__, one.__kwdefaults__]
        else:
            waiting += gc.get_referents(one)
            if isinstance(one, MethodType):
                waiting.append(one.__self__)
    return found


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


@pytest.fixture
def source() -> KnownSecrets:
    return KnownSecrets({PLACE.path: FIRST})


@pytest.fixture
def secrets(source: KnownSecrets, clock: TwoClocks) -> Secrets:
    return secrets_of({Scheme.VAULT_KV: source}, clock)


def core_of(secrets: Secrets) -> set[str]:
    """Return what the core holds; its keeper is not of it."""
    core: Any = secrets
    core._sources = {}
    for cell in core._cells.values():
        # It knows them all, whether somebody asks or not.
        cell.source = None
    return held_by(secrets)


async def test_the_walk_finds_a_secret_that_is_in_use(secrets: Secrets) -> None:
    await secrets.get(PLACE)

    assert core_of(secrets) == {FIRST}


async def test_what_a_newer_version_took_the_place_of_is_gone(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    kept = await secrets.keep(PLACE, _parsed)
    source.secrets[PLACE.path] = SECOND
    clock.pass_(301)
    await secrets.get(PLACE)

    assert kept.current.reveal() == SECOND
    assert core_of(secrets) == {SECOND}


async def test_what_its_owner_refused_is_gone_with_the_next_version(
    secrets: Secrets, source: KnownSecrets
) -> None:
    """The rotation of a client secret: `invalid_client`, and another one a moment later."""
    first = await secrets.get(PLACE)
    source.secrets[PLACE.path] = SECOND
    second = await secrets.newer(PLACE, first.version)
    del first

    assert second.value.reveal() == SECOND
    assert core_of(secrets) == {SECOND}


async def _closed(secrets: Secrets, source: KnownSecrets, clock: TwoClocks) -> None:
    del source, clock
    await secrets.close()


async def _refused(secrets: Secrets, source: KnownSecrets, clock: TwoClocks) -> None:
    source.fault = REFUSAL
    clock.pass_(301)
    with pytest.raises(SecretRefused):
        await secrets.get(PLACE)


async def _over(secrets: Secrets, source: KnownSecrets, clock: TwoClocks) -> None:
    del source
    clock.pass_(901)
    secrets.health()


@pytest.mark.parametrize("ended", [_closed, _refused, _over])
@pytest.mark.parametrize("was_refused", [False, True])
async def test_what_is_over_refused_or_given_back_is_gone(
    secrets: Secrets,
    source: KnownSecrets,
    clock: TwoClocks,
    ended: Callable[..., Any],
    *,
    was_refused: bool,
) -> None:
    kept = await secrets.keep(PLACE, _parsed)
    told: list[object] = []
    secrets.on_change(PLACE, lambda found: told.append(found is None))
    held = await secrets.get(PLACE)
    if was_refused:
        await secrets.newer(PLACE, held.version)
    del held
    await ended(secrets, source, clock)

    assert told[-1] is True
    assert core_of(secrets) == set()
    assert held_by(kept) == set()


def _parsed(found: Secret) -> Secret:
    return Secret(found.reveal())


def test_a_reference_holds_no_secret() -> None:
    assert held_by(Reference(scheme=Scheme.ENV, path="NAME")) == set()
