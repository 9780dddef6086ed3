"""X-Ray's sampling rules and groups, as far as the provider asks: moto's own need an SDK."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ARN = "arn:aws:xray:eu-west-1:123456789012"
Record = dict[str, Any]


@dataclass(slots=True)
class XRay:
    """Keeps rules, groups and their tags."""

    _rules: dict[str, Record] = field(default_factory=dict[str, Record])
    _groups: dict[str, Record] = field(default_factory=dict[str, Record])
    _tags: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def answer(self, call: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer one call, by the name in its path. Raises KeyError for one that nobody makes."""
        match call.removesuffix("SamplingRules").removesuffix("SamplingRule").removesuffix("Group"):
            case "Get" | "Create" | "Update" | "Delete" as verb if "Sampling" in call:
                return self._rule(verb, asked)
            case "Get" | "Create" | "Update" | "Delete" as verb:
                return self._group(verb, asked)
            case "ListTagsForResource":
                tags = self._tags.get(asked["ResourceARN"], {})
                return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            case _:
                raise KeyError(call)

    def _rule(self, verb: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if verb == "Get":
            return {
                "SamplingRuleRecords": [{"SamplingRule": rule} for rule in self._rules.values()]
            }
        given: Record = asked.get("SamplingRule") or asked.get("SamplingRuleUpdate") or dict(asked)
        name = str(given.get("RuleName") or given["RuleARN"].rpartition("/")[2])
        if verb == "Delete":
            return {"SamplingRuleRecord": {"SamplingRule": self._rules.pop(name)}}
        arn = f"{_ARN}:sampling-rule/{name}"
        self._tagged(arn, asked)
        self._rules[name] = self._rules.get(name, {}) | given | {"RuleName": name, "RuleARN": arn}
        return {"SamplingRuleRecord": {"SamplingRule": self._rules[name]}}

    def _group(self, verb: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(asked.get("GroupName") or asked["GroupARN"].split("/")[1])
        if verb == "Delete":
            self._groups.pop(name)
            return {}
        if verb != "Get":
            arn = f"{_ARN}:group/{name}/1"
            self._tagged(arn, asked)
            members = {key: value for key, value in asked.items() if key != "Tags"}
            self._groups[name] = (
                self._groups.get(name, {}) | members | {"GroupName": name, "GroupARN": arn}
            )
        return {"Group": self._groups[name]}

    def _tagged(self, arn: str, asked: Mapping[str, Any]) -> None:
        if "Tags" in asked:
            self._tags[arn] = {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
