"""Answer a comment that holds a command. The bot's own reaction is the record that it was answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from bot import notices
from bot.commands import COMMANDS, parse
from bot.github.comments import Comments
from bot.github.hub import GitHub
from bot.marker import answer_marker

SEEN = "eyes"
DONE = "rocket"
NOT_UNDERSTOOD = "confused"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """A new comment, as the event names it."""

    installation_id: int
    repository_id: int
    full_name: str
    issue_number: int
    comment_id: int
    body: str
    author: str


class Answerer:
    """Answers questions, each once."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    async def answer(self, question: Question) -> bool:
        """Answer a comment; false where it holds no command or was answered before.

        Raises ``GitHubError`` where GitHub does not take the answer; asking again is safe.
        """
        slug = await self._github.slug()
        # A comment can be made to take half a second to parse; deliveries are answered meanwhile.
        requests = await asyncio.to_thread(parse, question.body, slug)
        if not requests:
            return False
        client = self._github.answerer(question.installation_id, question.repository_id)
        comments = Comments(client, question.full_name)
        reactions = await comments.reactions_of(question.comment_id, slug)
        if reactions & {DONE, NOT_UNDERSTOOD}:
            return False
        marker = answer_marker(question.comment_id)
        begun_before = SEEN in reactions
        await comments.react(question.comment_id, SEEN)
        if not (begun_before and await comments.said(question.issue_number, marker, slug)):
            unknown = tuple(request.word for request in requests if request.command is None)
            reply = notices.help_reply(COMMANDS, slug, unknown)
            await comments.reply(question.issue_number, f"{reply}\n\n{marker}")
        understood = all(request.command is not None for request in requests)
        await comments.react(question.comment_id, DONE if understood else NOT_UNDERSTOOD)
        log.info("answered", repository=question.full_name, comment=question.comment_id, by=question.author)
        return True
