"""`python -m proof.applied.server`: moto on loopback with its gaps filled; prints its port.

One request at a time: in threads, moto loses writes under Terraform's concurrency.
"""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from proof.applied.gaps import Gaps, without_validator


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's own name
        """Say nothing: a verdict is all that is wanted."""


def main() -> None:
    """Serve until the end."""
    without_validator()
    from moto.moto_server import werkzeug_app  # pyright: ignore[reportMissingTypeStubs] it has none

    application = Gaps(werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app))
    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
