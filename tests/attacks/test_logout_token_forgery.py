"""Forged logout tokens: whoever could make one could log out anybody, again and again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from bff.logout.token import MAX_AGE_S
from bff.provider.id_token import LEEWAY_S
from fakes.proxy.asgi import ask
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import CLIENT_ID
from fakes.proxy.provider.logout import EVENT, FORM, deliver, logout_claims, logout_token
from fakes.proxy.provider.tokens import (
    public,
    rsa_key,
    signed,
    signed_by_hand,
    signed_text,
    signed_with_public_key,
    unsigned,
)

Forger = Callable[[House], str]


def with_claims(**changes: Any) -> Forger:
    return lambda house: logout_token(house, **changes)


def aged(seconds: int) -> Forger:
    def forge(house: House) -> str:
        now = house.clock.now()
        return logout_token(house, iat=now + seconds, exp=now + 1000)

    return forge


def with_header(**members: Any) -> Forger:
    def forge(house: House) -> str:
        header = {"alg": "RS256", "kid": "rsa-1", "typ": "logout+jwt", **members}
        return signed_by_hand(
            {name: value for name, value in header.items() if value is not None},
            logout_claims(house),
            rsa_key(),
        )

    return forge


def of_another_issuer(house: House) -> str:
    return logout_token(house, iss="https://login.evil.test")


def by_a_stranger(house: House) -> str:
    return signed(logout_claims(house), rsa_key("stranger"), kid="rsa-1", typ="logout+jwt")


def by_a_key_of_its_own(house: House) -> str:
    (own,) = public(rsa_key("stranger"))
    header = {"alg": "RS256", "kid": "rsa-1", "typ": "logout+jwt", "jwk": own}
    return signed_by_hand(header, logout_claims(house), rsa_key("stranger"))


def an_id_token(house: House) -> str:
    return house.provider.issued[-1]


def an_id_token_with_the_event(house: House) -> str:
    claims = logout_claims(house, sub="alice", nonce="n", auth_time=house.clock.now())
    return signed(claims, rsa_key(), typ="logout+jwt")


def changed_after_signing(house: House) -> str:
    head, _, mac = logout_token(house, sid="other").split(".")
    return f"{head}.{logout_token(house).split('.')[1]}.{mac}"


def with_two_sids(house: House) -> str:
    import json

    text = json.dumps(logout_claims(house, sid="other"))[:-1] + ', "sid": "provider-session"}'
    return signed_text({"alg": "RS256", "kid": "rsa-1", "typ": "logout+jwt"}, text, rsa_key())


FORGERIES: dict[str, Forger] = {
    "alg none": lambda house: unsigned(logout_claims(house)),
    "alg RS256 and no signature": lambda house: unsigned(logout_claims(house), "RS256"),
    "HS256 with the public key": lambda house: signed_with_public_key(
        logout_claims(house), rsa_key()
    ),
    "a stranger's key under our key's name": by_a_stranger,
    "a key of its own": by_a_key_of_its_own,
    "an unknown key": lambda house: signed(
        logout_claims(house), rsa_key("unknown"), typ="logout+jwt"
    ),
    "another issuer": of_another_issuer,
    "issuer with a slash more": lambda house: logout_token(house, iss=house.provider.issuer + "/"),
    "no issuer": with_claims(iss=None),
    "a list of issuers": lambda house: logout_token(house, iss=[house.provider.issuer]),
    "another audience": with_claims(aud="another-client"),
    "us and another audience": with_claims(aud=[CLIENT_ID, "another-client"]),
    "no audience": with_claims(aud=None),
    "an empty list of audiences": with_claims(aud=[]),
    "audience of a wrong type": with_claims(aud={CLIENT_ID: 1}),
    "no iat": with_claims(iat=None),
    "iat as text": with_claims(iat="now"),
    "iat as a boolean": with_claims(iat=True),
    "iat in the future": aged(LEEWAY_S + 1),
    "iat long ago": aged(-MAX_AGE_S - LEEWAY_S - 1),
    "iat 1e300": with_claims(iat=1e300),
    "no exp": with_claims(exp=None),
    "expired": lambda house: logout_token(house, exp=house.clock.now() - LEEWAY_S),
    "exp as text": with_claims(exp="later"),
    "not valid yet": lambda house: logout_token(house, nbf=house.clock.now() + LEEWAY_S + 1),
    "nbf as text": with_claims(nbf="now"),
    "no jti": with_claims(jti=None),
    "an empty jti": with_claims(jti=""),
    "a numeric jti": with_claims(jti=7),
    "an endless jti": with_claims(jti="x" * 513),
    "no events": with_claims(events=None),
    "events is a list": with_claims(events=[EVENT]),
    "events is a text": with_claims(events=EVENT),
    "another event": with_claims(events={"https://schemas.example/other": {}}),
    "an event that is no object": with_claims(events={EVENT: True}),
    "an event that is a list": with_claims(events={EVENT: []}),
    "a nonce": with_claims(nonce="n"),
    "an empty nonce": with_claims(nonce=""),
    "neither sid nor sub": with_claims(sid=None),
    "a numeric sid": with_claims(sid=7),
    "an empty sid": with_claims(sid=""),
    "a list of sids": with_claims(sid=["provider-session"]),
    "a numeric sub": with_claims(sub=7),
    "an empty sub": with_claims(sub=""),
    "an endless sid": with_claims(sid="x" * 513),
    "typ JWT": with_header(typ="JWT"),
    "no typ": with_header(typ=None),
    "typ at+jwt": with_header(typ="at+jwt"),
    "typ secevent+jwt": with_header(typ="secevent+jwt"),
    "a critical extension": with_header(crit=["x"], x=1),
    "b64": with_header(b64=False),
    "a list of key ids": with_header(kid=["rsa-1"]),
    "an ID token": an_id_token,
    "an ID token with the event": an_id_token_with_the_event,
    "changed after signing": changed_after_signing,
    "two sids": with_two_sids,
    "a part more": lambda house: logout_token(house) + ".x",
    "encrypted": lambda _: "a.b.c.d.e",
    "empty": lambda _: "",
    "garbage": lambda _: "\x00é<script>",
    "endless": lambda _: "A" * 60_000,
}


@pytest.mark.parametrize("how", FORGERIES)
async def test_logout_token_forgery(house: House, alice: Browser, how: str) -> None:
    token = FORGERIES[how](house)

    answer = await deliver(house, token)

    assert (answer.status, answer.json) == (400, {"error": "invalid_request"})
    assert answer.header("cache-control") == "no-store"
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_logout_token_forgery_by_a_replay_after_a_new_login(
    house: House, alice: Browser
) -> None:
    token = logout_token(house)
    assert (await deliver(house, token)).status == 200
    house.clock.advance(2)
    await alice.login()

    replayed = await deliver(house, token)

    assert replayed.status == 400
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_logout_token_forgery_a_replay_is_refused_for_as_long_as_the_token_would_count(
    house: House, alice: Browser
) -> None:
    now = house.clock.now()
    token = logout_token(house, iat=now + LEEWAY_S, exp=now + 10_000)
    assert (await deliver(house, token)).status == 200
    for _ in range(20):
        house.clock.advance((MAX_AGE_S + 3 * LEEWAY_S) / 20)
        await alice.login()
        assert (await deliver(house, token)).status == 400
        assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_logout_token_forgery_a_replay_that_cannot_be_looked_up_is_not_carried_out(
    house: House, alice: Browser
) -> None:
    token = logout_token(house)
    await deliver(house, token)
    house.clock.advance(2)
    await alice.login()
    house.table.down = True

    answer = await deliver(house, token)

    house.table.down = False
    assert answer.status == 503
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


BODIES: dict[str, Callable[[str], bytes]] = {
    "two tokens": lambda token: urlencode(
        [("logout_token", token), ("logout_token", token)]
    ).encode(),
    "no token": lambda _: b"other=1",
    "empty": lambda _: b"",
    "JSON": lambda token: b'{"logout_token": "' + token.encode() + b'"}',
    "no text": lambda _: b"logout_token=\xff\xfe",
    "endless": lambda token: b"x=" + b"A" * 70_000 + b"&logout_token=" + token.encode(),
    "a hundred fields": lambda token: b"a=1&" * 100 + b"logout_token=" + token.encode(),
}


@pytest.mark.parametrize("how", BODIES)
async def test_logout_token_forgery_by_another_body(house: House, alice: Browser, how: str) -> None:
    body = BODIES[how](logout_token(house))

    answer = await ask(house.app, "POST", "/auth/backchannel-logout", [FORM], body)

    assert answer.status == 400
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
async def test_logout_token_forgery_by_another_content_type(
    house: House, alice: Browser, kind: str
) -> None:
    body = urlencode({"logout_token": logout_token(house)}).encode()
    headers = [("Content-Type", kind)] if kind else []

    answer = await ask(house.app, "POST", "/auth/backchannel-logout", headers, body)

    assert answer.status == 400
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_logout_token_forgery_in_the_query_is_no_token(house: House, alice: Browser) -> None:
    query = urlencode({"logout_token": logout_token(house)})

    answer = await ask(house.app, "POST", f"/auth/backchannel-logout?{query}", [FORM])

    assert answer.status == 400
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_logout_token_forgery_the_reason_is_told_to_nobody(
    house: House, alice: Browser
) -> None:
    answers = {
        (await deliver(house, FORGERIES[how](house))).body
        for how in ("typ JWT", "a nonce", "another issuer", "an unknown key", "garbage")
    }

    assert len(answers) == 1
    assert alice.ticket is not None
