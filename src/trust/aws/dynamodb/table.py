"""The table in DynamoDB: any number of instances share it.

No Scan and no index: one key, or one partition, at a time. Whatever is called here can bear being
repeated after its answer was lost.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trust.aws.caller import Caller
from trust.aws.dynamodb import request
from trust.aws.dynamodb.answer import Done, InTheWay, Meaning, Trouble, Unmet, meaning
from trust.aws.dynamodb.attributes import Row, item_of, one_of_many, plain_of
from trust.aws.message import AwsUnavailable, Post
from trust.aws.retry import Patience
from trust.clock import NumericDate
from trust.json_text import read_json
from trust.store.table import (
    COUNT,
    Condition,
    ConditionFailed,
    Item,
    Key,
    RowMalformed,
    StoreUnavailable,
    Write,
    counted,
    is_live,
)

PATIENCE = Patience(attempts=3, attempt_s=3.0, whole_s=10.0)
"""How long a call may take: a browser waits for it."""

CONFLICT_ATTEMPTS = 5
"""How often a write is tried that another transaction, or throttling, was in the way of."""

MAX_PAGES = 100
"""Most pages of a query, 1 MB each: what has more is no partition of ours."""


def _token() -> str:
    return secrets.token_hex(16)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class DynamoDbTable:
    """One table with `pk` and `sk`, both text; time to live on `expires_at`.

    `caller`'s wire is shared, and not this one's to close. `token` makes names that no transaction
    had before; `pause` waits some seconds, `draw` is random from 0 to 1.
    """

    caller: Caller
    name: str
    token: Callable[[], str] = _token
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[], float] = random.random
    _closed: bool = field(default=False, init=False)

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item unless it is absent or expired. Raises StoreUnavailable."""
        item = await self._found(key)
        return item if item and is_live(item, now) else None

    async def query(self, partition: str, *, prefix: str, now: NumericDate) -> list[Item]:
        """Return the live items below a prefix, in order. Raises StoreUnavailable."""
        rows = await self._pages(partition, prefix)
        return [item for item in map(one_of_many, rows) if is_live(item, now)]

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        """Write the whole item. Raises ConditionFailed, StoreUnavailable.

        A repetition of a write whose answer was lost finds its own row in its way. So after one,
        what is stored is looked at: if it is just this item, this was written.
        """
        answer = await self._insisting(lambda: request.put(self.name, item, condition))
        if isinstance(answer, Unmet) and answer.unsure and await self._found(item.key) == item:
            return
        _checked(answer)

    async def delete(self, key: Key) -> None:
        """Remove the item if it is there. Raises StoreUnavailable."""
        _checked(await self._insisting(lambda: request.delete(self.name, key)))

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do all writes or none. Raises ConditionFailed, StoreUnavailable."""
        # A token of its own for each try that was refused: under one that was used, the answer
        # would be an old one.
        _checked(
            await self._insisting(lambda: request.transact(self.name, writes, token=self.token()))
        )

    async def add(self, key: Key, amount: int, *, expires_at: NumericDate) -> int:
        """Add to a counter; return what it came to. Raises StoreUnavailable, RowMalformed.

        A repetition may count twice: who has no answer has used it up.
        """
        post = request.add(self.name, key, amount, expires_at=expires_at)
        document = _checked(await self._insisting(lambda: post))
        return counted(Item(key=key, attributes={COUNT: _count(document)}))

    async def close(self) -> None:
        """Tell StoreUnavailable to whoever asks from now on."""
        self._closed = True

    async def _found(self, key: Key) -> Item | None:
        found = _checked(await self._asked(request.get(self.name, key))).get("Item")
        return item_of(found) if found else None

    async def _pages(self, partition: str, prefix: str) -> list[Row]:
        rows: list[Row] = []
        start: Mapping[str, Any] | None = None
        for _ in range(MAX_PAGES):
            post = request.query(self.name, partition, prefix=prefix, start=start)
            page = _checked(await self._asked(post))
            rows += page.get("Items", [])
            start = page.get("LastEvaluatedKey")
            if not start:
                return rows
        raise StoreUnavailable(f"DynamoDB: a query of more than {MAX_PAGES} pages")

    async def _insisting(self, build: Callable[[], Post]) -> Meaning:
        """Write, again where something that passes was in the way. Raises StoreUnavailable."""
        post, unsure, why = build(), False, ""
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            answer = await self._asked(post)
            if isinstance(answer, Unmet):
                return answer._replace(unsure=answer.unsure or unsure)
            if not isinstance(answer, InTheWay):
                return answer
            unsure, why = unsure or answer.unsure, answer.why
            if not unsure:
                # Else the same: if it was done already, under its token it is told so; as another
                # one it would fail for what it did itself.
                post = build()
            if attempt < CONFLICT_ATTEMPTS:
                # Full jitter: those who met must not meet again.
                await self.pause(self.draw() * 0.05 * 2**attempt)
        return Trouble(why)

    async def _asked(self, post: Post) -> Meaning:
        if self._closed:
            raise StoreUnavailable("DynamoDB: closed")
        try:
            return meaning(await self.caller.call(post), read_json)
        except AwsUnavailable as error:
            raise StoreUnavailable(f"DynamoDB: {error}") from error


def _checked(answer: Meaning) -> Mapping[str, Any]:
    """Return what came back. Raises ConditionFailed, StoreUnavailable."""
    if isinstance(answer, Done):
        return answer.document
    if isinstance(answer, Unmet):
        raise ConditionFailed(answer.nth)
    code = answer.code if isinstance(answer, Trouble) else answer.why
    raise StoreUnavailable(f"DynamoDB: {code}")


def _count(document: Mapping[str, Any]) -> int | str | bytes:
    try:
        return plain_of(document["Attributes"][COUNT])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise RowMalformed("a counter without its number") from error
