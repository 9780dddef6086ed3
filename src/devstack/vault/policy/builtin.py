"""What every Vault has: the root policy, the default one, and the paths that need `sudo`.

Source: Vault's documentation, "Policies": built-in policies, root protected API endpoints.
"""

from devstack.vault.policy.paths import Pattern
from devstack.vault.policy.rules import ROOT_NAME, Capability, Policy, Stanza

ROOT = Policy(name=ROOT_NAME)
"""May do everything."""

_BY_DEFAULT: dict[str, tuple[Capability, ...]] = {
    "auth/token/lookup-self": (Capability.READ,),
    "auth/token/renew-self": (Capability.UPDATE,),
    "auth/token/revoke-self": (Capability.UPDATE,),
    "sys/capabilities-self": (Capability.UPDATE,),
    "identity/entity/id/{{identity.entity.id}}": (Capability.READ,),
    "identity/entity/name/{{identity.entity.name}}": (Capability.READ,),
    "sys/internal/ui/resultant-acl": (Capability.READ,),
    "sys/renew": (Capability.UPDATE,),
    "sys/leases/renew": (Capability.UPDATE,),
    "sys/leases/lookup": (Capability.UPDATE,),
    "cubbyhole/*": (
        Capability.CREATE,
        Capability.READ,
        Capability.UPDATE,
        Capability.DELETE,
        Capability.LIST,
    ),
    "sys/wrapping/wrap": (Capability.UPDATE,),
    "sys/wrapping/lookup": (Capability.UPDATE,),
    "sys/wrapping/unwrap": (Capability.UPDATE,),
    "sys/tools/hash": (Capability.UPDATE,),
    "sys/tools/hash/*": (Capability.UPDATE,),
}

DEFAULT = Policy(
    name="default",
    stanzas=tuple(
        Stanza(path=path, capabilities=frozenset(capabilities))
        for path, capabilities in _BY_DEFAULT.items()
    ),
)
"""What a token may do unless its role says `token_no_default_policy`."""

_GUARDED = tuple(
    Pattern(text=text)
    for text in (
        "auth/token/accessors/*",
        "auth/token/create-orphan",
        "auth/token/revoke-orphan",
        "sys/audit",
        "sys/audit/*",
        "sys/auth/*",
        "sys/config/auditing/*",
        "sys/config/cors",
        "sys/config/ui/headers/*",
        "sys/internal/inspect/*",
        "sys/leases/lookup/*",
        "sys/leases/revoke-force/*",
        "sys/leases/revoke-prefix/*",
        "sys/plugins/catalog/*",
        "sys/pprof/*",
        "sys/raw",
        "sys/raw/*",
        "sys/remount",
        "sys/revoke-force/*",
        "sys/revoke-prefix/*",
        "sys/rotate",
        "sys/rotate/*",
        "sys/seal",
        "sys/step-down",
        "sys/storage/raft/snapshot-auto/config/*",
    )
)


def guarded(path: str) -> bool:
    """Return whether a path is root-protected: `sudo` is needed beside the capability."""
    return any(pattern.matches(path) for pattern in _GUARDED)
