"""`{{identity.entity.…}}` in a policy's paths: who asks decides what the path is.

Source: Vault's documentation, "Templated policies".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

_TEXTS = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """The same caller as one method of authentication knows them."""

    name: str
    id: str = ""
    metadata: Mapping[str, str] = field(default_factory=_TEXTS)
    custom_metadata: Mapping[str, str] = field(default_factory=_TEXTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group that the entity is in."""

    id: str
    name: str
    metadata: Mapping[str, str] = field(default_factory=_TEXTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Who holds the token."""

    id: str
    name: str
    metadata: Mapping[str, str] = field(default_factory=_TEXTS)
    aliases: Mapping[str, Alias] = field(default_factory=dict[str, Alias])
    """By the accessor of the method's mount."""
    groups: tuple[Group, ...] = ()


LIKE_OPENBAO = frozenset({"*", "+", "/"})
"""What OpenBao refuses in a value by default; Vault fills in whatever stands there."""


def filled(path: str, entity: Entity | None, *, refused: frozenset[str]) -> str | None:
    """Return the path with its templates filled, or None: the stanza does not count then.

    `refused` are the texts that no value may hold. Where it is empty, as in Vault, a caller who
    may choose their name to be `+` or `*` reaches what is everybody's: the paths themselves have
    to be right.
    """
    pieces = path.split("{{")
    done = pieces[0]
    for piece in pieces[1:]:
        directive, closed, rest = piece.partition("}}")
        value = _value(directive.strip(), entity) if closed and entity else None
        if not value or any(text in value for text in refused):
            return None
        done += value + rest
    return done


def _value(directive: str, entity: Entity) -> str | None:
    match directive.split(".", 3):
        case ["identity", "entity", "id"]:
            return entity.id
        case ["identity", "entity", "name"]:
            return entity.name
        case ["identity", "entity", "metadata", key]:
            return entity.metadata.get(key)
        case ["identity", "entity", "aliases", rest]:
            accessor, _, of_it = rest.partition(".")
            alias = entity.aliases.get(accessor)
            return None if alias is None else _of_alias(alias, of_it)
        case ["identity", "groups", by, rest]:
            named, _, of_it = rest.partition(".")
            group = next((one for one in entity.groups if _named(one, by) == named), None)
            return None if group is None else _of_group(group, of_it)
        case _:
            return None


def _of_alias(alias: Alias, directive: str) -> str | None:
    what, _, key = directive.partition(".")
    plain = {"id": alias.id, "name": alias.name}
    keyed = {"metadata": alias.metadata, "custom_metadata": alias.custom_metadata}
    return keyed.get(what, {}).get(key) if key else plain.get(what)


def _named(group: Group, by: str) -> str | None:
    return {"ids": group.id, "names": group.name}.get(by)


def _of_group(group: Group, directive: str) -> str | None:
    what, _, key = directive.partition(".")
    plain = {"id": group.id, "name": group.name}
    return plain.get(what) if not key else group.metadata.get(key) if what == "metadata" else None
