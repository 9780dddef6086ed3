"""Create requests of every type, the same changed in place, and changed to need another one."""

from copy import deepcopy

from fakes.agentcore_control.model import Members

_ROLE = "arn:aws:iam::111122223333:role/one"
_KEY = "arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888"
_JWT = {"discoveryUrl": "https://idp.test/.well-known/openid-configuration"}
_SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:provider-AbCdEf"

RUNTIME: Members = {
    "agentRuntimeName": "demo_agent",
    "agentRuntimeArtifact": {
        "containerConfiguration": {
            "containerUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/agent:1"
        }
    },
    "roleArn": _ROLE,
    "networkConfiguration": {"networkMode": "PUBLIC"},
    "environmentVariables": {"LEVEL": "INFO", "MODEL": "one"},
    "description": "an agent",
    "tags": {"app": "demo"},
}
GATEWAY: Members = {
    "name": "demo-gateway",
    "roleArn": _ROLE,
    "protocolType": "MCP",
    "authorizerType": "CUSTOM_JWT",
    "authorizerConfiguration": {"customJWTAuthorizer": _JWT | {"allowedAudience": ["one", "two"]}},
    "description": "a gateway",
}
ENGINE: Members = {"name": "demo_engine", "description": "an engine"}

FIRST: dict[str, Members] = {
    "runtime": RUNTIME,
    "runtime_endpoint": {"agentRuntimeId": "?", "name": "live", "agentRuntimeVersion": "1"},
    "gateway": GATEWAY,
    "gateway_target": {
        "gatewayIdentifier": "?",
        "name": "titanic",
        "targetConfiguration": {
            "mcp": {
                "lambda": {
                    "lambdaArn": "arn:aws:lambda:eu-west-1:111122223333:function:tool",
                    "toolSchema": {
                        "inlinePayload": [
                            {
                                "name": "survivors",
                                "description": "counts them",
                                "inputSchema": {"type": "object"},
                            }
                        ]
                    },
                }
            }
        },
        "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
    },
    "workload_identity": {
        "name": "demo-agent",
        "allowedResourceOauth2ReturnUrls": ["https://app.test/back"],
    },
    "browser": {
        "name": "demo_browser",
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "description": "a browser",
    },
    "code_interpreter": {
        "name": "demo_python",
        "networkConfiguration": {"networkMode": "SANDBOX"},
        "executionRoleArn": _ROLE,
    },
    "memory": {
        "name": "demo_memory",
        "eventExpiryDuration": 90,
        "description": "a memory",
        "memoryStrategies": [
            {"semanticMemoryStrategy": {"name": "facts", "namespaces": ["/facts/{actorId}"]}},
            {
                "customMemoryStrategy": {
                    "name": "own",
                    "namespaces": ["/own/{actorId}"],
                    "configuration": {
                        "semanticOverride": {
                            "extraction": {"appendToPrompt": "only names", "modelId": "model-1"},
                        }
                    },
                }
            },
        ],
    },
    "policy_engine": ENGINE,
    "policy": {
        "policyEngineId": "?",
        "name": "demo_policy",
        "definition": {
            "cedar": {"statement": "permit(principal, action, resource is AgentCore::Gateway);"}
        },
        "validationMode": "FAIL_ON_ANY_FINDINGS",
        "description": "a policy",
    },
    "evaluator": {
        "evaluatorName": "demo_evaluator",
        "level": "TRACE",
        "evaluatorConfig": {
            "codeBased": {
                "lambdaConfig": {
                    "lambdaArn": "arn:aws:lambda:eu-west-1:111122223333:function:judge"
                }
            }
        },
    },
    "online_evaluation": {
        "onlineEvaluationConfigName": "demo_online",
        "rule": {"samplingConfig": {"samplingPercentage": 10.0}},
        "dataSourceConfig": {
            "cloudWatchLogs": {"logGroupNames": ["/aws/agents"], "serviceNames": ["demo.DEFAULT"]}
        },
        "evaluators": [{"evaluatorId": "Builtin.Helpfulness"}],
        "evaluationExecutionRoleArn": _ROLE,
        "enableOnCreate": True,
    },
    "oauth2_credential_provider": {
        "name": "demo-provider",
        "credentialProviderVendor": "CustomOauth2",
        "oauth2ProviderConfigInput": {
            "customOauth2ProviderConfig": {
                "oauthDiscovery": _JWT,
                "clientId": "gatehouse",
                "clientSecretSource": "EXTERNAL",
                "clientSecretConfig": {"secretId": _SECRET, "jsonKey": "client_secret"},
            }
        },
    },
}
PARENT = {
    "runtime_endpoint": ("runtime", RUNTIME),
    "gateway_target": ("gateway", GATEWAY),
    "policy": ("policy_engine", ENGINE),
}


def first(kind: str, parent: str = "") -> Members:
    """Return the Create request of a type, with the id of its parent."""
    desired = deepcopy(FIRST[kind])
    for member, value in desired.items():
        if value == "?":
            desired[member] = parent
    return desired


_IN_PLACE: dict[str, Members] = {
    "runtime": {"environmentVariables": {"LEVEL": "DEBUG"}},
    "runtime_endpoint": {"agentRuntimeVersion": "2"},
    "gateway": {"description": "another"},
    "gateway_target": {"description": "with one"},
    "workload_identity": {"allowedResourceOauth2ReturnUrls": ["https://app.test/elsewhere"]},
    "memory": {
        "eventExpiryDuration": 30,
        "memoryStrategies": [
            {"semanticMemoryStrategy": {"name": "facts", "namespaces": ["/all/{actorId}"]}},
            FIRST["memory"]["memoryStrategies"][1],
            {"summaryMemoryStrategy": {"name": "sums"}},
        ],
    },
    "policy_engine": {"description": "another"},
    "policy": {"validationMode": "IGNORE_ALL_FINDINGS"},
    "evaluator": {"level": "SESSION"},
    "online_evaluation": {"enableOnCreate": False},
    "oauth2_credential_provider": {
        "oauth2ProviderConfigInput": {
            "customOauth2ProviderConfig": {
                "oauthDiscovery": _JWT,
                "clientId": "gatehouse-2",
                "clientSecretSource": "EXTERNAL",
                "clientSecretConfig": {"secretId": _SECRET, "jsonKey": "client_secret"},
            }
        },
    },
}


def in_place(kind: str, parent: str = "") -> Members | None:
    """Return the same with a change that an update does; None where the type has no update."""
    change = _IN_PLACE.get(kind)
    return None if change is None else first(kind, parent) | deepcopy(change)


_IMMUTABLE: dict[str, Members] = {
    "browser": {"description": "another"},
    "code_interpreter": {"networkConfiguration": {"networkMode": "PUBLIC"}},
    "memory": {"encryptionKeyArn": _KEY},
    "policy_engine": {"encryptionKeyArn": _KEY},
}


def immutable(kind: str) -> Members | None:
    """Return the same with a change that needs another one of the same name; None for none."""
    change = _IMMUTABLE.get(kind)
    return None if change is None else first(kind) | deepcopy(change)


def renamed(kind: str, parent: str = "") -> Members:
    """Return the same under another name."""
    desired = first(kind, parent)
    for member in ("name", "agentRuntimeName", "evaluatorName", "onlineEvaluationConfigName"):
        if member in desired:
            desired[member] += "2"
    return desired
