"""Do what one comment's commands ask for, and word the answers. What may be seen and done is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot import notices, replies
from bot.commands import COMMANDS, Request, Who
from bot.github.comments import DONE, NOT_UNDERSTOOD, REFUSED
from bot.github.errors import GitHubError, RateLimited, Unauthorized, Unavailable
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.github.roles import is_private
from bot.github.site_state import NoSuchSite
from bot.names import Found, find_row, rows_of_repository
from bot.observe import NotASiteError
from bot.permissions import Permissions, Place
from bot.plan import Asked
from bot.reconcile import Outcome, Sight
from bot.sites import Sites
from bot.status.rows import Row

MOST_SITES = 3
"""A repository may have rows on several pages; a command given there speaks of so many."""

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


class Office(Protocol):
    """Whoever looks after the sites."""

    @property
    def sites(self) -> Sites:
        """The sites that are known."""
        ...

    @property
    def public_url(self) -> str | None:
        """Where the world reaches the bot."""
        ...

    async def look(self, site: SiteRef) -> Sight:
        """Look at a site and write nothing."""
        ...

    async def carry_out(self, site: SiteRef, asked: Asked) -> Outcome:
        """Reconcile a site at once, as somebody asked."""
        ...


@dataclass(frozen=True)
class Answer:
    """One answer, and the reaction that it deserves.

    ``public`` is false where its site is not to be named.
    """

    text: str
    reaction: str = DONE
    public: bool = True


@dataclass(frozen=True)
class _Case:
    """One command about one site. ``room`` is what its answer may take, in characters."""

    request: Request
    question: Question
    site: SiteRef
    sight: Sight
    room: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row that can be named."""
        source = self.sight.seen.source
        return tuple(row for row in source.rows if row.label or row.repository) if source else ()

    @property
    def rows_here(self) -> tuple[Row, ...]:
        """The rows of the repository where the comment stands."""
        facts = self.sight.seen.facts
        read = [facts.get(row.repository) if row.repository else None for row in self.rows]
        now = [each.full_name if each else None for each in read]
        return rows_of_repository(self.question.full_name, now, self.rows)

    @property
    def place(self) -> Place:
        """The site, as somewhere to have a role."""
        return Place(self.site.installation_id, self.sight.seen.state.full_name)


class Clerk:
    """Answers the commands of comments, each by the method that its name in the table leads to."""

    def __init__(self, github: GitHub, office: Office, permissions: Permissions) -> None:
        self._github = github
        self._office = office
        self._permissions = permissions
        self._methods: dict[str, Callable[[_Case], Awaitable[Answer]]] = {
            "show": self._show,
            "explain": self._explain,
            "preview": self._preview,
            "refresh": self._refresh,
            "recreate": self._recreate,
        }

    def needs_site(self, requests: Sequence[Request]) -> bool:
        """Whether any of these is about a site, so that the sites have to be known."""
        return any(request.word in self._methods for request in requests)

    async def answers(
        self, question: Question, requests: Sequence[Request], slug: str
    ) -> list[tuple[Request, Answer]]:
        """The answers, in the order of the commands. What is no command is answered last, with the table.

        Raises ``Unavailable``, ``RateLimited`` or ``Unauthorized`` where GitHub has to be asked later.
        """
        found: list[tuple[Request, Answer]] = []
        unknown = tuple(request for request in requests if request.command is None)
        sights: list[tuple[SiteRef, Sight]] | None = None
        for request in requests:
            if request.word not in self._methods:
                continue
            try:
                sights = await self._sights(question) if sights is None else sights
                answer = await self._about_sites(question, request, sights, _room(len(requests)))
            except (Unavailable, RateLimited, Unauthorized):
                raise
            except GitHubError as error:
                log.warning("command failed", on=question.full_name, command=request.word, why=str(error))
                answer = Answer(replies.cannot(), NOT_UNDERSTOOD)
            if request.command is not None and request.command.who is not Who.ANYONE:
                sights = None  # what was seen before may have changed by that
            found.append((request, answer))
        about_help = [request for request in requests if request.word not in self._methods]
        if about_help:
            words = tuple(request.word for request in unknown)
            reaction = NOT_UNDERSTOOD if unknown else DONE
            found.append(((*unknown, *about_help)[0], Answer(self._help(slug, words), reaction)))
        return found

    def _help(self, slug: str, unknown: tuple[str, ...]) -> str:
        url = self._office.public_url
        return notices.help_reply(COMMANDS, slug, unknown, f"{url.rstrip('/')}/help" if url else "")

    async def _sights(self, question: Question) -> list[tuple[SiteRef, Sight]]:
        """The sites that a comment speaks of: the one where it stands, else those with a row for it."""
        own = self._office.sites.get(question.repository_id)
        concerned = (own,) if own is not None else self._office.sites.concerned_by(question.full_name)
        found: list[tuple[SiteRef, Sight]] = []
        for site in sorted(concerned, key=lambda site: site.full_name.lower()):
            try:
                sight = await self._office.look(site)
            except (NotASiteError, NoSuchSite):
                continue
            if site is own or question.full_name.lower() in sight.seen.names:
                found.append((site, sight))
        return found[:MOST_SITES]

    async def _about_sites(
        self, question: Question, request: Request, sights: Sequence[tuple[SiteRef, Sight]], room: int
    ) -> Answer:
        """One answer for every site that a comment speaks of."""
        if not sights:
            return Answer(replies.no_site(question.full_name), NOT_UNDERSTOOD)
        cases = [_Case(request, question, site, sight, room // len(sights)) for site, sight in sights]
        answers = [await self._about_one(case) for case in cases]
        if len(answers) == 1:
            return answers[0]
        parts = [
            (case.sight.seen.state.full_name if answer.public else "", answer.text)
            for case, answer in zip(cases, answers, strict=True)
        ]
        return Answer(replies.on_sites(parts), worst(answer.reaction for answer in answers))

    async def _about_one(self, case: _Case) -> Answer:
        if case.question.repository_id != case.site.repository_id and case.sight.seen.state.private:
            reader = self._github.reader(case.question.installation_id)
            if not await is_private(reader, case.question.full_name):
                return Answer(replies.private_site(), NOT_UNDERSTOOD, public=False)
        return await self._methods[case.request.word](case)

    # -- what anyone may ask; a long page takes a while to word, which is done in a thread ----

    async def _show(self, case: _Case) -> Answer:
        rows: tuple[Row, ...] | None = case.rows_here or None
        if case.request.rest and case.rows:
            found = find_row(case.request.rest, case.rows)
            if found.row is None:
                return _which(case, found)
            rows = (found.row,)
        return Answer(await asyncio.to_thread(replies.show, case.sight, rows, case.room))

    async def _explain(self, case: _Case) -> Answer:
        rows = case.rows_here
        if case.rows and (case.request.rest or not rows):
            found = find_row(case.request.rest, case.rows)
            if found.row is None:
                return _which(case, found)
            rows = (found.row,)
        return Answer(await asyncio.to_thread(replies.explain, case.sight, rows, case.room))

    async def _preview(self, case: _Case) -> Answer:
        return Answer(await asyncio.to_thread(replies.preview, case.sight, case.room))

    # -- what takes a role --------------------------------------------------------------------

    async def _refresh(self, case: _Case) -> Answer:
        return await self._changed(case, Asked.REFRESH)

    async def _recreate(self, case: _Case) -> Answer:
        return await self._changed(case, Asked.RECREATE)

    async def _changed(self, case: _Case, asked: Asked) -> Answer:
        refusal = await self._refusal(case, case.place)
        if refusal is not None:
            return refusal
        return Answer(replies.done(asked, await self._office.carry_out(case.site, asked)))

    async def _refusal(self, case: _Case, *places: Place) -> Answer | None:
        """Why a person may not, who has the role of ``commands.who`` on none of the places."""
        role = case.sight.seen.config.commands.who
        if await self._permissions.may(case.question.author, role, places):
            return None
        assert case.request.command is not None  # noqa: S101 - no method is reached without one
        site = case.sight.seen.state.full_name
        log.info("refused", site=site, command=case.request.word, by=case.question.author)
        return Answer(replies.refused(case.request.command, role, site), REFUSED)


def _which(case: _Case, found: Found) -> Answer:
    return Answer(replies.which(case.request.rest, found, case.rows), NOT_UNDERSTOOD)


def _room(requests: int) -> int:
    """How many characters each of so many answers may take, with something left for what is between them."""
    return replies.REPLY_ROOM // requests - 1_000


def worst(reactions: Iterable[str]) -> str:
    """The reaction for several answers: what was refused or not understood counts for all of them."""
    return max(reactions, key=(DONE, NOT_UNDERSTOOD, REFUSED).index)
