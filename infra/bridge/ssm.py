"""The SSM Parameter Store by boto3."""

from typing import Any, cast

import boto3

from bridge.agentcore import CONFIG
from bridge.boto_error import called
from bridge.errors import Declined

# A record of more than 4 KB needs an advanced parameter; this makes one only when it has to be.
_TIER = "Intelligent-Tiering"


class SsmParameters:
    """The parameters of one region, with the credentials of the environment."""

    def __init__(self, region: str) -> None:
        self._client: Any = cast("Any", boto3).client("ssm", region_name=region, config=CONFIG)

    def read(self, name: str) -> str | None:
        """Return the value; None if there is no such parameter."""
        try:
            answer = called("GetParameter", lambda: self._client.get_parameter(Name=name))
        except Declined as error:
            if error.code == "ParameterNotFound":
                return None
            raise
        return str(answer["Parameter"]["Value"])

    def write(self, name: str, value: str) -> None:
        """Make the parameter or overwrite it."""
        self._put(name, value, overwrite=True)

    def add(self, name: str, value: str) -> bool:
        """Make the parameter; return False, and change nothing, where it is there already."""
        try:
            self._put(name, value, overwrite=False)
        except Declined as error:
            if error.code == "ParameterAlreadyExists":
                return False
            raise
        return True

    def remove(self, name: str) -> None:
        """Remove the parameter; it is no fault if it is gone."""
        try:
            called("DeleteParameter", lambda: self._client.delete_parameter(Name=name))
        except Declined as error:
            if error.code != "ParameterNotFound":
                raise

    def under(self, prefix: str) -> dict[str, str]:
        """Return all parameters below the prefix, by name."""
        found: dict[str, str] = {}
        request = {"Path": prefix, "Recursive": True}
        while True:
            answer = called(
                "GetParametersByPath", lambda: self._client.get_parameters_by_path(**request)
            )
            found |= {one["Name"]: one["Value"] for one in answer["Parameters"]}
            if not answer.get("NextToken"):
                return found
            request["NextToken"] = answer["NextToken"]

    def _put(self, name: str, value: str, *, overwrite: bool) -> None:
        called(
            "PutParameter",
            lambda: self._client.put_parameter(
                Name=name, Value=value, Type="String", Tier=_TIER, Overwrite=overwrite
            ),
        )
