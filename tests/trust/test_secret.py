"""A secret is seen nowhere but where it is revealed."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass

import pytest

from fakes.login import new_session
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.secret import Secret

VALUE = "correct-horse-battery"
SECRET = Secret(VALUE)


@dataclass(frozen=True, slots=True)
class Holder:
    password: Secret


def fail(password: Secret) -> None:
    """Raise an error that carries the secret."""
    raise ValueError(password, Holder(password), {"password": password})


def raised() -> str:
    """Return the traceback of an error that carries the secret, with all local variables."""
    try:
        fail(SECRET)
    except ValueError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(shown.format()) + repr(error) + str(error)
    return ""


def logged() -> str:
    """Return a log line with the secret as message, argument and field."""
    made = logging.LogRecord(
        "n", logging.INFO, "p", 1, "%s %r %s", (SECRET, SECRET, [SECRET]), None
    )
    return logging.Formatter().format(made)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(repr(SECRET), id="repr"),
        pytest.param(str(SECRET), id="str"),
        pytest.param(ascii(SECRET), id="ascii"),
        pytest.param(f"{SECRET}", id="f-string"),
        pytest.param(f"{SECRET!r:>40}", id="f-string-repr-padded"),
        pytest.param(f"{SECRET:>40}", id="f-string-padded"),
        pytest.param("{} {0!s}".replace("{}", "{0}").format(SECRET), id="format"),
        pytest.param("%s %r" % (SECRET, SECRET), id="percent"),  # noqa: UP031 one of the ways
        pytest.param(repr([SECRET, {"a": SECRET}, (SECRET,)]), id="inside-containers"),
        pytest.param(repr(Holder(SECRET)), id="inside-a-dataclass"),
        pytest.param(json.dumps({"a": SECRET}, default=str), id="json-by-str"),
        pytest.param(raised(), id="traceback-with-locals"),
        pytest.param(logged(), id="log"),
        pytest.param(repr(new_session()), id="session"),
    ],
)
def test_what_is_shown_does_not_hold_it(shown: str) -> None:
    assert VALUE not in shown
    assert "Secret()" in shown


def test_a_session_shows_neither_its_id_nor_its_tokens() -> None:
    session = new_session()

    shown = repr(session)

    for secret in ("access-0", "refresh-0", "id-0", session.id.reveal()):
        assert secret not in shown


def test_credentials_show_only_the_key_s_id() -> None:
    shown = repr(
        Credentials(
            access_key_id="ASIAEXAMPLE",
            secret_access_key=SECRET,
            session_token=SECRET,
            expires_at=NumericDate(1),
        )
    )

    assert "ASIAEXAMPLE" in shown
    assert VALUE not in shown


def pickled_inside(secret: Secret) -> bytes:
    return pickle.dumps(Holder(secret))


def taken_apart(secret: Secret) -> dict[str, object]:
    return asdict(Holder(secret))


@pytest.mark.parametrize(
    "away",
    [
        pytest.param(pickle.dumps, id="pickle"),
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(json.dumps, id="json"),
        pytest.param(pickled_inside, id="pickle-inside-a-dataclass"),
        pytest.param(taken_apart, id="dataclass-as-dict"),
    ],
)
def test_it_is_not_carried_away(away: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        away(SECRET)

    assert VALUE not in str(refused.value)


def test_it_has_no_dictionary_of_its_own() -> None:
    assert not hasattr(SECRET, "__dict__")


def test_it_is_revealed_where_it_leaves_for_its_owner() -> None:
    assert SECRET.reveal() == VALUE


def test_equal_secrets_are_equal_and_hash_alike() -> None:
    assert Secret(VALUE) == SECRET
    assert hash(Secret(VALUE)) == hash(SECRET)


@pytest.mark.parametrize(
    "other",
    [Secret("correct-horse-batterx"), Secret(VALUE + "y"), Secret(""), VALUE, None, 5],
    ids=["another", "longer", "empty", "its-own-text", "none", "number"],
)
def test_other_things_are_not_equal_to_it(other: object) -> None:
    assert other != SECRET


def test_secrets_beyond_ascii_can_be_compared() -> None:
    assert Secret("Zoë 🚪") == Secret("Zoë 🚪")
    assert Secret("Zoë") != Secret("Zoé")


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert SECRET
