"""Gateways, targets, workload identities and credential providers.

Source: the service model bedrock-agentcore-control 2023-06-05, and the provider's import pages.
"""

from bridge.kind import Kind, States, Style, Tags, Update
from bridge.oauth2 import provider_view

_SIGN_IN = "somebody has to sign in once for it: the console shows the authorization URL"

_GATEWAY_MEMBERS = frozenset(
    {
        "authorizerConfiguration",
        "authorizerType",
        "description",
        "domainOverride",
        "exceptionLevel",
        "interceptorConfigurations",
        "kmsKeyArn",
        "policyEngineConfiguration",
        "protocolConfiguration",
        "protocolType",
        "roleArn",
    }
)

GATEWAY = Kind(
    name="gateway",
    noun="Gateway",
    plural="Gateways",
    items="items",
    id_input="gatewayIdentifier",
    id_output="gatewayId",
    arn="gatewayArn",
    reason="statusReasons",
    # FAILED is said of a Create; a failed update is UPDATE_UNSUCCESSFUL.
    states=States(not_made=frozenset({"FAILED"}), not_updated=frozenset({"UPDATE_UNSUCCESSFUL"})),
    # `name` is demanded again, and has to be the old one.
    update=Update(style=Style.WHOLE, members=_GATEWAY_MEMBERS, again=frozenset({"name"})),
    outputs=("gatewayUrl", "workloadIdentityDetails.workloadIdentityArn"),
    loses="its URL, its identity in the token vault, and all its targets",
    terraform="aws_bedrockagentcore_gateway",
    rank=2,
)

GATEWAY_TARGET = Kind(
    name="gateway_target",
    noun="GatewayTarget",
    plural="GatewayTargets",
    items="items",
    id_input="targetId",
    id_output="targetId",
    # There is no ARN of a target: its gateway's is the nearest.
    arn="gatewayArn",
    parent="gatewayIdentifier",
    parent_kind="gateway",
    reason="statusReasons",
    states=States(
        noticed={
            "CREATE_PENDING_AUTH": _SIGN_IN,
            "UPDATE_PENDING_AUTH": _SIGN_IN,
            "SYNCHRONIZE_PENDING_AUTH": _SIGN_IN,
        },
        not_made=frozenset({"FAILED"}),
        not_updated=frozenset({"UPDATE_UNSUCCESSFUL", "SYNCHRONIZE_UNSUCCESSFUL"}),
    ),
    update=Update(
        style=Style.WHOLE,
        members=frozenset(
            {
                "certificateConfigurations",
                "credentialProviderConfigurations",
                "description",
                "metadataConfiguration",
                "name",
                "privateEndpoint",
                "targetConfiguration",
            }
        ),
    ),
    tags=Tags.NONE,
    terraform="aws_bedrockagentcore_gateway_target",
    import_id="{parent},{id}",
    rank=3,
)

WORKLOAD_IDENTITY = Kind(
    name="workload_identity",
    noun="WorkloadIdentity",
    plural="WorkloadIdentities",
    items="workloadIdentities",
    id_input="name",
    id_output="",
    arn="workloadIdentityArn",
    status="",
    update=Update(style=Style.WHOLE, members=frozenset({"allowedResourceOauth2ReturnUrls"})),
    token=False,
    loses="all tokens that people have granted to it",
    terraform="aws_bedrockagentcore_workload_identity",
    rank=1,
)

OAUTH2_CREDENTIAL_PROVIDER = Kind(
    name="oauth2_credential_provider",
    noun="Oauth2CredentialProvider",
    plural="Oauth2CredentialProviders",
    items="credentialProviders",
    id_input="name",
    id_output="",
    arn="credentialProviderArn",
    update=Update(
        style=Style.WHOLE,
        members=frozenset({"credentialProviderVendor", "oauth2ProviderConfigInput"}),
    ),
    view=provider_view,
    tags=Tags.GIVEN,
    token=False,
    outputs=("callbackUrl",),
    loses="all tokens that people have granted through it, and its callback URL",
    terraform="aws_bedrockagentcore_oauth2_credential_provider",
    rank=1,
)
