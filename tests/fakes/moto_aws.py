"""DynamoDB and Secrets Manager by moto, in the test's own process, on loopback.

Served by one thread: moto's threaded server lets two conditional writers win at once. It checks no
policy, so nothing about who may do what is proven on it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs] its types come inline
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

from fakes.loopback import WAIT_S


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 as inherited
        pass


@contextmanager
def running() -> Generator[str]:
    """Serve all services at one URL; they forget everything at the end."""
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(WAIT_S)
        server.server_close()


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Create a table as infra does: `pk` and `sk`, both text."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
