"""Who asks, and the objects that stand between the records and the schema."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from bot.sandbox.auth import Identity, can_see, readable
from bot.sandbox.errors import NOT_ACCESSIBLE
from bot.sandbox.limits import Limits
from bot.sandbox.records import Repository
from bot.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Context:
    """What every resolver may need."""

    state: State
    limits: Limits
    identity: Identity
    cost: int
    nodes: int

    def sees(self, repository: Repository) -> bool:
        """Whether the repository exists for the asker."""
        return can_see(self.state, self.identity, repository)

    def require(self, repository: Repository, *permissions: str) -> None:
        """Refuse who may see a private repository but not this part of it.

        Raises:
            GraphQLError: FORBIDDEN.
        """
        if not readable(self.state, self.identity, repository, *permissions):
            raise refusal("FORBIDDEN", NOT_ACCESSIBLE)


Info = GraphQLResolveInfo[Context]


def context(info: Info) -> Context:
    """The query's context."""
    return info.context


def refusal(kind: str, message: str) -> GraphQLError:
    """An error of one of GitHub's types."""
    return GraphQLError(message, extensions={"type": kind})


@dataclass(frozen=True, slots=True)
class RefNode:
    """A ref in its repository; ``name`` is whole but for ``refs/``."""

    repository: Repository
    name: str


@dataclass(frozen=True, slots=True)
class ObjectNode:
    """A git object in the repository that it was asked of."""

    repository: Repository
    oid: str

    @property
    def kind(self) -> str:
        """``commit``, ``tree`` or ``blob``."""
        return self.repository.store.kind(self.oid) or "blob"


@dataclass(frozen=True, slots=True)
class EntryNode:
    """An entry of a tree."""

    repository: Repository
    name: str
    mode: int
    oid: str
    type: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of a list; the cursor of an item names the item, so that insertions do no harm."""

    items: Sequence[Any]
    start: int
    stop: int

    @property
    def nodes(self) -> Sequence[Any]:
        """The page's items."""
        return self.items[self.start : self.stop]

    @property
    def edges(self) -> list[dict[str, Any]]:
        """The page's items with their cursors."""
        return [
            {"node": self.items[index], "cursor": _cursor(self.items[index], index)}
            for index in range(self.start, self.stop)
        ]

    @property
    def total_count(self) -> int:
        """How many there are on all pages."""
        return len(self.items)

    @property
    def page_info(self) -> dict[str, Any]:
        """Where the page lies."""
        some = self.stop > self.start
        return {
            "hasNextPage": self.stop < len(self.items),
            "hasPreviousPage": self.start > 0,
            "startCursor": _cursor(self.items[self.start], self.start) if some else None,
            "endCursor": _cursor(self.items[self.stop - 1], self.stop - 1) if some else None,
        }


def _key(item: object) -> str:
    return str(getattr(item, "id", None) or getattr(item, "name", None) or getattr(item, "oid", ""))


def _cursor(item: object, index: int) -> str:
    return base64.b64encode(f"cursor:v2:{index}:{_key(item)}".encode()).decode()


def _position(items: Sequence[Any], cursor: str) -> int:
    try:
        head, _, rest = base64.b64decode(cursor, validate=True).decode().partition("cursor:v2:")
        index, _, key = rest.partition(":")
        guess = int(index)
    except ValueError:
        head, guess, key = "wrong", 0, ""
    if head:
        raise refusal("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.")
    if guess < len(items) and _key(items[guess]) == key:
        return guess
    return next((place for place, item in enumerate(items) if _key(item) == key), guess - 1)


def connect(
    items: Sequence[Any],
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> Connection:
    """Cut a page out of a list by the usual four arguments."""
    start = 0 if after is None else _position(items, after) + 1
    stop = len(items) if before is None else _position(items, before)
    if first is not None:
        stop = min(stop, start + first)
    if last is not None:
        start = max(start, stop - last)
    return Connection(items, start, max(start, stop))
