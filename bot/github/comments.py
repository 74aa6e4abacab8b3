"""Comments of a repository's issues and pull requests: reactions, and replies said once."""

from __future__ import annotations

from typing import Any

from bot.github.client import Client
from bot.github.scoped import OneRepository


class Comments:
    """The few calls on one repository's comments."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._repository = OneRepository(client, full_name)

    async def reply(self, number: int, body: str) -> None:
        """Comment on an issue or a pull request."""
        await self._repository.send("POST", "/issues/{number}/comments", {"body": body}, number=str(number))

    async def said(self, number: int, marker: str, slug: str) -> bool:
        """Whether the bot has left a comment with this hidden marker before."""
        comments = await self._repository.get_all(
            "/issues/{number}/comments{?per_page}",
            number=str(number),
            per_page="100",
        )
        return any(
            marker in (comment["body"] or "") and _is_bot(comment["user"], slug) for comment in comments
        )

    async def react(self, comment_id: int, content: str) -> None:
        """Put a reaction on a comment; doing so twice leaves one."""
        await self._repository.send(
            "POST",
            "/issues/comments/{comment_id}/reactions",
            {"content": content},
            comment_id=str(comment_id),
        )

    async def reactions_of(self, comment_id: int, slug: str) -> set[str]:
        """The bot's own reactions on a comment: the record that it was handled."""
        reactions = await self._repository.get_all(
            "/issues/comments/{comment_id}/reactions{?per_page}",
            comment_id=str(comment_id),
            per_page="100",
        )
        return {reaction["content"] for reaction in reactions if _is_bot(reaction["user"], slug)}


def _is_bot(user: dict[str, Any] | None, slug: str) -> bool:
    return user is not None and user["login"] == f"{slug}[bot]"
