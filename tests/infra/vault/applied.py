"""What Terraform plans of the module, written to a Vault by its API, as the provider would."""

from collections.abc import Mapping
from typing import Any

from fakes.vault_target import Target

Made = Mapping[str, Mapping[str, Any]]
"""The arguments of each planned resource, by its address."""


def apply(made: Made, at: Target) -> None:
    """Make everything; engines and methods first. Raises Unprepared."""
    for kind, write in _WRITERS.items():
        for address, given in made.items():
            if address.startswith(f"{kind}."):
                write(at, {name: value for name, value in given.items() if value is not None})


def remove(made: Made, at: Target) -> None:
    """Take everything away again: nobody's server keeps what a test made."""
    for address, given in made.items():
        match address.partition(".")[0]:
            case "vault_mount":
                at.ask("DELETE", f"sys/mounts/{given['path']}")
            case "vault_jwt_auth_backend":
                at.ask("DELETE", f"sys/auth/{given['path']}")
            case "vault_policy":
                at.ask("DELETE", f"sys/policies/acl/{given['name']}")
            case _:
                pass


def _policy(at: Target, given: Mapping[str, Any]) -> None:
    at.ask("PUT", f"sys/policies/acl/{given['name']}", {"policy": given["policy"]})


def _mount(at: Target, given: Mapping[str, Any]) -> None:
    second = {"type": "kv", "options": {"version": "2"}}
    kind = second if given["type"] == "kv-v2" else {"type": given["type"]}
    at.ask("POST", f"sys/mounts/{given['path']}", kind)


def _key(at: Target, given: Mapping[str, Any]) -> None:
    path = f"{given['backend']}/keys/{given['name']}"
    at.ask("POST", path, {"type": given["type"], "exportable": given["exportable"]})


def _jwt(at: Target, given: Mapping[str, Any]) -> None:
    at.ask("POST", f"sys/auth/{given['path']}", {"type": given["type"]})
    apart = {"path", "type", "description"}
    config = {name: value for name, value in given.items() if name not in apart}
    at.ask("POST", f"auth/{given['path']}/config", config)


def _role(at: Target, given: Mapping[str, Any]) -> None:
    apart = {"backend", "role_name"}
    fields = {name: value for name, value in given.items() if name not in apart}
    at.ask("POST", f"auth/{given['backend']}/role/{given['role_name']}", fields)


_WRITERS = {
    "vault_mount": _mount,
    "vault_transit_secret_backend_key": _key,
    "vault_policy": _policy,
    "vault_jwt_auth_backend": _jwt,
    "vault_jwt_auth_backend_role": _role,
}
