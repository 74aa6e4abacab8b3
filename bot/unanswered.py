"""Commands that a crash, or a delivery that got lost, left unanswered: found by reading what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.cases import Question
from bot.clock import Clock
from bot.commands import may_hold_command, parse
from bot.github.client import Client
from bot.github.comments import Comments
from bot.github.conversations import Written, read_conversations
from bot.github.errors import GitHubError, NotFound
from bot.github.hub import GitHub

CATCH_UP = timedelta(days=1)
"""How old a command may be to be answered late."""
OVERLAP = timedelta(minutes=5)
"""GitHub's clock is not this one; and who was answering may have come to an end since."""

log = structlog.get_logger(__name__)


class Unanswered:
    """Looks through the comments of many repositories; remembers how far it has looked.

    Args:
        github: The app at its GitHub.
        clock: By which a day is measured.
        only: The one command to look for, where others may be meant for somebody else's bot.
        most: So many repositories of an installation are looked through at a time: those that have waited
            longest.
    """

    def __init__(
        self, github: GitHub, clock: Clock, only: str | None = None, most: int | None = None
    ) -> None:
        self._github = github
        self._clock = clock
        self._only = only
        self._most = most
        self._looked: dict[str, datetime] = {}
        """When each repository was last looked through to the end."""

    async def find(self, repositories: Mapping[int, Iterable[str]]) -> list[Question]:
        """The unanswered commands of the last day, the oldest first, but for what was looked at before.

        Repositories (``owner/name``) are given by the installation through which they are read and
        answered. What cannot be read now is logged, and looked at the next time.
        """
        oldest = self._clock.now() - CATCH_UP
        self._looked = {name: moment for name, moment in self._looked.items() if moment > oldest}
        questions: list[Question] = []
        for installation_id, names in repositories.items():
            try:
                questions += await self._find(installation_id, names)
            except GitHubError as error:
                log.info("comments cannot be read now", installation=installation_id, why=str(error))
        return sorted(questions, key=lambda question: question.comment_id)

    async def _find(self, installation_id: int, names: Iterable[str]) -> list[Question]:
        began = self._clock.now()
        oldest = began - CATCH_UP
        client = self._github.reader(installation_id)
        turns = sorted(names, key=lambda name: self._looked.get(name, oldest))[: self._most]
        since = {name: max(oldest, self._looked.get(name, oldest) - OVERLAP) for name in turns}
        found = await read_conversations(client, since)
        questions: list[Question] = []
        unsure = set()
        for comment in found.comments:
            try:
                if await self._asks_something(client, comment):
                    questions.append(_question(installation_id, comment))
            except NotFound:
                continue  # deleted meanwhile
            except GitHubError as error:
                log.info("comment cannot be read now", repository=comment.full_name, why=str(error))
                unsure.add(comment.asked_as)
        self._looked.update(dict.fromkeys(found.done_with - unsure, began))
        return questions

    async def _asks_something(self, client: Client, comment: Written) -> bool:
        """Whether a person gave a command that the bot has not answered."""
        if comment.answered or comment.author_type == "Bot" or not may_hold_command(comment.body):
            return False
        given = await asyncio.to_thread(parse, comment.body, await self._github.slug())
        if not any(self._only in (None, request.word) for request in given):
            return False
        # Only REST tells what an app said in a person's name.
        return await Comments(client, comment.full_name).author_type(comment.comment_id) != "Bot"


def _question(installation_id: int, comment: Written) -> Question:
    return Question(
        installation_id=installation_id,
        repository_id=comment.repository_id,
        full_name=comment.full_name,
        issue_number=comment.issue_number,
        comment_id=comment.comment_id,
        body=comment.body,
        author=comment.author,
    )
