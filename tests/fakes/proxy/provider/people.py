"""The people of the tests, as the provider knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account."""

    sub: str
    name: str
    email: str
    tenant: str


ALICE = Person(sub="alice", name="Alice Archer", email="alice@acme.test", tenant="acme")
BOB = Person(sub="bob", name="Bob Baker", email="bob@acme.test", tenant="acme")
CAROL = Person(sub="carol", name="Carol Chen", email="carol@globex.test", tenant="globex")
MALLORY = Person(sub="mallory", name="Mallory", email="mallory@acme.test", tenant="acme")
