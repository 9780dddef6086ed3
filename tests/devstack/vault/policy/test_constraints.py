"""Parameters and wrapping, beyond capabilities."""

from typing import Any

import pytest

from devstack.vault.policy.constraints import parameters_fit, required_there, wrapped_right
from devstack.vault.policy.rules import Stanza

_CAPABLE: Any = {"path": "a", "capabilities": frozenset()}


@pytest.mark.parametrize(
    ("allowed", "parameters", "fits"),
    [
        ({}, {"anything": 1}, True),
        ({"foo": []}, {"foo": "any"}, True),
        ({"foo": []}, {"FOO": "any"}, True),
        ({"foo": []}, {"bar": 1}, False),
        ({"foo": []}, {}, True),
        ({"bar": ["zip", "zap"]}, {"bar": "zap"}, True),
        ({"bar": ["zip", "zap"]}, {"bar": "zop"}, False),
        ({"bar": ["zip"], "*": []}, {"bar": "zip", "other": 1}, True),
        ({"bar": ["zip"], "*": []}, {"bar": "zop"}, False),
        ({"bar": ["zi*"]}, {"bar": "zipper"}, True),
        ({"bar": ["*er"]}, {"bar": "zipper"}, True),
        ({"bar": ["*ipp*"]}, {"bar": "zipper"}, True),
        ({"bar": ["*ipp*"]}, {"bar": "zapper"}, False),
        ({"bar": ["*"]}, {"bar": "zap"}, False),
        ({"bar": [True]}, {"bar": 1}, False),
        ({"bar": [True]}, {"bar": True}, True),
        ({"bar": [5]}, {"bar": "5"}, False),
    ],
)
def test_only_what_is_allowed(allowed: Any, parameters: dict[str, object], *, fits: bool) -> None:
    assert parameters_fit(Stanza(**_CAPABLE, allowed=allowed), parameters) is fits


@pytest.mark.parametrize(
    ("denied", "parameters", "fits"),
    [
        ({"*": []}, {"any": 1}, False),
        ({"*": []}, {}, True),
        ({"foo": []}, {"foo": 1}, False),
        ({"foo": []}, {"Foo": 1}, False),
        ({"foo": ["a"]}, {"foo": "b"}, True),
        ({"foo": ["a"]}, {"foo": "a"}, False),
    ],
)
def test_nothing_that_is_denied(denied: Any, parameters: dict[str, object], *, fits: bool) -> None:
    assert parameters_fit(Stanza(**_CAPABLE, denied=denied), parameters) is fits


def test_what_is_required_has_to_be_there() -> None:
    stanza = Stanza(**_CAPABLE, required=("Role", "ttl"))

    assert required_there(stanza, {"role": "", "ttl": None})
    assert not required_there(stanza, {"role": "x"})


@pytest.mark.parametrize(
    ("shortest", "longest", "wrap", "right"),
    [
        (0, 0, 0, True),
        (0, 0, 60, True),
        (1, 0, 0, False),
        (1, 0, 600, True),
        (10, 0, 5, False),
        (0, 60, 0, False),
        (0, 60, 60, True),
        (0, 60, 61, False),
        (90, 60, 75, False),
    ],
)
def test_an_answer_is_wrapped_as_the_rule_wants(
    shortest: float, longest: float, wrap: float, *, right: bool
) -> None:
    stanza = Stanza(**_CAPABLE, min_wrapping_s=shortest, max_wrapping_s=longest)

    assert wrapped_right(stanza, wrap) is right
