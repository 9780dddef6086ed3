"""Policy engines, policies, evaluators and online evaluation.

Source: the service model bedrock-agentcore-control 2023-06-05, and the provider's import pages.
"""

from typing import Any

from bridge.kind import Kind, States, Style, Tags, Update
from bridge.ports import Members


def _optional_description(desired: Members, changes: frozenset[str], _got: Members) -> Members:
    # PATCH: `{}` in place of the text takes the description away (UpdatedDescription).
    request = {name: desired[name] for name in changes if name in desired}
    if "description" in changes:
        text = desired.get("description")
        request["description"] = {"optionalValue": text} if text else {}
    return request


def _online_view(name: str, value: Any) -> Members:
    if name == "enableOnCreate":
        return {"executionStatus": "ENABLED" if value else "DISABLED"}
    return {name: value}


def _online_request(desired: Members, changes: frozenset[str], _got: Members) -> Members:
    request = {name: desired[name] for name in changes if name in desired}
    request.pop("enableOnCreate", None)
    if "enableOnCreate" in changes:
        request |= _online_view("enableOnCreate", desired["enableOnCreate"])
    return request


POLICY_ENGINE = Kind(
    name="policy_engine",
    noun="PolicyEngine",
    plural="PolicyEngines",
    items="policyEngines",
    id_input="policyEngineId",
    id_output="policyEngineId",
    arn="policyEngineArn",
    reason="statusReasons",
    update=Update(
        style=Style.CHANGED, members=frozenset({"description"}), request=_optional_description
    ),
    loses="all its policies",
    terraform="aws_bedrockagentcore_policy_engine",
    rank=1,
)

POLICY = Kind(
    name="policy",
    noun="Policy",
    plural="Policies",
    items="policies",
    id_input="policyId",
    id_output="policyId",
    arn="policyArn",
    parent="policyEngineId",
    parent_kind="policy_engine",
    reason="statusReasons",
    update=Update(
        style=Style.CHANGED,
        members=frozenset({"definition", "description", "enforcementMode", "validationMode"}),
        request=_optional_description,
    ),
    hidden=frozenset({"validationMode"}),
    tags=Tags.NONE,
    terraform="aws_bedrockagentcore_policy",
    import_id="{parent},{id}",
    rank=3,
)

EVALUATOR = Kind(
    name="evaluator",
    noun="Evaluator",
    plural="Evaluators",
    items="evaluators",
    id_input="evaluatorId",
    id_output="evaluatorId",
    arn="evaluatorArn",
    name_input="evaluatorName",
    listed_name="evaluatorName",
    update=Update(
        style=Style.CHANGED,
        members=frozenset({"description", "evaluatorConfig", "kmsKeyArn", "level"}),
        token=True,
    ),
    terraform="aws_bedrockagentcore_evaluator",
    rank=1,
)

ONLINE_EVALUATION = Kind(
    name="online_evaluation",
    noun="OnlineEvaluationConfig",
    plural="OnlineEvaluationConfigs",
    items="onlineEvaluationConfigs",
    id_input="onlineEvaluationConfigId",
    id_output="onlineEvaluationConfigId",
    arn="onlineEvaluationConfigArn",
    name_input="onlineEvaluationConfigName",
    listed_name="onlineEvaluationConfigName",
    update=Update(
        style=Style.CHANGED,
        members=frozenset(
            {
                "clusteringConfig",
                "dataSourceConfig",
                "description",
                "enableOnCreate",
                "evaluationExecutionRoleArn",
                "evaluators",
                "insights",
                "outputConfig",
                "rule",
            }
        ),
        request=_online_request,
        token=True,
    ),
    states=States(not_updated=frozenset({"UPDATE_FAILED", "ERROR"})),
    view=_online_view,
    outputs=("outputConfig.cloudWatchConfig.logGroupName",),
    terraform="aws_bedrockagentcore_online_evaluation_config",
    # It holds its evaluators: an evaluator in use cannot be deleted.
    rank=2,
)
