"""What everything that keeps secrets has to do."""

import json
import logging
import random
import traceback
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import JWKRegistry

from trust.clock import SystemClock
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.members import member
from trust.secrets.reference import Reference
from trust.secrets.secrets import Held, Secrets
from trust.secrets.source import (
    Fetched,
    SecretOutage,
    SecretRefused,
    SecretUnavailable,
    SigningSource,
    Source,
)

VALUE = "correct-horse-battery"
OTHER = "staple-of-another-kind"


def secrets_of(source: Source, reference: Reference) -> Secrets:
    """Return what looks secrets up in `source`, whatever the reference's scheme."""
    return Secrets(
        {reference.scheme: source}, {}, terms=Terms(), clock=SystemClock(), draw=random.random
    )


async def read(source: Source, reference: Reference) -> Held:
    """Read a secret, or its member, once. Raises as `Secrets.get`."""
    return await secrets_of(source, reference).get(reference)


def shown(error: BaseException) -> str:
    """Return all that anybody could come to see of an error: causes, contexts, arguments."""
    texts: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        texts += [str(seen), repr(seen), repr(seen.args), repr(getattr(seen, "__notes__", ""))]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "".join([*texts, *traceback.format_exception(error)])


class SecretSourceContract:
    """Needs fixtures `source`, `there` (which names VALUE) and `missing` (which names nothing).

    Both may name a member, which is looked for in what the source answers.
    """

    async def test_a_secret_is_read(self, source: Source, there: Reference) -> None:
        assert (await read(source, there)).value == Secret(VALUE)

    async def test_a_place_is_fetched_whole(self, source: Source, there: Reference) -> None:
        found = await source.fetch(there.place, None)

        assert member(found.value, there) == Secret(VALUE)

    async def test_a_value_that_stays_keeps_its_version(
        self, source: Source, there: Reference
    ) -> None:
        first = await source.fetch(there.place, None)
        again = await source.fetch(there.place, first)

        assert again.version == first.version
        assert again.value == first.value

    async def test_a_version_says_nothing_of_the_value(
        self, source: Source, there: Reference
    ) -> None:
        found = await source.fetch(there.place, None)

        assert found.version
        assert VALUE not in found.version
        assert VALUE not in repr(found)

    async def test_a_lease_is_some_time_and_what_is_constant_has_none(
        self, source: Source, there: Reference
    ) -> None:
        found = await source.fetch(there.place, None)

        assert found.lease_s is None or found.lease_s > 0
        assert not (found.constant and found.lease_s is not None)

    async def test_a_secret_that_is_not_there_is_refused_by_name(
        self, source: Source, missing: Reference
    ) -> None:
        with pytest.raises(SecretRefused) as refused:
            await read(source, missing)

        assert missing.path in str(refused.value)
        assert refused.value.status == 503

    async def test_nothing_that_was_read_is_logged(
        self, source: Source, there: Reference, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            await read(source, there)

        assert VALUE not in "".join(record.getMessage() for record in caplog.records)

    async def test_an_error_does_not_quote_a_secret(
        self, source: Source, missing: Reference
    ) -> None:
        with pytest.raises(SecretUnavailable) as unavailable:
            await read(source, missing)

        assert VALUE not in shown(unavailable.value)


class ChangingSourceContract(SecretSourceContract):
    """Of sources whose secrets change; `change` puts another value where `there` points to."""

    async def test_the_newest_value_is_fetched_under_another_version(
        self, source: Source, there: Reference, change: Callable[[str], object]
    ) -> None:
        first = await source.fetch(there.place, None)
        change(OTHER)
        second = await source.fetch(there.place, first)

        assert member(second.value, there) == Secret(OTHER)
        assert second.version != first.version
        assert not second.constant


class KeeperContract(ChangingSourceContract):
    """Of keepers elsewhere: `deny` makes this one say no, `fail` be out of order, `heal` neither.

    They say so of `there`, with their own words (which should hold VALUE, to try us).
    """

    async def test_a_denial_is_a_refusal(
        self, source: Source, there: Reference, deny: Callable[[], object]
    ) -> None:
        await source.fetch(there.place, None)
        deny()

        with pytest.raises(SecretRefused) as refused:
            await source.fetch(there.place, None)

        assert there.path in str(refused.value)
        assert VALUE not in shown(refused.value)

    async def test_a_keeper_out_of_order_is_an_outage(
        self, source: Source, there: Reference, fail: Callable[[], object]
    ) -> None:
        await source.fetch(there.place, None)
        fail()

        with pytest.raises(SecretOutage) as outage:
            await source.fetch(there.place, None)

        assert there.path in str(outage.value)
        assert VALUE not in shown(outage.value)

    async def test_after_a_fault_it_is_asked_again_with_success(
        self,
        source: Source,
        there: Reference,
        fail: Callable[[], object],
        heal: Callable[[], object],
    ) -> None:
        fail()
        with pytest.raises(SecretOutage):
            await source.fetch(there.place, None)
        heal()

        assert member((await source.fetch(there.place, None)).value, there) == Secret(VALUE)


class SigningSourceContract:
    """Of keys that sign where they are: needs `signing`, `key` (a place) and `disable`."""

    async def test_what_is_fetched_is_the_public_key_alone(
        self, signing: SigningSource, key: Reference
    ) -> None:
        found = await signing.fetch(key, None)
        jwk = json.loads(found.value.reveal())

        assert {"kty", "kid", "alg"} <= set(jwk)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(jwk)
        assert found.version

    async def test_its_kid_is_its_thumbprint(self, signing: SigningSource, key: Reference) -> None:
        jwk = json.loads((await signing.fetch(key, None)).value.reveal())

        assert jwk["kid"] == JWKRegistry.import_key(jwk).thumbprint()

    async def test_a_signature_is_verified_by_the_public_key(
        self, signing: SigningSource, key: Reference
    ) -> None:
        found = await signing.fetch(key, None)
        message = signing_input(found)

        signature = await signing.sign(key, found, message)

        assert verified(found, message, signature)
        assert not verified(found, signing_input(found, b"another payload"), signature)

    async def test_a_disabled_key_neither_signs_nor_is_fetched(
        self, signing: SigningSource, key: Reference, disable: Callable[[], object]
    ) -> None:
        found = await signing.fetch(key, None)
        disable()

        with pytest.raises(SecretRefused) as refused:
            await signing.sign(key, found, signing_input(found))
        assert key.path in str(refused.value)
        with pytest.raises(SecretRefused):
            await signing.fetch(key, found)


def signing_input(key: Fetched, payload: bytes = b"a payload of some length") -> bytes:
    """Return what is signed of a JWS (RFC 7515 §5.1) by the key whose public one `key` is."""
    header = json.dumps({"alg": json.loads(key.value.reveal())["alg"]})
    return b".".join(_base64url(part) for part in (header.encode(), payload))


def verified(key: Fetched, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature is right, by a library that has no part in making it."""
    jwk = json.loads(key.value.reveal())
    compact = message + b"." + _base64url(signature)
    try:
        jws.deserialize_compact(compact, JWKRegistry.import_key(jwk), algorithms=[jwk["alg"]])
    except BadSignatureError:
        return False
    return True


def _base64url(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
