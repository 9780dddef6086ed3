"""What Get makes of what Create and Update were told, where the two differ."""

from typing import Any, cast

from fakes.agentcore_control.model import Members

_STRATEGIES = {
    "semanticMemoryStrategy": "SEMANTIC",
    "summaryMemoryStrategy": "SUMMARIZATION",
    "userPreferenceMemoryStrategy": "USER_PREFERENCE",
    "customMemoryStrategy": "CUSTOM",
    "episodicMemoryStrategy": "EPISODIC",
}
_OVERRIDES = {
    "semanticOverride": "SEMANTIC_OVERRIDE",
    "summaryOverride": "SUMMARY_OVERRIDE",
    "userPreferenceOverride": "USER_PREFERENCE_OVERRIDE",
    "episodicOverride": "EPISODIC_OVERRIDE",
}


def strategy(entry: Members, id_: str) -> Members:
    """Return a memory strategy as GetMemory shows it."""
    ((type_, told),) = entry.items()
    shown = {
        name: told[name] for name in ("name", "description", "memoryRecordSchema") if name in told
    }
    namespaces = told.get("namespaceTemplates") or told.get("namespaces") or ["/strategies"]
    shown |= {"strategyId": id_, "type": _STRATEGIES[type_], "status": "ACTIVE"}
    shown |= {"namespaces": namespaces, "namespaceTemplates": namespaces}
    expiry = told.get("recordExpirySpecification", {})
    if "recordExpiryDurationDays" in expiry:
        shown["recordExpiryDurationDays"] = expiry["recordExpiryDurationDays"]
    if "reflectionConfiguration" in told:
        reflection = {"episodicReflectionConfiguration": told["reflectionConfiguration"]}
        shown["configuration"] = {"reflection": reflection}
    if "configuration" in told:
        shown["configuration"] = _configuration(told["configuration"])
    return shown


def _configuration(told: Members) -> Members:
    ((override, stages),) = told.items()
    if override == "selfManagedConfiguration":
        return {"type": "SELF_MANAGED", override: stages}
    shown: Members = {"type": _OVERRIDES[override]}
    for stage, content in cast("Members", stages).items():
        word = stage[0].upper() + stage[1:]
        inner = override.replace("Override", f"{word}Override")
        shown[stage] = {f"custom{word}Configuration": {inner: content}}
    return shown


def modified(shown: Members, change: Members) -> Members:
    """Return a strategy as GetMemory shows it after a ModifyMemoryStrategyInput."""
    after = dict(shown)
    for name, value in change.items():
        if name in {"namespaces", "namespaceTemplates"}:
            after |= {"namespaces": value, "namespaceTemplates": value}
        elif name == "configuration":
            after[name] = shown.get(name, {}) | value
        elif name == "recordExpirySpecification":
            after |= value
        elif name != "memoryStrategyId":
            after[name] = value
    return after


def provider(told: Members) -> Members:
    """Return a credential provider as GetOauth2CredentialProvider shows it."""
    ((vendor, given),) = told["oauth2ProviderConfigInput"].items()
    discovery = given.get("oauthDiscovery") or {"discoveryUrl": "https://vendor.test/.well-known"}
    output: Members = {"oauthDiscovery": discovery}
    output |= {
        name: given[name]
        for name in ("clientId", "clientAuthenticationMethod", "onBehalfOfTokenExchangeConfig")
        if name in given and (name == "clientId" or vendor == "customOauth2ProviderConfig")
    }
    secret = given.get("clientSecretConfig", {})
    shown: Members = {
        "oauth2ProviderConfigOutput": {vendor: output},
        "clientSecretSource": given.get("clientSecretSource", "MANAGED"),
        "clientSecretArn": {"secretArn": _secret_arn(secret.get("secretId", "managed"))},
        "callbackUrl": "https://bedrock-agentcore.test/identities/oauth2/callback/1",
    }
    if "jsonKey" in secret:
        shown["clientSecretJsonKey"] = secret["jsonKey"]
    return shown


def _secret_arn(secret: Any) -> str:
    text = str(secret)
    if text.startswith("arn:"):
        return text
    return f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{text}-AbCdEf"
