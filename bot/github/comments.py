"""Comments of a repository's issues and pull requests: reactions, and replies said once."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from typing import Any

from bot.github.client import Client
from bot.github.errors import NotFound
from bot.github.scoped import OneRepository
from bot.marker import read_answer

SEEN = "eyes"
DONE = "rocket"
NOT_UNDERSTOOD = "confused"
REFUSED = "-1"
ANSWERED = frozenset({DONE, NOT_UNDERSTOOD, REFUSED})
"""The bot's own reactions that say that it answered a comment."""
BOTS_END = "[bot]"
"""How the logins of apps end, and nobody else's."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Comments:
    """The few calls on one repository's comments."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._client = client
        self._repository = OneRepository(client, full_name)

    def turn_to_write(self) -> AbstractAsyncContextManager[None]:
        """Held while it is looked whether a reply is still needed, and until it is made."""
        return self._client.turn_to_write()

    async def author_type(self, comment_id: int) -> str:
        """GitHub's type of a comment's author; ``Bot`` too where an app said it in a person's name."""
        comment = await self._repository.get("/issues/comments/{comment_id}", comment_id=str(comment_id))
        author = comment["user"] or {}
        if author.get("login", "").endswith(BOTS_END) or comment.get("performed_via_github_app") is not None:
            return "Bot"
        return str(author.get("type", ""))

    async def reply(self, number: int, body: str) -> int:
        """Comment on an issue or a pull request; gives the comment's id."""
        comment = await self._repository.send(
            "POST", "/issues/{number}/comments", {"body": body}, number=str(number)
        )
        return int(comment["id"])

    async def said(self, number: int, marker: str, slug: str) -> bool:
        """Whether the bot has left a comment with this hidden marker before."""
        return any(marker in body for body in (await self._own(number, slug)).values())

    async def answered(self, number: int, comment_id: int, slug: str, since: datetime) -> str | None:
        """The reaction that a comment deserves by the bot's own answer to it; ``None`` without one.

        Only what was said or edited ``since`` then is looked through.
        """
        return next(iter((await self._answers(number, comment_id, slug, since)).values()), None)

    async def settle(self, number: int, comment_id: int, mine: int, slug: str, since: datetime) -> str | None:
        """Take the own answer of this id back where another of the bot's came first.

        GitHub refuses no second comment, but all replicas see the same order. Gives the reaction that
        the command deserves by the answer that stays.
        """
        answers = await self._answers(number, comment_id, slug, since)
        first = min(answers, default=mine)
        if first < mine:
            with suppress(NotFound):
                await self._repository.send("DELETE", "/issues/comments/{id}", id=str(mine))
        return answers.get(first)

    async def _answers(self, number: int, comment_id: int, slug: str, since: datetime) -> dict[int, str]:
        """The bot's answers to one comment, by their ids: the reactions that it deserves by each."""
        said = await self._own(number, slug, since=_iso(since))
        found = {own_id: read_answer(body, comment_id) for own_id, body in said.items()}
        return {own_id: reaction for own_id, reaction in found.items() if reaction is not None}

    async def _own(self, number: int, slug: str, **limits: str) -> dict[int, str]:
        """What the bot itself said on an issue or a pull request, by the comments' ids."""
        comments = await self._repository.get_all(
            "/issues/{number}/comments{?since,per_page}", number=str(number), per_page="100", **limits
        )
        return {
            comment["id"]: comment["body"] or "" for comment in comments if _is_bot(comment["user"], slug)
        }

    async def react(self, comment_id: int, content: str) -> bool:
        """Put a reaction on a comment; whether it was not there before. Doing so twice leaves one."""
        return await self._repository.add(
            "/issues/comments/{comment_id}/reactions", {"content": content}, comment_id=str(comment_id)
        )

    async def reactions_of(self, comment_id: int, slug: str) -> dict[str, datetime]:
        """The bot's own reactions on a comment, each with its moment: the record that it was handled."""
        reactions = await self._repository.get_all(
            "/issues/comments/{comment_id}/reactions{?per_page}",
            comment_id=str(comment_id),
            per_page="100",
        )
        return {
            reaction["content"]: _moment(reaction.get("created_at"))
            for reaction in reactions
            if _is_bot(reaction["user"], slug)
        }


def _moment(written: str | None) -> datetime:
    return datetime.fromisoformat(written) if written else LONG_AGO


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_bot(user: dict[str, Any] | None, slug: str) -> bool:
    return user is not None and user["login"] == f"{slug}{BOTS_END}"
