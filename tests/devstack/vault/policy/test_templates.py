"""Who asks decides what a templated path is."""

import pytest

from devstack.vault.policy.templates import LIKE_OPENBAO, Alias, Entity, Group, filled

_ENTITY = Entity(
    id="e1",
    name="research",
    metadata={"team": "red", "a.b": "dotted"},
    aliases={
        "auth_jwt_1": Alias(
            name="spiffe", id="a1", metadata={"sa": "x"}, custom_metadata={"tier": "gold"}
        )
    },
    groups=(Group(id="g1", name="agents", metadata={"cost": "7"}),),
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("kv/data/plain", "kv/data/plain"),
        ("kv/data/{{identity.entity.id}}/*", "kv/data/e1/*"),
        ("kv/data/{{ identity.entity.name }}", "kv/data/research"),
        ("kv/{{identity.entity.metadata.team}}/{{identity.entity.id}}", "kv/red/e1"),
        ("kv/{{identity.entity.metadata.a.b}}", "kv/dotted"),
        ("kv/{{identity.entity.aliases.auth_jwt_1.name}}", "kv/spiffe"),
        ("kv/{{identity.entity.aliases.auth_jwt_1.id}}", "kv/a1"),
        ("kv/{{identity.entity.aliases.auth_jwt_1.metadata.sa}}", "kv/x"),
        ("kv/{{identity.entity.aliases.auth_jwt_1.custom_metadata.tier}}", "kv/gold"),
        ("kv/{{identity.groups.ids.g1.name}}", "kv/agents"),
        ("kv/{{identity.groups.names.agents.id}}", "kv/g1"),
        ("kv/{{identity.groups.names.agents.metadata.cost}}", "kv/7"),
    ],
)
def test_a_template_is_filled(path: str, expected: str) -> None:
    assert filled(path, _ENTITY, refused=frozenset()) == expected


@pytest.mark.parametrize(
    "path",
    [
        "kv/{{identity.entity.metadata.none}}",
        "kv/{{identity.entity.aliases.auth_jwt_1.metadata.none}}",
        "kv/{{identity.entity.aliases.auth_jwt_1.metadata}}",
        "kv/{{identity.entity.aliases.auth_jwt_1.other}}",
        "kv/{{identity.entity.aliases.auth_jwt_2.name}}",
        "kv/{{identity.entity.other}}",
        "kv/{{identity.groups.names.other.id}}",
        "kv/{{identity.groups.ids.g1.other}}",
        "kv/{{identity.groups.ids.g1.other.key}}",
        "kv/{{identity.groups.colours.g1.name}}",
        "kv/{{time.now}}",
        "kv/{{identity.entity.id",
    ],
)
def test_a_stanza_whose_template_has_no_value_does_not_count(path: str) -> None:
    assert filled(path, _ENTITY, refused=frozenset()) is None
    assert filled(path, None, refused=frozenset()) is None


@pytest.mark.parametrize("name", ["+", "*", "a/b"])
def test_a_name_that_is_a_wildcard_is_filled_in_by_vault_and_not_by_openbao(name: str) -> None:
    hostile = Entity(id="e2", name=name)
    path = "kv/data/{{identity.entity.name}}/key"

    assert filled(path, hostile, refused=frozenset()) == f"kv/data/{name}/key"
    assert filled(path, hostile, refused=LIKE_OPENBAO) is None
