"""Several stanzas for one path."""

from devstack.vault.policy.merging import merged
from devstack.vault.policy.rules import Capability, Stanza

_READ, _LIST, _DENY = Capability.READ, Capability.LIST, Capability.DENY


def test_capabilities_are_united_and_deny_wins() -> None:
    read = Stanza(path="a", capabilities=frozenset({_READ}), required=("x",))
    listing = Stanza(path="a", capabilities=frozenset({_LIST}), required=("y", "x"))
    deny = Stanza(path="a", capabilities=frozenset({_DENY}))

    assert merged(read, listing).capabilities == {_READ, _LIST}
    assert merged(read, listing).required == ("x", "y")
    assert merged(read, deny) == merged(deny, read) == deny


def test_any_value_beats_a_list_and_lists_are_joined() -> None:
    first = Stanza(path="a", capabilities=frozenset(), allowed={"k": ["1"], "any": []})
    second = Stanza(path="a", capabilities=frozenset(), allowed={"k": ["2"], "any": ["3"], "n": []})

    assert merged(first, second).allowed == {"k": ["2", "1"], "any": [], "n": []}
    assert merged(second, first).allowed == {"k": ["1", "2"], "any": [], "n": []}


def test_a_stanza_without_parameters_takes_on_the_others_limits() -> None:
    free = Stanza(path="a", capabilities=frozenset())
    bound = Stanza(path="a", capabilities=frozenset(), allowed={"k": ["1"]}, denied={"d": []})

    assert merged(free, bound).allowed == {"k": ["1"]}
    assert merged(bound, free).denied == {"d": []}


def test_the_shorter_bounds_of_wrapping_count() -> None:
    first = Stanza(path="a", capabilities=frozenset(), min_wrapping_s=60, max_wrapping_s=90)
    second = Stanza(path="a", capabilities=frozenset(), min_wrapping_s=30)

    assert merged(first, second).min_wrapping_s == 30
    assert merged(second, first).max_wrapping_s == 90
