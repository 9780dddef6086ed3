"""The AgentCore control plane by boto3."""

from collections.abc import Mapping
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from bridge.boto_error import called
from bridge.ports import Members

CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    # One retry policy, ours: it is bounded by the run's time, and says what it does.
    retries={"total_max_attempts": 1, "mode": "standard"},
)
_SERVICE = "bedrock-agentcore-control"


class Boto3ControlPlane:
    """The control plane of one region, with the credentials of the environment."""

    def __init__(self, region: str) -> None:
        # boto3's stubs know services by literal names only, and each operation as a method.
        self._client: Any = cast("Any", boto3).client(_SERVICE, region_name=region, config=CONFIG)
        self._model: ServiceModel = self._client.meta.service_model
        self._methods: dict[str, str] = {
            operation: method
            for method, operation in self._client.meta.method_to_api_mapping.items()
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Members:
        """Return the answer to one operation."""
        method = getattr(self._client, self._methods[operation])
        answer: Members = called(operation, lambda: method(**parameters))
        answer.pop("ResponseMetadata", None)
        return answer

    def faults(self, operation: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a request by the service's own model."""
        shape: Any = self._model.operation_model(operation).input_shape
        report = ParamValidator().validate(dict(parameters), shape)
        return report.generate_report().splitlines() if report.has_errors() else []
