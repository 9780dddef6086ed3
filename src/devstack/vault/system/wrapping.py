"""`sys/wrapping/…`: wrappers made, looked at, opened (API docs, `/sys/wrapping/…`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.clock import stamp
from devstack.vault.core import Core
from devstack.vault.errors import bad
from devstack.vault.fields import Document
from devstack.vault.request import Request, Response
from devstack.vault.routes import Route, writes
from devstack.vault.wrapping import not_a_wrapper

OPEN_PATHS = "wrapping/lookup"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappingApi:
    """All that can be done with a wrapper."""

    core: Core

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        return (
            Route("wrapping/wrap", writes(self._wrap)),
            Route("wrapping/lookup", writes(self._lookup)),
            Route("wrapping/unwrap", writes(self._unwrap)),
            Route("wrapping/rewrap", writes(self._rewrap)),
        )

    def _wrap(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        if not request.wrap_ttl_s:
            raise bad("endpoint requires response wrapping to be used")
        return Response(data=request.fields.all)

    def _lookup(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        info = self.core.wrappers.seen(self.core.wrappers.named(request)).info
        data: Document = {
            "creation_path": info.path,
            "creation_time": stamp(info.created_at),
            "creation_ttl": int(info.ttl_s),
        }
        return Response(data=data)

    def _unwrap(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        if request.fields.text("token") == request.token:
            # "Do not use the wrapping token in both locations": it is used up by the header alone.
            raise not_a_wrapper()
        wrapped = self.core.wrappers.taken(self.core.wrappers.named(request))
        return Response() if wrapped.body is None else Response(raw=wrapped.body)

    def _rewrap(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        wrapped = self.core.wrappers.taken(self.core.wrappers.named(request))
        info = wrapped.info
        return self.core.wrappers.wrap(wrapped.body, request, ttl_s=info.ttl_s, path=info.path)
