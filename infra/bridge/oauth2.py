"""Credential providers: what of their configuration Get shows, under other names."""

from typing import Any

from bridge.ports import Members

# Get gives these back as they were sent; of all other members it keeps silent.
_SHOWN = frozenset(
    {
        "clientAuthenticationMethod",
        "clientId",
        "oauthDiscovery",
        "onBehalfOfTokenExchangeConfig",
        "privateEndpoint",
        "privateEndpointOverrides",
        "privateKeyJwtConfig",
    }
)
# Vendors whose configuration is more than a client: the rest is shown resolved, as oauthDiscovery.
_CUSTOM = "customOauth2ProviderConfig"


def provider_view(name: str, value: Any) -> Members:
    """Return what Get should say for a member of CreateOauth2CredentialProvider.

    The secret itself is never shown; the place it is kept at is, by its ARN: a reference by name
    is not compared.
    """
    if name != "oauth2ProviderConfigInput":
        return {name: value}
    view: Members = {}
    for vendor, configuration in value.items():
        shown = {
            member: content
            for member, content in configuration.items()
            if member in _SHOWN and (vendor == _CUSTOM or member == "clientId")
        }
        view["oauth2ProviderConfigOutput"] = {vendor: shown}
        view |= _secret(configuration)
    return view


def _secret(configuration: Members) -> Members:
    view: Members = {}
    if "clientSecretSource" in configuration:
        view["clientSecretSource"] = configuration["clientSecretSource"]
    reference = configuration.get("clientSecretConfig", {})
    if str(reference.get("secretId", "")).startswith("arn:"):
        view["clientSecretArn"] = {"secretArn": reference["secretId"]}
    if "jsonKey" in reference:
        view["clientSecretJsonKey"] = reference["jsonKey"]
    return view
