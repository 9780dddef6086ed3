"""The Workload API on a unix socket, in real gRPC (SPIFFE Workload API §4, §5)."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

from devstack.spire.agent import Agent, Hanging, Refusal
from devstack.spire.messages import message, with_claims

grpc: Any = import_module("grpc")

_SERVICE = "SpiffeWorkloadAPI"
_CALLS_AT_ONCE = 32
"""Each open stream holds one of them."""

_HEADER = ("workload.spiffe.io", "true")
"""SPIFFE Workload Endpoint §6: a browser, or a fetch that somebody was tricked into, has it not."""

Answered = Callable[[Any], Any]


class WorkloadApi:
    """The five calls; each turns a request into what the agent says."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def handler(self) -> Any:
        """Return what gRPC calls."""
        once = {"FetchJWTSVID": self._jwt_svid, "ValidateJWTSVID": self._validated}
        streams = {
            "FetchX509SVID": self._x509_svids,
            "FetchX509Bundles": self._x509_bundles,
            "FetchJWTBundles": self._jwt_bundles,
        }
        handlers = {
            **{name: self._once(name, call) for name, call in once.items()},
            **{name: self._stream(name, call) for name, call in streams.items()},
        }
        return grpc.method_handlers_generic_handler(_SERVICE, handlers)

    def _once(self, name: str, call: Answered) -> Any:
        def answer(request: Any, context: Any) -> Any:
            return self._answer(call, request, context)

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=message(_request(name)).FromString,
            response_serializer=_serialized,
        )

    def _stream(self, name: str, call: Answered) -> Any:
        def answers(request: Any, context: Any) -> Iterator[Any]:
            context.add_callback(self._agent.wake)
            while context.is_active():
                seen, last = self._agent.version, self._agent.ends
                yield self._answer(call, request, context)
                if last:
                    return
                self._agent.await_change(seen, context.is_active)

        return grpc.unary_stream_rpc_method_handler(
            answers,
            request_deserializer=message(_request(name)).FromString,
            response_serializer=_serialized,
        )

    def _answer(self, call: Answered, request: Any, context: Any) -> Any:
        if _HEADER not in [tuple(pair) for pair in context.invocation_metadata()]:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "security header missing from request")
        try:
            return call(request)
        except Refusal as refusal:
            context.abort(grpc.StatusCode[refusal.code], str(refusal))
        except Hanging:
            gone = Event()
            # False where it has ended already: then nobody would set the event.
            if context.add_callback(gone.set):
                gone.wait()
            context.abort(grpc.StatusCode.CANCELLED, "nobody waits any more")

    def _jwt_svid(self, request: Any) -> Any:
        found = self._agent.jwt_svids(list(request.audience), request.spiffe_id)
        one = message("JWTSVID")
        svids = [
            one(spiffe_id=each.spiffe_id, svid=each.token, hint=self._agent.hint_of(each.spiffe_id))
            for each in found
        ]
        return message("JWTSVIDResponse")(svids=svids)

    def _validated(self, request: Any) -> Any:
        claims = self._agent.validated(request.audience, request.svid)
        answer = message("ValidateJWTSVIDResponse")(spiffe_id=str(claims["sub"]))
        return with_claims(answer, claims)

    def _x509_svids(self, _: Any) -> Any:
        one = message("X509SVID")
        svids = [
            one(
                spiffe_id=each.spiffe_id,
                x509_svid=each.certified.certificate,
                x509_svid_key=each.certified.key,
                bundle=each.bundle,
                hint=self._agent.hint_of(each.spiffe_id),
            )
            for each in self._agent.x509_svids()
        ]
        return message("X509SVIDResponse")(svids=svids)

    def _x509_bundles(self, _: Any) -> Any:
        return message("X509BundlesResponse")(bundles=self._agent.x509_bundles())

    def _jwt_bundles(self, _: Any) -> Any:
        return message("JWTBundlesResponse")(bundles=self._agent.jwt_bundles())


def _serialized(answer: Any) -> bytes:
    raw: bytes = answer.SerializeToString()
    return raw


def _request(name: str) -> str:
    return f"{name.removeprefix('Fetch')}Request"


@contextmanager
def served(agent: Agent, socket: Path) -> Generator[None]:
    """Serve the Workload API at `socket` while the context is open. Raises OSError."""
    executor = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="spire")
    server = grpc.server(executor, handlers=[WorkloadApi(agent).handler()])
    try:
        server.add_insecure_port(f"unix:{socket}")
    except RuntimeError as error:
        raise OSError(f"{socket} cannot be listened on") from error
    # Whoever may not run as us must not be us.
    socket.chmod(0o600)
    server.start()
    try:
        yield
    finally:
        server.stop(grace=0).wait()
        executor.shutdown()
        socket.unlink(missing_ok=True)
