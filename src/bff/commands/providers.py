"""`gatehouse providers`: identity providers that tenants bring along."""

import argparse
import dataclasses

from bff.commands.entries import entry_of, kept_in
from bff.commands.office import Office, at_work, recorded
from bff.commands.output import done, listed
from bff.commands.verbs import Verbs, action, group, slug_argument
from trust.registry.members import DEFAULT_PROVIDER, members_of, read_provider
from trust.registry.record import ClientAuthMethod, ProviderEntry

_METHODS = tuple(method.value for method in ClientAuthMethod)


def add_providers(verbs: Verbs) -> None:
    """Add the verbs."""
    providers = group(verbs, "providers", "register identity providers of tenants")
    add = action(
        providers,
        "add",
        at_work(_add),
        summary="register an identity provider",
        example=(
            "providers add acme-entra --issuer https://login.example.com/acme --client-id gatehouse"
            " --tenant-claim tid --client-secret awssm:gatehouse/acme"
        ),
    )
    add.add_argument("name", type=slug_argument, help="a slug")
    add.add_argument("--issuer", required=True, help="just as its discovery document spells it")
    add.add_argument("--client-id", required=True, help="who we are there")
    add.add_argument("--tenant-claim", required=True, help="the claim that names the tenant")
    add.add_argument("--client-auth", choices=_METHODS, help=f"default: {_METHODS[0]}")
    secret = add.add_mutually_exclusive_group()
    secret.add_argument("--client-secret", metavar="REF", help="where the secret is: a reference")
    secret.add_argument("--client-key", metavar="REF", help="where the private key is: a reference")
    add.add_argument("--scopes", help="default: openid profile email")
    for flag, summary in _FLAGS.items():
        add.add_argument(flag, action="store_true", help=summary)
    action(
        providers,
        "list",
        at_work(_list),
        summary="list the providers, the app's own first",
        example="providers list --json",
    )
    remove = action(
        providers,
        "remove",
        at_work(_remove),
        summary="take a provider out that has no tenants any more",
        example="providers remove acme-entra",
    )
    remove.add_argument("name", type=slug_argument, help="its name")


_FLAGS = {
    "--own-callback": "its answers come to /auth/callback/NAME, since it names itself in none",
    "--dpop": "bind its tokens to a key of ours (RFC 9449)",
    "--private-network": "its addresses may be private ones",
}

_MEMBERS = tuple(field.name for field in dataclasses.fields(ProviderEntry) if field.name != "name")


async def _add(office: Office, chosen: argparse.Namespace) -> int:
    members = {member: getattr(chosen, member) for member in _MEMBERS}
    provider = entry_of(chosen.name, members, read_provider, office.terms)
    with recorded("providers add"):
        await office.registrar.add_provider(provider)
    what = (
        f"{provider.name} is registered; next:"
        f" gatehouse tenants add TENANT --issuer {provider.issuer} --claim VALUE"
    )
    return done(chosen, what, provider=provider.name)


async def _list(office: Office, chosen: argparse.Namespace) -> int:
    stored = await office.registrar.stored.found_providers()
    filed = {provider.name for provider in await office.registrar.file.providers()}
    rows: list[dict[str, object]] = [
        {"name": DEFAULT_PROVIDER, "issuer": office.terms.default_issuer, "kept": "settings"}
    ]
    for one in await office.gate.registry.providers():
        kept = kept_in(one.name, stored=stored.names, filed=filed)
        rows.append({"name": one.name, **members_of(one), "kept": kept})
    rows.extend({"name": name, "kept": "store, unreadable"} for name in sorted(stored.broken))
    heads = ("name", "issuer", "client_id", "tenant_claim", "client_auth", "kept")
    return listed(chosen, "providers", heads, rows)


async def _remove(office: Office, chosen: argparse.Namespace) -> int:
    with recorded("providers remove"):
        await office.registrar.remove_provider(chosen.name)
    what = f"{chosen.name} is no provider any more; sessions by it end at their next refresh"
    return done(chosen, what, provider=chosen.name)
