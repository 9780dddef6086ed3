"""What survives a restart: the calls that changed the store, written down and done again.

moto keeps everything in memory. With `--state DIR` each successful change is added to a file there,
and the next start repeats them in order. Times, version ids and upload ids are new after that; an
upload in parts is written down as the one object it became. The file only ever grows.
"""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

from devstack.aws.judge import Permit
from devstack.aws.moto import Name, Store, StoreRequest
from devstack.aws.services.document import Document
from devstack.aws.wire import Answer, Pairs

FILE_NAME = "aws-store.jsonl"
_READS = (
    "BatchGet",
    "Describe",
    "Get",
    "List",
    "Query",
    "Scan",
    "TransactGet",
)
"""How the names of operations begin that change nothing."""
_OF_THE_OBJECT = ("content-", "cache-control", "expires", "x-amz-meta-", "x-amz-tagging")


class Journal:
    """A store that writes down what was done to the one behind it."""

    def __init__(self, behind: Store, folder: Path) -> None:
        self._behind = behind
        self._path = folder / FILE_NAME

    def call(self, permit: Permit, request: StoreRequest) -> Answer:
        """Do what was allowed, and write it down if it changed something."""
        answer = self._behind.call(permit, request)
        if answer.status < 300 and _changes(request):  # noqa: PLR2004 HTTP success
            lasting = self._lasting(request)
            if lasting is not None:
                self._append(lasting)
        return answer

    def look(self, request: StoreRequest) -> Answer:
        """Read something that a decision needs."""
        return self._behind.look(request)

    def repeat(self) -> None:
        """Do again all that was written down. Raises OSError, ValueError for a broken file."""
        for request in self._written():
            self._behind.look(request)

    def _written(self) -> Iterator[StoreRequest]:
        if self._path.exists():
            with self._path.open(encoding="utf-8") as lines:
                yield from map(_read, lines)

    def _append(self, request: StoreRequest) -> None:
        # For this user only: secrets and parameters may be among what is written.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_line(request))

    def _lasting(self, request: StoreRequest) -> StoreRequest | None:
        if request.service != "s3" or "upload" not in request.query:
            return request
        if request.method != "POST" or "uploadId" not in request.query:
            # The parts of an upload, and its beginning and giving up, are nothing by themselves.
            return None
        made = self._behind.look(replace(request, method="GET", query="", headers=(), body=b""))
        kept = tuple(pair for pair in made.headers if pair[0].startswith(_OF_THE_OBJECT))
        without_length = tuple(pair for pair in kept if pair[0] != "content-length")
        return replace(request, method="PUT", query="", headers=without_length, body=made.body)


def _changes(request: StoreRequest) -> bool:
    if request.service == "s3":
        return request.method not in {"GET", "HEAD"}
    operation = dict(request.headers)["x-amz-target"].partition(".")[2]
    return not operation.startswith(_READS)


def _line(request: StoreRequest) -> str:
    members = {
        "service": request.service,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": base64.b64encode(request.body).decode(),
    }
    return json.dumps(members) + "\n"


def _read(line: str) -> StoreRequest:
    members = cast("Document", json.loads(line))
    return StoreRequest(
        service=cast("Name", members["service"]),
        method=str(members["method"]),
        path=str(members["path"]),
        query=str(members["query"]),
        headers=cast("Pairs", members["headers"]),
        body=base64.b64decode(str(members["body"])),
    )
