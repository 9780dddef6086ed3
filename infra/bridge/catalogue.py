"""All types of resource that the bridge knows."""

from types import MappingProxyType

from bridge.catalogue_gateway import (
    GATEWAY,
    GATEWAY_TARGET,
    OAUTH2_CREDENTIAL_PROVIDER,
    WORKLOAD_IDENTITY,
)
from bridge.catalogue_governance import EVALUATOR, ONLINE_EVALUATION, POLICY, POLICY_ENGINE
from bridge.catalogue_runtime import (
    BROWSER,
    CODE_INTERPRETER,
    MEMORY,
    RUNTIME,
    RUNTIME_ENDPOINT,
)
from bridge.kind import Kind

KINDS = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            RUNTIME,
            RUNTIME_ENDPOINT,
            GATEWAY,
            GATEWAY_TARGET,
            WORKLOAD_IDENTITY,
            BROWSER,
            CODE_INTERPRETER,
            MEMORY,
            POLICY_ENGINE,
            POLICY,
            EVALUATOR,
            ONLINE_EVALUATION,
            OAUTH2_CREDENTIAL_PROVIDER,
        )
    }
)


def children(kind: Kind) -> list[Kind]:
    """Return the types of what lives inside a resource of this type."""
    return [child for child in KINDS.values() if child.parent_kind == kind.name]
