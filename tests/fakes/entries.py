"""Entries of a registry, and who writes them."""

from trust.clock import Clock
from trust.coordinates import AppId, TenantId
from trust.registry.file import FileRegistry
from trust.registry.members import Terms
from trust.registry.record import ProviderEntry, Tenant
from trust.registry.registrar import Registrar
from trust.registry.stored import StoredRegistry
from trust.secrets.reference import parse_reference
from trust.store.table import Table

APP = AppId("demo")
DEFAULT = "https://login.test"
OWN = "https://login.initech.test"
TERMS = Terms(default_issuer=DEFAULT)

OWN_PROVIDER = ProviderEntry(
    name="initech-login",
    issuer=OWN,
    client_id="gatehouse",
    tenant_claim="org",
    client_secret=parse_reference("awssm:gatehouse/initech#secret"),
)


def tenant_of(name: str, *claims: str, issuer: str | None = None) -> Tenant:
    """Return a tenant; without claims it has its own name as one."""
    return Tenant(
        id=TenantId(name), name=name.title(), claims=frozenset(claims or {name}), issuer=issuer
    )


def registrar_of(table: Table, clock: Clock, file: FileRegistry | None = None) -> Registrar:
    """Return who writes the registry on a table."""
    return Registrar(table, clock, app=APP, terms=TERMS, file=file)


def stored_of(table: Table, clock: Clock, *, cache_s: float = 0) -> StoredRegistry:
    """Return what one instance reads of a table."""
    return StoredRegistry(table, clock, app=APP, terms=TERMS, cache_s=cache_s)
