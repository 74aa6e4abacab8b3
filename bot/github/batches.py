"""Ask for many things with few queries: in batches, a few at once, and halved where one is too much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import structlog

from bot.github.client import Client, GraphQLAnswer
from bot.github.errors import TooMuch

QUERIES_AT_ONCE = 4
FAILURES_IN_A_ROW = 12
"""Halving twenty repositories takes six failures to one that GitHub cannot answer, eleven to five."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def query(client: Client, document: str, variables: Mapping[str, object]) -> GraphQLAnswer:
    """An answer whose errors each belong to one part of it.

    An error without a place may concern any part; GitHub words time-outs so, with status 200.
    Raises ``TooMuch`` then.
    """
    answer = await client.query(document, **variables)
    for error in answer.errors:
        if error.get("type") == "RESOURCE_LIMITS_EXCEEDED" or not error.get("path"):
            raise TooMuch(f"GraphQL: {error.get('message')}")
    return answer


def error_of(answer: GraphQLAnswer, alias: str) -> Mapping[str, Any] | None:
    """The first error that belongs to one part of an answer."""
    return next((error for error in answer.errors if error["path"][0] == alias), None)


class Halving(Generic[T]):
    """Asks for a batch; where that is too much, for its halves, down to what is too much by itself.

    Gives up, with the last error, when GitHub fails time after time.
    """

    def __init__(
        self, ask: Callable[[Sequence[T]], Awaitable[None]], too_much: Callable[[T, TooMuch], None]
    ) -> None:
        self._ask = ask
        self._too_much = too_much
        self._failures_in_a_row = 0

    async def run(self, batch: Sequence[T]) -> None:
        """Ask for everything in the batch. Raises what ``ask`` raises, but for ``TooMuch`` now and then."""
        try:
            await self._ask(batch)
        except TooMuch as error:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= FAILURES_IN_A_ROW:
                raise
            if len(batch) == 1:
                self._too_much(batch[0], error)
                return
        else:
            self._failures_in_a_row = 0
            return
        log.info("query too large, halving it", items=len(batch))
        middle = (len(batch) + 1) // 2
        await self.run(batch[:middle])
        await self.run(batch[middle:])


def batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """The items in their order, so many at a time."""
    return [items[start : start + size] for start in range(0, len(items), size)]


async def for_each(items: Iterable[T], job: Callable[[T], Awaitable[None]]) -> None:
    """Do a job for each item, a few at once; the first failure ends them all."""
    gate = asyncio.Semaphore(QUERIES_AT_ONCE)

    async def one(item: T) -> None:
        async with gate:
            await job(item)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
