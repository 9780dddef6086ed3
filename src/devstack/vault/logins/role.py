"""What every login method's roles say about the tokens they give (API docs, "Tokens")."""

from devstack.vault.errors import bad
from devstack.vault.fields import Document, Fields
from devstack.vault.lifetime import Bounds
from devstack.vault.tokens.token import Grant, Kind, assignable

_KINDS: dict[str, Kind] = {
    "": "service",
    "default": "service",
    "default-service": "service",
    "service": "service",
    "default-batch": "batch",
    "batch": "batch",
}


def token_terms(fields: Fields) -> Grant:
    """Read the `token_…` fields of a role. Raises VaultError."""
    if fields.texts("token_bound_cidrs"):
        raise bad("the local Vault does not check token_bound_cidrs: everybody comes by loopback")
    kind = _KINDS.get(fields.text("token_type"))
    if kind is None:
        raise bad(f"invalid 'token_type' value {fields.text('token_type')!r}")
    ttl_s, max_s = fields.seconds("token_ttl"), fields.seconds("token_max_ttl")
    if 0 < max_s < ttl_s:
        raise bad("'token_ttl' cannot be greater than 'token_max_ttl'")
    if kind == "batch" and fields.has("token_period"):
        raise bad("'token_type' cannot be 'batch' when set to generate periodic tokens")
    return Grant(
        policies=assignable(fields.texts("token_policies") or fields.texts("policies")),
        bounds=Bounds(
            ttl_s=ttl_s,
            max_s=max_s,
            explicit_max_s=fields.seconds("token_explicit_max_ttl"),
            period_s=fields.seconds("token_period"),
        ),
        kind=kind,
        num_uses=fields.whole("token_num_uses"),
        no_default_policy=fields.flag("token_no_default_policy"),
    )


def shown_terms(grant: Grant) -> Document:
    """Return the `token_…` fields as a role is read."""
    return {
        "token_explicit_max_ttl": int(grant.bounds.explicit_max_s),
        "token_max_ttl": int(grant.bounds.max_s),
        "token_no_default_policy": grant.no_default_policy,
        "token_num_uses": grant.num_uses,
        "token_period": int(grant.bounds.period_s),
        "token_policies": list(grant.policies),
        "token_ttl": int(grant.bounds.ttl_s),
        "token_type": grant.kind,
    }
