"""Answer a comment that holds commands. The bot's own reaction is the record that it was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot import replies
from bot.cases import Question
from bot.clerk import Clerk, worst
from bot.clock import Clock
from bot.commands import parse
from bot.github.comments import ANSWERED, SEEN, Comments
from bot.github.hub import GitHub
from bot.marker import answer_marker
from bot.pace import Turns

MOST_COMMANDS = 5
"""More in one comment are not answered, but counted."""
SITES_UNKNOWN_SECONDS = 2.0
"""When to come back to a command that was given before the first search for sites was over."""

log = structlog.get_logger(__name__)


class Answerer:
    """Answers questions, each once, and nobody more than so many a minute."""

    def __init__(self, github: GitHub, clerk: Clerk, clock: Clock, ready: Callable[[], bool]) -> None:
        """``ready`` tells whether the sites are known by now."""
        self._github = github
        self._clerk = clerk
        self._turns = Turns(clock)
        self._ready = ready

    async def answer(self, question: Question) -> float | None:
        """Answer a comment; gives the seconds after which to come back, where it is not its turn yet.

        Nothing happens where it holds no command or was answered before. Raises ``GitHubError``
        where GitHub does not take the answer; asking again is safe.
        """
        slug = await self._github.slug()
        # A comment can be made to take half a second to parse; deliveries are answered meanwhile.
        given = tuple(dict.fromkeys(await asyncio.to_thread(parse, question.body, slug)))
        requests = given[:MOST_COMMANDS]
        if not requests:
            return None
        client = self._github.answerer(question.installation_id, question.repository_id)
        comments = Comments(client, question.full_name)
        reactions = await comments.reactions_of(question.comment_id, slug)
        if not reactions.isdisjoint(ANSWERED):
            return None
        wait = self._turns.wait_seconds(question.author.lower(), question.comment_id, len(requests))
        if wait > 0:
            return wait
        await comments.react(question.comment_id, SEEN)
        final = None
        if SEEN in reactions:
            # Begun before, and perhaps only the last reaction did not get through.
            final = await comments.answered(question.issue_number, question.comment_id, slug)
        if final is None:
            if self._clerk.needs_site(requests) and not self._ready():
                return SITES_UNKNOWN_SECONDS
            answers = await self._clerk.answers(question, requests, slug)
            final = worst([answer.reaction for _, answer in answers])
            parts = [(request, answer.text) for request, answer in answers]
            reply = replies.composed(parts, len(given) - len(requests))
            marker = answer_marker(question.comment_id, final)
            await comments.reply(question.issue_number, f"{reply}\n\n{marker}")
        await comments.react(question.comment_id, final)
        log.info("answered", repository=question.full_name, comment=question.comment_id, by=question.author)
        return None
