"""The functions of a deployment, as `infra/modules/agentcore-bff` makes them: program, role, names.

Each gets a key of its own role and the variables that `environment.tf` there gives it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from devstack.aws.runners import KeyPair, key_of
from trust.secret import Secret

MANAGED = "devstack.runtime_api.managed"
STREAMING = "proxy.lambda_stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function."""

    name: str
    runtime: str
    """The module that runs the handler."""
    handler: str
    told: frozenset[str] | None = None
    """Those of the application's own variables that it gets; None: all."""

    def environment(self, common: Mapping[str, str]) -> dict[str, str]:
        """Return its environment; `common` holds the BFF's key, from which its own derives."""
        bff = KeyPair(
            access_key_id=common["AWS_ACCESS_KEY_ID"],
            secret_access_key=Secret(common["AWS_SECRET_ACCESS_KEY"]),
        )
        key = key_of(f"gatehouse-{self.name}", bff)
        return {
            **{name: value for name, value in common.items() if self._is_told(name)},
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key.reveal(),
            "_HANDLER": self.handler,
        }

    def _is_told(self, name: str) -> bool:
        return self.told is None or name in self.told or not name.startswith(("BFF_", "OIDC_"))


AUTHORIZER = Function(
    name="authorizer",
    runtime=MANAGED,
    handler="authorizer.handler.handler",
    told=frozenset({"BFF_APP_ID", "BFF_STORE"}),
)
JSON = Function(name="json", runtime=MANAGED, handler="bff.lambda_handler.handler")
STREAM = Function(name="stream", runtime=STREAMING, handler="bff.streaming:app")
