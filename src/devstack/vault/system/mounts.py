"""`sys/mounts`, `sys/auth`, `sys/namespaces`: what is where (API docs of those names)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.core import Core
from devstack.vault.engines.engine import Engine
from devstack.vault.errors import absent, bad
from devstack.vault.fields import Document, Fields
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes
from devstack.vault.spaces import Space

MakeEngine = Callable[[Fields], Engine]
"""Makes an engine from the fields that enable it. Raises VaultError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountsApi:
    """Engines and login methods, enabled, listed and disabled; namespaces alike."""

    core: Core
    engines: Mapping[str, MakeEngine]
    methods: Mapping[str, MakeEngine]
    make_space: Callable[[str], Space]

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        mount = {Operation.DELETE: self._disable, **writes(self._enable)}
        space = {Operation.DELETE: self._drop_space, **writes(self._add_space)}
        return (
            Route("(?P<what>mounts|auth)", {Operation.READ: self._list}),
            Route("(?P<what>mounts|auth)/(?P<path>.+)/tune", writes(self._tune)),
            Route("(?P<what>mounts|auth)/(?P<path>.+)", mount),
            Route("namespaces/?", {Operation.LIST: self._spaces}),
            Route("namespaces/(?P<path>.+)", space),
        )

    def _list(self, request: Request, names: Mapping[str, str]) -> Response:
        logins = names["what"] == "auth"
        mounts = self.core.spaces.named(request.space).mounts.values()
        data: Document = {
            mount.path.removeprefix("auth/"): {
                "accessor": mount.accessor,
                "type": mount.engine.kind,
                "options": {"version": "2"} if mount.engine.kind == "kv" else None,
            }
            for mount in mounts
            if mount.path.startswith("auth/") is logins
        }
        return Response(data=data)

    def _enable(self, request: Request, names: Mapping[str, str]) -> None:
        logins = names["what"] == "auth"
        kind = request.fields.text("type")
        make = (self.methods if logins else self.engines).get(kind)
        if make is None:
            raise bad(f"plugin not found in the catalog: {kind}")
        space = self.core.spaces.named(request.space)
        path = f"auth/{names['path']}" if logins else names["path"]
        self.core.mount(space, path, make(request.fields))

    def _disable(self, request: Request, names: Mapping[str, str]) -> None:
        path = f"auth/{names['path']}" if names["what"] == "auth" else names["path"]
        if path.strip("/") in {"sys", "auth/token", "cubbyhole", "identity"}:
            raise bad(f"cannot unmount {path!r}")
        self.core.unmount(self.core.spaces.named(request.space), path)

    def _tune(self, request: Request, names: Mapping[str, str]) -> None:
        path = f"auth/{names['path']}" if names["what"] == "auth" else names["path"]
        if f"{path}/" not in self.core.spaces.named(request.space).mounts:
            raise absent()

    def _spaces(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        known = [space.name for space in self.core.spaces.all() if space.name]
        below = [name[len(request.space) :] for name in known if name.startswith(request.space)]
        if not any(below):
            raise absent()
        return Response(data={"keys": sorted(name for name in below if name)})

    def _add_space(self, request: Request, names: Mapping[str, str]) -> Response:
        path = f"{names['path'].strip('/')}/"
        self.core.spaces.add(self.make_space(f"{request.space}{path}"))
        return Response(data={"path": path})

    def _drop_space(self, request: Request, names: Mapping[str, str]) -> None:
        name = f"{request.space}{names['path'].strip('/')}/"
        for mount in list(self.core.spaces.named(name).mounts):
            self.core.unmount(self.core.spaces.named(name), mount)
        self.core.spaces.drop(name)
