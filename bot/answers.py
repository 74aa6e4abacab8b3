"""Answer a comment that holds commands. The bot's own reaction is the record that it was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from cachetools import LRUCache

from bot import replies
from bot.cases import Question
from bot.clerk import Clerk, worst
from bot.clock import Clock
from bot.commands import Request, parse
from bot.github.comments import ANSWERED, LONG_AGO, SEEN, Comments
from bot.github.errors import GitHubError, NoToken, RateLimited, Unauthorized, Unavailable
from bot.github.hub import GitHub
from bot.marker import answer_marker
from bot.pace import Turns

MOST_COMMANDS = 5
"""More in one comment are not answered, but counted."""
SITES_UNKNOWN_SECONDS = 2.0
"""When to come back to a command that was given before the first search for sites was over."""
HANDOVER_SECONDS = 20.0
"""So long whoever was the first to react is left alone with a command: another replica, which may have
much to write, or a process that crashed. Then the next one takes it over."""
LONGEST_TURN_SECONDS = 600.0
"""Whoever sends so many commands that more than this is promised already has to wait for the rest until
unanswered ones are looked for: no request is spent on them, and nobody else waits for them."""
MOST_BEGUN = 10_000

log = structlog.get_logger(__name__)


class Answerer:
    """Answers questions, each once, and nobody more than so many a minute."""

    def __init__(self, github: GitHub, clerk: Clerk, clock: Clock, ready: Callable[[], bool]) -> None:
        """``ready`` tells whether the sites are known by now."""
        self._github = github
        self._clerk = clerk
        self._clock = clock
        self._turns = Turns(clock)
        self._ready = ready
        self._begun: LRUCache[int, bool] = LRUCache(MOST_BEGUN)
        """The comments in hand, and whether this process was the first to react to them, or took over."""

    async def answer(self, question: Question) -> float | None:
        """Answer a comment; gives the seconds after which to come back, where it is not its turn yet.

        Nothing happens where it holds no command or was answered before. Raises ``GitHubError``
        where GitHub does not take the answer; asking again is safe.
        """
        slug = await self._github.slug()
        # A comment can be made to take half a second to parse; deliveries are answered meanwhile.
        given = tuple(dict.fromkeys(await asyncio.to_thread(parse, question.body, slug)))
        requests = given[:MOST_COMMANDS]
        if not requests or self._has_had_enough(question):
            return None
        client = self._github.answerer(question.installation_id, question.repository_id)
        comments = Comments(client, question.full_name)
        reactions = await comments.reactions_of(question.comment_id, slug)
        if not ANSWERED.isdisjoint(reactions):
            return None
        turn_seconds = self._turns.wait_seconds(question.author.lower(), question.comment_id, len(requests))
        before = self._begun.get(question.comment_id)
        # GitHub keeps one reaction of a kind: of several replicas, exactly one finds it new.
        first = SEEN not in reactions and await comments.react(question.comment_id, SEEN)
        self._begun[question.comment_id] = mine = first or before is True
        if turn_seconds > 0:
            return turn_seconds if mine else turn_seconds + HANDOVER_SECONDS
        if before is None and first:
            return await self._give(question, comments, given, slug)
        if before is None and SEEN not in reactions:
            return HANDOVER_SECONDS
        since = reactions.get(SEEN, LONG_AGO)
        return await self._go_on(question, comments, given, slug, since)

    def _has_had_enough(self, question: Question) -> bool:
        ahead = self._turns.ahead_seconds(question.author.lower(), question.comment_id)
        if ahead > LONGEST_TURN_SECONDS:
            log.info("left for later", repository=question.full_name, comment=question.comment_id)
        return ahead > LONGEST_TURN_SECONDS

    async def _go_on(
        self, question: Question, comments: Comments, given: tuple[Request, ...], slug: str, since: datetime
    ) -> float | None:
        """Go on with what was begun before, by this process or another; perhaps nearly all is done."""
        final = await comments.answered(question.issue_number, question.comment_id, slug, since)
        if final is not None:
            await comments.react(question.comment_id, final)
            return None
        if not self._begun[question.comment_id]:
            left = HANDOVER_SECONDS - (self._clock.now() - since).total_seconds()
            if left > 0:
                return min(left, HANDOVER_SECONDS)
            self._begun[question.comment_id] = True
        return await self._give(question, comments, given, slug, since)

    async def _give(
        self,
        question: Question,
        comments: Comments,
        given: tuple[Request, ...],
        slug: str,
        begun: datetime | None = None,
    ) -> float | None:
        """Do what is asked, and say so; somebody else may have ``begun`` before."""
        requests = given[:MOST_COMMANDS]
        if self._clerk.needs_site(requests) and not self._ready():
            return SITES_UNKNOWN_SECONDS
        started = self._clock.monotonic()
        answers = await self._clerk.answers(question, requests, slug)
        final = worst([answer.reaction for _, answer in answers])
        parts = [(request, answer.text) for request, answer in answers]
        reply = replies.composed(parts, len(given) - len(requests))
        issue, comment = question.issue_number, question.comment_id
        async with comments.turn_to_write():
            said = None
            if begun is None and self._is_late(started):
                begun = await self._begun_at(question, comments, slug)
            if begun is not None:
                said = await comments.answered(issue, comment, slug, begun)
            if said is None:
                mine = await self._say(question, comments, reply, final)
                if mine is not None and (begun is not None or self._is_late(started)):
                    begun = begun or await self._begun_at(question, comments, slug)
                    said = await comments.settle(issue, comment, mine, slug, begun)
        await comments.react(comment, said or final)
        self._begun.pop(comment, None)
        log.info(
            "answered",
            repository=question.full_name,
            comment=comment,
            by=question.author,
            commands=[request.word for request in requests],
            reaction=said or final,
        )
        return None

    def _is_late(self, started: float) -> bool:
        """Whether others may have taken over, or soon will; they count from a little before."""
        return self._clock.monotonic() - started > HANDOVER_SECONDS / 2

    @staticmethod
    async def _begun_at(question: Question, comments: Comments, slug: str) -> datetime:
        """When the bot first reacted to a comment."""
        return (await comments.reactions_of(question.comment_id, slug)).get(SEEN, LONG_AGO)

    async def _say(self, question: Question, comments: Comments, reply: str, final: str) -> int | None:
        """Reply; where GitHub will never take it, what was done stays done, and the reaction tells so.

        Gives the id of the reply, if there is one.
        """
        marker = answer_marker(question.comment_id, final)
        try:
            return await comments.reply(question.issue_number, f"{reply}\n\n{marker}")
        except (Unavailable, RateLimited, Unauthorized, NoToken):
            raise
        except GitHubError as error:
            log.warning("reply refused", repository=question.full_name, why=str(error))
            return None
