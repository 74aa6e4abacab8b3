"""Say a thing once, even where two replicas find at the same moment that it has not been said."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from bot.github.client import Client
from bot.github.errors import NotFound
from bot.github.scoped import OneRepository


class Once:
    """Comments on one repository, each known by a hidden marker.

    GitHub refuses no second comment. So whoever has just commented looks again, and takes its own
    back where another of the bot's came first: all replicas see the same order.
    """

    def __init__(self, client: Client, full_name: str, slug: str) -> None:
        self._repository = OneRepository(client, full_name)
        self._author = f"{slug}[bot]"

    async def comment(self, number: int, body: str, marker: str) -> bool:
        """Comment on an issue or a pull request, unless the bot did; tells whether this was the comment."""
        if said := await self._said(number, marker):
            # Whoever said it twice may have died before it could take that back.
            await self._take_back(said[1:])
            return False
        sent = {"body": body}
        comment = await self._repository.send("POST", "/issues/{number}/comments", sent, number=str(number))
        first, *_ = *await self._said(number, marker), comment["id"]
        if first >= comment["id"]:
            return True
        await self._take_back([comment["id"]])
        return False

    async def _take_back(self, comment_ids: Sequence[int]) -> None:
        for comment_id in comment_ids:
            with suppress(NotFound):
                await self._repository.send("DELETE", "/issues/comments/{id}", id=str(comment_id))

    async def _said(self, number: int, marker: str) -> list[int]:
        """The ids of the bot's own comments with this marker, the oldest first."""
        comments = await self._repository.get_all(
            "/issues/{number}/comments{?per_page}",
            number=str(number),
            per_page="100",
        )
        return sorted(
            comment["id"]
            for comment in comments
            if marker in (comment["body"] or "") and (comment["user"] or {}).get("login") == self._author
        )
