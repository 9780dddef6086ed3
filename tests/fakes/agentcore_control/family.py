"""How each type of resource behaves at AWS, as its documentation and model have it.

Written apart from the bridge's own catalogue, of which it is the test.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One type of resource."""

    noun: str
    plural: str
    items: str
    path: str
    """The ARN's last part, of {id} and {parent}."""
    given: str
    """Member by which a request says which one."""
    id: str
    """Member of answers; "" where the name is the id."""
    arn: str
    name: str = "name"
    parent: str = ""
    envelope: str = ""
    ready: str = "READY"
    """"" where the type has no status."""
    failed: str = "CREATE_FAILED"
    update_failed: str = "UPDATE_FAILED"
    delete_failed: str = "DELETE_FAILED"
    resets: bool = True
    """Whether an update resets what it leaves out."""
    token: bool = True
    tags: bool = True
    lower: bool = False
    """Whether ids are in lower case."""
    defaults: dict[str, object] = field(default_factory=dict[str, object])
    """What Get shows where Create said nothing."""


FAMILIES = (
    Family(
        noun="AgentRuntime",
        plural="AgentRuntimes",
        items="agentRuntimes",
        path="runtime/{id}",
        given="agentRuntimeId",
        id="agentRuntimeId",
        arn="agentRuntimeArn",
        name="agentRuntimeName",
        defaults={
            "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800},
            "protocolConfiguration": {"serverProtocol": "HTTP"},
            "description": "",
        },
    ),
    Family(
        noun="AgentRuntimeEndpoint",
        plural="AgentRuntimeEndpoints",
        items="runtimeEndpoints",
        path="runtime/{parent}/runtime-endpoint/{id}",
        given="endpointName",
        id="",
        arn="agentRuntimeEndpointArn",
        parent="agentRuntimeId",
        resets=False,
    ),
    Family(
        noun="Gateway",
        plural="Gateways",
        items="items",
        path="gateway/{id}",
        given="gatewayIdentifier",
        id="gatewayId",
        arn="gatewayArn",
        failed="FAILED",
        update_failed="UPDATE_UNSUCCESSFUL",
        delete_failed="FAILED",
        lower=True,
        defaults={"protocolType": "MCP"},
    ),
    Family(
        noun="GatewayTarget",
        plural="GatewayTargets",
        items="items",
        path="gateway/{parent}",
        given="targetId",
        id="targetId",
        arn="gatewayArn",
        parent="gatewayIdentifier",
        failed="FAILED",
        update_failed="UPDATE_UNSUCCESSFUL",
        delete_failed="FAILED",
        tags=False,
        defaults={"credentialProviderConfigurations": []},
    ),
    Family(
        noun="WorkloadIdentity",
        plural="WorkloadIdentities",
        items="workloadIdentities",
        path="workload-identity-directory/default/workload-identity/{id}",
        given="name",
        id="",
        arn="workloadIdentityArn",
        ready="",
        token=False,
        defaults={"allowedResourceOauth2ReturnUrls": []},
    ),
    Family(
        noun="Browser",
        plural="Browsers",
        items="browserSummaries",
        path="browser-custom/{id}",
        given="browserId",
        id="browserId",
        arn="browserArn",
        defaults={"recording": {"enabled": False}},
    ),
    Family(
        noun="CodeInterpreter",
        plural="CodeInterpreters",
        items="codeInterpreterSummaries",
        path="code-interpreter-custom/{id}",
        given="codeInterpreterId",
        id="codeInterpreterId",
        arn="codeInterpreterArn",
    ),
    Family(
        noun="Memory",
        plural="Memories",
        items="memories",
        path="memory/{id}",
        given="memoryId",
        id="id",
        arn="arn",
        envelope="memory",
        ready="ACTIVE",
        failed="FAILED",
        update_failed="FAILED",
        delete_failed="FAILED",
        resets=False,
    ),
    Family(
        noun="PolicyEngine",
        plural="PolicyEngines",
        items="policyEngines",
        path="policy-engine/{id}",
        given="policyEngineId",
        id="policyEngineId",
        arn="policyEngineArn",
        ready="ACTIVE",
        resets=False,
    ),
    Family(
        noun="Policy",
        plural="Policies",
        items="policies",
        path="policy-engine/{parent}/policy/{id}",
        given="policyId",
        id="policyId",
        arn="policyArn",
        parent="policyEngineId",
        ready="ACTIVE",
        resets=False,
        tags=False,
        defaults={"enforcementMode": "ACTIVE"},
    ),
    Family(
        noun="Evaluator",
        plural="Evaluators",
        items="evaluators",
        path="evaluator/{id}",
        given="evaluatorId",
        id="evaluatorId",
        arn="evaluatorArn",
        name="evaluatorName",
        ready="ACTIVE",
        delete_failed="UPDATE_FAILED",
        resets=False,
        defaults={"evaluatorType": "Custom"},
    ),
    Family(
        noun="OnlineEvaluationConfig",
        plural="OnlineEvaluationConfigs",
        items="onlineEvaluationConfigs",
        path="online-evaluation-config/{id}",
        given="onlineEvaluationConfigId",
        id="onlineEvaluationConfigId",
        arn="onlineEvaluationConfigArn",
        name="onlineEvaluationConfigName",
        ready="ACTIVE",
        delete_failed="ERROR",
        resets=False,
        defaults={"outputConfig": {"cloudWatchConfig": {"logGroupName": "/aws/evaluations/one"}}},
    ),
    Family(
        noun="Oauth2CredentialProvider",
        plural="Oauth2CredentialProviders",
        items="credentialProviders",
        path="token-vault/default/oauth2credentialprovider/{id}",
        given="name",
        id="",
        arn="credentialProviderArn",
        token=False,
    ),
)
PARENTS = {
    "AgentRuntimeEndpoint": "AgentRuntime",
    "GatewayTarget": "Gateway",
    "Policy": "PolicyEngine",
}
