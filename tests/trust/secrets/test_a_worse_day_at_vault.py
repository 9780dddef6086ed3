"""What comes together at Vault: a seal, a clock that is set and tokens that end, in one minute."""

import asyncio
from typing import NoReturn

import pytest

from fakes.a_day.worse import HOUR_S, Keeper, Worse, a_worse_day, staged
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.vault.answers import AnswerMalformed, given
from trust.secrets.vault.failures import classified, refusal
from trust.secrets.vault.token import auth_of

KV = Reference(scheme=Scheme.VAULT_KV, path="secret/client")
DATABASE = Reference(scheme=Scheme.VAULT_DATABASE, path="database/app")
AWS = Reference(scheme=Scheme.VAULT_AWS, path="aws/app")
TRANSIT = Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/client")
ALL = (KV, DATABASE, AWS, TRANSIT)


@pytest.mark.parametrize("by_s", [-3600.0, 86_400.0])
@pytest.mark.parametrize("tended", [True, False])
def test_a_seal_a_clock_that_is_set_and_tokens_that_end_in_the_same_minute(
    by_s: float, *, tended: bool
) -> None:
    counts, keeper = a_worse_day(
        Worse(places=ALL, hours=1.5, tended=tended, rotations=24),
        [
            (600, Keeper.seal),
            (610, lambda keeper: keeper.set_clock(by_s)),
            (620, Keeper.revoke_tokens),
            (700, Keeper.unseal),
            (2000, lambda keeper: keeper.set_clock(0)),
            (2010, Keeper.seal),
            (2300, Keeper.revoke_tokens),
            (2400, Keeper.unseal),
        ],
    )

    assert counts.forbidden == {}
    assert counts.served > 300
    assert counts.logins >= 3
    assert keeper.most_in_a_minute() < 60
    assert counts.longest_wait_s <= 11


@pytest.mark.parametrize(
    "path", ["auth/jwt/login", "auth/token/renew-self", "secret/data", "database/creds", "aws/sts"]
)
@pytest.mark.parametrize("how", [{"spoiled": "html"}, {"spoiled": "malformed"}, {"cut": "after"}])
def test_a_path_that_answers_nonsense_for_half_an_hour_does_no_harm_and_is_not_flooded(
    path: str, how: dict[str, str]
) -> None:
    places = [place for place in ALL if place is not TRANSIT]
    counts, keeper = a_worse_day(
        Worse(places=places, hours=1.25, requests_per_hour=120),
        [
            (600, lambda keeper: keeper.order(path=path, **how)),
            (2400, Keeper.heal),
        ],
    )

    assert counts.forbidden == {}
    assert keeper.most_in_a_minute(path) <= 15
    # What was over meanwhile is there again.
    assert counts.served > 50


@pytest.mark.parametrize(("by_s", "is_in_time"), [(2.9, True), (3.01, False)])
def test_answers_just_within_their_time_are_answers_and_just_beyond_are_none(
    by_s: float, *, is_in_time: bool
) -> None:
    counts, _ = a_worse_day(
        Worse(places=[KV, DATABASE], requests_per_hour=120),
        [(0, lambda keeper: keeper.slow_down(by_s))],
    )

    assert counts.forbidden == {}
    assert (counts.served > 0) is is_in_time
    assert counts.longest_wait_s <= 11
    if is_in_time:
        assert counts.unavailable == 0


def test_versions_that_jump_are_followed_and_what_is_deleted_ends() -> None:
    async def scene(secrets: Secrets, keeper: Keeper) -> None:
        async def now() -> str:
            await asyncio.sleep(301)
            held = await secrets.get(Reference(scheme=KV.scheme, path=KV.path, key="password"))
            return held.value.reveal()

        async def written(value: str) -> str:
            keeper.write("secret/data/client", data={"password": value})
            return await now()

        await now()
        assert await written("two") == "two"
        keeper.write("secret/delete/client", versions=[2])
        with pytest.raises(SecretRefused):
            await now()
        keeper.write("secret/undelete/client", versions=[2])
        assert await now() == "two"
        keeper.write("secret/destroy/client", versions=[2])
        with pytest.raises(SecretRefused):
            await now()
        keeper.write("secret/undelete/client", versions=[2])
        with pytest.raises(SecretRefused):
            await now()
        assert await written("three") == "three"
        keeper.ask("DELETE", "secret/metadata/client")
        with pytest.raises(SecretRefused):
            await now()
        assert await written("anew, with the number 1") == "anew, with the number 1"

    staged(scene, [KV])


def test_a_key_that_is_rotated_while_vault_is_away_is_followed_after_it() -> None:
    counts, _ = a_worse_day(
        Worse(places=[TRANSIT]),
        [
            (600, Keeper.seal),
            (650, Keeper.unseal),
            (651, lambda keeper: keeper.write("transit/keys/client/rotate")),
            (
                652,
                lambda keeper: keeper.write("transit/keys/client/config", min_encryption_version=2),
            ),
            (653, Keeper.seal),
            (900, Keeper.unseal),
        ],
    )

    assert counts.forbidden == {}
    assert counts.served > 200


async def _boom(_: str) -> NoReturn:
    raise RuntimeError("can't start new thread: canary")


def test_a_login_that_fails_in_a_way_that_nobody_knows_is_an_outage_with_pauses() -> None:
    def break_identity(keeper: Keeper) -> None:
        world = keeper.world
        world.jwt_svid = _counted

    tries = 0

    async def _counted(audience: str) -> NoReturn:
        nonlocal tries
        tries += 1
        await _boom(audience)

    counts, _ = a_worse_day(Worse(places=[KV, DATABASE, AWS]), [(0, break_identity)])

    assert counts.forbidden == {}
    assert counts.served == 0
    # Every five seconds at most, whoever asks.
    assert 60 < tries <= 720


def test_whatever_a_login_trips_over_is_an_outage_and_not_quoted() -> None:
    async def scene(secrets: Secrets, keeper: Keeper) -> None:
        await secrets.get(KV)
        world = keeper.world
        world.jwt_svid = _boom
        await asyncio.sleep(1500)

        session = world._vault.session
        with pytest.raises(SecretOutage) as raised:
            await session.call(str, KV)
        assert "canary" not in str(raised.value)

    staged(scene, [KV])


_STS = "error making upstream request: "
_UPGRADE = (
    "from non-versioned to versioned data. This backend will be unavailable for a brief period and"
    " will resume service"
)


@pytest.mark.parametrize(
    "said",
    [
        f"{_STS}received error code 503 from STS: <Error><Code>ServiceUnavailable</Code></Error>",
        f"{_STS}received error code 400 from STS: <Error><Code>Throttling</Code></Error>",
        f"{_STS}error making request: POST https://sts.amazonaws.com/ giving up after 1 attempt(s)",
        "Error assuming role: ServiceUnavailable: \n\tstatus code: 503, request id: 1",
        "Error assuming role: RequestLimitExceeded: Request limit exceeded.",
        f"Upgrading {_UPGRADE} shortly.",
        f"Waiting for the primary to upgrade {_UPGRADE} when the primary is finished.",
        "path disabled in replication DR secondary mode",
    ],
)
def test_what_vault_could_not_do_for_others_sake_is_an_outage(said: str) -> None:
    """Vault says it by a 400, as if the request were wrong: nobody has taken anything away."""
    assert type(classified(refusal(400, {"errors": [said]}), KV)) is SecretOutage


@pytest.mark.parametrize(
    "said",
    [
        f"{_STS}received error code 403 from STS: <Error><Code>InvalidClientTokenId</Code></Error>",
        "Error assuming role: AccessDenied: not authorized\n\tstatus code: 403, request id: 1",
        "unknown role: app",
        "encryption key not found",
    ],
)
def test_what_others_have_refused_vault_is_a_refusal(said: str) -> None:
    assert isinstance(classified(refusal(400, {"errors": [said]}), KV), SecretRefused)


@pytest.mark.parametrize("lease_s", [10**400, 2**63, -1, 0, True, "600", None, 1e999, float("nan")])
def test_a_lease_of_no_possible_length_is_no_lease(lease_s: object) -> None:
    with pytest.raises(AnswerMalformed):
        given({"lease_id": "database/creds/app/1", "lease_duration": lease_s, "renewable": True})
    with pytest.raises(ValueError, match="kind"):
        auth_of(
            {
                "auth": {
                    "client_token": "hvs.a",
                    "lease_duration": lease_s,
                    "token_type": "service",
                }
            }
        )


def test_hundreds_who_ask_at_once_and_half_of_them_go_away() -> None:
    async def scene(secrets: Secrets, keeper: Keeper) -> None:
        asking = [
            asyncio.ensure_future(secrets.get(place))
            for place in (KV, DATABASE)
            for _ in range(200)
        ]
        await asyncio.sleep(0)
        for one in asking[::2]:
            one.cancel()
        found = await asyncio.gather(*asking, return_exceptions=True)

        assert sum(isinstance(one, asyncio.CancelledError) for one in found) == len(asking) // 2
        assert len({one.version for one in found if not isinstance(one, BaseException)}) == 2
        # A login, and one question for each.
        assert len(keeper.calls) == 3

    staged(scene, [KV, DATABASE])


def test_whoever_asks_while_all_is_closed_gets_an_answer() -> None:
    async def scene(secrets: Secrets, keeper: Keeper) -> None:
        keeper.slow_down(2.0)
        asking = [asyncio.ensure_future(secrets.get(place)) for place in ALL[:3] for _ in range(20)]
        await asyncio.sleep(1)
        await secrets.close()
        await keeper.world._vault.close()

        async with asyncio.timeout(12):
            found = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(one, SecretUnavailable) for one in found)

    staged(scene, ALL[:3])


def test_half_an_hour_is_half_an_hour() -> None:
    """Else what is counted by the minute above would be counted by something else."""
    _, keeper = a_worse_day(Worse(places=[KV], hours=0.5), [])

    calls = keeper.calls
    assert 1500 < calls[-1].at - calls[0].at <= HOUR_S
