"""A secret is seen nowhere but where it is revealed."""

import collections
import copy
import functools
import json
import logging
import marshal
import pickle
import pprint
import reprlib
import string
import traceback
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, replace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError

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


def logged_extra() -> str:
    """Return what a formatter that shows all fields of a record makes of one with the secret."""
    made = logging.makeLogRecord({"msg": "x", "password": SECRET})
    return repr(vars(made))


class Model(BaseModel):
    """A document that holds a secret."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    password: Secret


class Number(BaseModel):
    """A document that expects something else."""

    password: int


def refused_by_pydantic() -> str:
    """Return what Pydantic says of a secret in the wrong place, with what it was given."""
    try:
        Number.model_validate({"password": SECRET})
    except ValidationError as error:
        return f"{error} {error.errors()}"
    return ""


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
        pytest.param(str([SECRET]), id="list-as-text"),
        pytest.param(pprint.pformat({"a": [SECRET] * 9}, width=1), id="pretty-printed"),
        pytest.param(reprlib.repr([SECRET]), id="shortened"),
        pytest.param(f"{Holder(SECRET)}", id="dataclass-in-an-f-string"),
        pytest.param(repr(replace(Holder(SECRET))), id="replaced-dataclass"),
        pytest.param(repr(functools.partial(print, SECRET)), id="partial"),
        pytest.param(repr(ValueError(SECRET)), id="error"),
        pytest.param(string.Template("$a").substitute(a=SECRET), id="template"),
        pytest.param(repr(collections.ChainMap({"a": SECRET})), id="chain-of-maps"),
        pytest.param(logged_extra(), id="log-field"),
        pytest.param(repr(Model(password=SECRET)), id="pydantic-repr"),
        pytest.param(repr(Model(password=SECRET).model_dump()), id="pydantic-dump"),
        pytest.param(refused_by_pydantic(), id="pydantic-error"),
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
        pytest.param(astuple, id="no-dataclass-at-all"),
        pytest.param(vars, id="vars"),
        pytest.param(bytes, id="bytes"),
        pytest.param(list, id="list"),
        pytest.param("".join, id="join"),
        pytest.param(lambda secret: secret + "", id="concatenation"),
        pytest.param(lambda secret: json.dumps(secret, default=vars), id="json-by-vars"),
        pytest.param(lambda secret: secret.__getstate__(), id="getstate"),
        pytest.param(lambda secret: secret.__reduce__(), id="reduce"),
        pytest.param(lambda secret: secret.__reduce_ex__(4), id="reduce-ex"),
        pytest.param(lambda secret: pickle.dumps(ValueError(secret)), id="pickle-inside-an-error"),
        pytest.param(lambda secret: copy.deepcopy({"a": [secret]}), id="deepcopy-of-containers"),
    ],
)
def test_it_is_not_carried_away(away: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        away(SECRET)

    assert VALUE not in str(refused.value)


def test_a_document_that_holds_it_is_not_made_json() -> None:
    with pytest.raises(PydanticSerializationError) as refused:
        Model(password=SECRET).model_dump_json()

    assert VALUE not in str(refused.value)


def test_marshal_does_not_take_it() -> None:
    dump: Callable[[Any], bytes] = marshal.dumps

    with pytest.raises(ValueError, match="unmarshallable"):
        dump(SECRET)


def test_comparing_one_that_is_no_unicode_does_not_quote_it() -> None:
    # Bytes that are no UTF-8 come out of the environment like this (PEP 383).
    assert Secret(VALUE + "\udcff") == Secret(VALUE + "\udcff")
    assert Secret(VALUE + "\udcff") != SECRET


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
