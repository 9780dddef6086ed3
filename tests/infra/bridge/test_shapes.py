"""Types whose Get has other members than their Create."""

import pytest

from bridge.catalogue import KINDS
from bridge.memory import memory_request, strategy_view
from bridge.oauth2 import provider_view
from bridge.ports import Members
from fakes.agentcore_control.bench import Bench
from fakes.agentcore_control.shown import strategy
from fakes.agentcore_control.wanted import first

_PROMPT = {"appendToPrompt": "only names", "modelId": "model-1"}
_NAMED = {"name": "one", "namespaces": ["/a/{actorId}"]}
STRATEGIES: list[Members] = [
    {"semanticMemoryStrategy": _NAMED | {"description": "facts"}},
    {"summaryMemoryStrategy": {"name": "one", "namespaceTemplates": ["/a/{actorId}"]}},
    {"userPreferenceMemoryStrategy": _NAMED},
    {
        "episodicMemoryStrategy": _NAMED
        | {"reflectionConfiguration": {"namespaces": ["/r/{actorId}"]}}
    },
    {
        "customMemoryStrategy": _NAMED
        | {"configuration": {"semanticOverride": {"extraction": _PROMPT, "consolidation": _PROMPT}}}
    },
    {
        "customMemoryStrategy": _NAMED
        | {"configuration": {"summaryOverride": {"consolidation": _PROMPT}}}
    },
    {
        "customMemoryStrategy": _NAMED
        | {
            "configuration": {
                "episodicOverride": {
                    "extraction": _PROMPT,
                    "consolidation": _PROMPT,
                    "reflection": _PROMPT | {"namespaces": ["/r/{actorId}"]},
                }
            }
        }
    },
    {
        "customMemoryStrategy": _NAMED
        | {
            "configuration": {
                "selfManagedConfiguration": {
                    "invocationConfiguration": {
                        "topicArn": "arn:aws:sns:eu-west-1:111122223333:topic",
                        "payloadDeliveryBucketName": "bucket",
                    }
                }
            }
        }
    },
    {
        "semanticMemoryStrategy": _NAMED
        | {"recordExpirySpecification": {"recordExpiryDurationDays": 40}}
    },
]


EACH = pytest.mark.parametrize("entry", STRATEGIES, ids=range(len(STRATEGIES)))


@EACH
def test_every_strategy_is_known_again_when_get_shows_it(entry: Members) -> None:
    got = strategy(entry, "one-0123456789")

    view = strategy_view(entry)

    shown = {member: got[member] for member in view}
    shown.get("configuration", {}).pop("type", None)
    assert view == shown


@EACH
def test_every_strategy_is_made_and_left_alone(entry: Members) -> None:
    bench = Bench()
    desired = first("memory") | {"memoryStrategies": [entry]}

    bench.apply("memory", desired)

    assert bench.apply("memory", desired).verdict == "unchanged"


@EACH
def test_every_strategy_keeps_its_id_and_its_records_when_it_is_changed(entry: Members) -> None:
    bench = Bench()
    desired = first("memory") | {"memoryStrategies": [entry]}
    bench.apply("memory", desired)
    id_ = bench.thing("memory").strategies[0]["strategyId"]
    ((type_, strategy_),) = entry.items()
    other = desired | {"memoryStrategies": [{type_: strategy_ | {"description": "another"}}]}

    assert bench.apply("memory", other).verdict == "updated"

    (after,) = bench.thing("memory").strategies
    assert (after["strategyId"], after["description"]) == (id_, "another")
    assert bench.apply("memory", other).verdict == "unchanged"


def test_a_prompt_that_changes_is_modified_in_its_strategy() -> None:
    bench = Bench()
    bench.apply("memory", first("memory"))
    desired = first("memory")
    override = desired["memoryStrategies"][1]["customMemoryStrategy"]["configuration"]
    override["semanticOverride"]["extraction"]["appendToPrompt"] = "other names"

    assert bench.apply("memory", desired).verdict == "updated"

    request = _sent(bench, "UpdateMemory")
    (modified,) = request["memoryStrategies"]["modifyMemoryStrategies"]
    assert modified["configuration"]["extraction"] == {
        "customExtractionConfiguration": {
            "semanticExtractionOverride": {"appendToPrompt": "other names", "modelId": "model-1"}
        }
    }
    assert bench.apply("memory", desired).verdict == "unchanged"


def test_an_indexed_key_is_added() -> None:
    keys = [{"key": "a", "type": "STRING"}]
    more = [*keys, {"key": "b", "type": "NUMBER"}]
    got: Members = {"indexedKeys": keys}

    request = memory_request({"indexedKeys": more}, frozenset({"indexedKeys"}), got)

    assert request == {"addIndexedKeys": more[1:]}
    assert memory_request({"indexedKeys": keys}, frozenset({"indexedKeys"}), got) == {}


def test_strategies_in_another_order_are_the_same() -> None:
    got: Members = {"strategies": [strategy(STRATEGIES[0], "one-0123456789")]}

    request = memory_request(
        {"memoryStrategies": [STRATEGIES[0]]}, frozenset({"memoryStrategies"}), got
    )

    assert request == {}


def test_a_description_can_be_taken_from_an_engine() -> None:
    bench = Bench()
    bench.apply("policy_engine", first("policy_engine"))
    without = {"name": "demo_engine"}

    assert bench.apply("policy_engine", without).verdict == "updated"

    assert "description" not in bench.thing("policy_engine").told
    assert bench.apply("policy_engine", without).verdict == "unchanged"


def test_an_online_evaluation_is_paused_by_the_member_that_started_it() -> None:
    bench = Bench()
    bench.apply("online_evaluation", first("online_evaluation"))
    paused = first("online_evaluation") | {"enableOnCreate": False, "description": "paused"}

    bench.apply("online_evaluation", paused)

    request = _sent(bench, "UpdateOnlineEvaluationConfig")
    assert request["executionStatus"] == "DISABLED"
    assert "enableOnCreate" not in request
    assert "description" in request


def test_an_update_that_leaves_the_switch_alone_does_not_move_it() -> None:
    bench = Bench()
    bench.apply("online_evaluation", first("online_evaluation"))

    bench.apply("online_evaluation", first("online_evaluation") | {"description": "another"})

    request = _sent(bench, "UpdateOnlineEvaluationConfig")
    assert "executionStatus" not in request


def test_of_a_vendors_provider_only_the_client_is_compared() -> None:
    view = provider_view(
        "oauth2ProviderConfigInput",
        {"microsoftOauth2ProviderConfig": {"clientId": "a", "tenantId": "t"}},
    )

    assert view == {
        "oauth2ProviderConfigOutput": {"microsoftOauth2ProviderConfig": {"clientId": "a"}}
    }


def test_a_secret_is_compared_by_arn_and_not_by_name() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf"
    reference = {"clientSecretSource": "EXTERNAL"}

    by_arn = _view(reference | {"clientSecretConfig": {"secretId": arn, "jsonKey": "k"}})
    by_name = _view(reference | {"clientSecretConfig": {"secretId": "a"}})

    assert by_arn["clientSecretArn"] == {"secretArn": arn}
    assert by_arn["clientSecretJsonKey"] == "k"
    assert "clientSecretArn" not in by_name
    assert by_name["clientSecretSource"] == "EXTERNAL"


def _sent(bench: Bench, operation: str) -> Members:
    return next(call for name, call in bench.world.calls if name == operation)


def _view(configuration: Members) -> Members:
    return provider_view("oauth2ProviderConfigInput", {"customOauth2ProviderConfig": configuration})


def test_a_tenant_that_get_does_not_show_is_still_changed() -> None:
    bench = Bench()
    kind = "oauth2_credential_provider"
    client = {
        "clientId": "a",
        "clientSecretSource": "EXTERNAL",
        "clientSecretConfig": {"secretId": "name", "jsonKey": "k"},
    }
    desired: Members = {
        "name": "demo",
        "credentialProviderVendor": "MicrosoftOauth2",
        "oauth2ProviderConfigInput": {
            "microsoftOauth2ProviderConfig": client | {"tenantId": "one"}
        },
    }
    bench.apply(kind, desired)
    desired["oauth2ProviderConfigInput"]["microsoftOauth2ProviderConfig"]["tenantId"] = "two"

    assert bench.apply(kind, desired).verdict == "updated"


def test_the_types_are_the_thirteen_and_each_names_its_operations() -> None:
    bench = Bench()
    assert len(KINDS) == 13
    for kind in KINDS.values():
        for operation in (kind.create, kind.get, kind.list, kind.delete):
            assert operation in bench.world._verbs
