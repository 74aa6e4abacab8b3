"""Do what one comment's commands ask for, and word the answers. What may be seen and done is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

import structlog

from bot import notices, replies
from bot.cases import Answer, Case, Question
from bot.commands import COMMANDS, Request, Who
from bot.founder import Founder
from bot.github.comments import DONE, NOT_UNDERSTOOD, REFUSED
from bot.github.errors import GitHubError, RateLimited, Unauthorized, Unavailable
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.github.roles import is_private
from bot.github.site_state import NoSuchSite
from bot.names import Begun, Found, find_row, find_row_first
from bot.observe import NotASiteError
from bot.permissions import Permissions, Place
from bot.plan import Asked
from bot.reconcile import Outcome, Sight
from bot.sites import Sites
from bot.status.faults import FileFaultError
from bot.status.holds import Hold, reason_in
from bot.status.rows import Row

MOST_SITES = 3
"""A repository may have rows on several pages; a command given there speaks of so many."""

BEGIN = "init"
"""The one command that is for a repository which may be no site yet."""

log = structlog.get_logger(__name__)


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

    async def carry_out(self, site: SiteRef, asked: Asked, hold: Hold | None = None) -> Outcome:
        """Reconcile a site at once, as somebody asked. Raises ``FileFaultError`` for an impossible hold."""
        ...


class Clerk:
    """Answers the commands of comments, each by the method that its name in the table leads to."""

    def __init__(self, github: GitHub, office: Office, permissions: Permissions) -> None:
        self._github = github
        self._office = office
        self._permissions = permissions
        self._founder = Founder(github, permissions)
        self._methods: dict[str, Callable[[Case], Awaitable[Answer]]] = {
            "show": self._show,
            "explain": self._explain,
            "preview": self._preview,
            "refresh": self._refresh,
            "recreate": self._recreate,
            "hold": self._hold,
            "resume": self._resume,
        }

    def needs_site(self, requests: Sequence[Request]) -> bool:
        """Whether any of these is about a site, so that the sites have to be known."""
        return any(self._is_about_site(request) for request in requests)

    def _is_about_site(self, request: Request) -> bool:
        return request.word == BEGIN or request.word in self._methods

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
            if not self._is_about_site(request):
                continue
            try:
                if request.word == BEGIN:
                    answer = await self._founder.begin(question, self._office.sites)
                else:
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
        about_help = [request for request in requests if not self._is_about_site(request)]
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
        cases = [Case(request, question, site, sight, room // len(sights)) for site, sight in sights]
        answers = [await self._about_one(case) for case in cases]
        if len(answers) == 1:
            return answers[0]
        parts = [
            (case.sight.seen.state.full_name if answer.public else "", answer.text)
            for case, answer in zip(cases, answers, strict=True)
        ]
        return Answer(replies.on_sites(parts), worst(answer.reaction for answer in answers))

    async def _about_one(self, case: Case) -> Answer:
        if case.question.repository_id != case.site.repository_id and case.sight.seen.state.private:
            reader = self._github.reader(case.question.installation_id)
            # Whoever reads the answer can read the comment: its author speaks for them.
            trusted = await self._permissions.may(case.question.author, "read", [case.place])
            if not trusted or not await is_private(reader, case.question.full_name):
                return Answer(replies.private_site(), NOT_UNDERSTOOD, public=False)
        return await self._methods[case.request.word](case)

    # -- what anyone may ask; a long page takes a while to word, which is done in a thread ----

    async def _show(self, case: Case) -> Answer:
        rows: tuple[Row, ...] | None = case.rows_here or None
        if case.request.rest and case.rows:
            found = await asyncio.to_thread(find_row, case.request.rest, case.rows)
            if found.row is None:
                return _which(case, found)
            rows = (found.row,)
        return Answer(await asyncio.to_thread(replies.show, case.sight, rows, case.room))

    async def _explain(self, case: Case) -> Answer:
        rows = case.rows_here
        if case.rows and (case.request.rest or not rows):
            found = await asyncio.to_thread(find_row, case.request.rest, case.rows)
            if found.row is None:
                return _which(case, found)
            rows = (found.row,)
        return Answer(await asyncio.to_thread(replies.explain, case.sight, rows, case.room))

    async def _preview(self, case: Case) -> Answer:
        return Answer(await asyncio.to_thread(replies.preview, case.sight, case.room))

    # -- what takes a role --------------------------------------------------------------------

    async def _refresh(self, case: Case) -> Answer:
        return await self._changed(case, Asked.REFRESH)

    async def _recreate(self, case: Case) -> Answer:
        return await self._changed(case, Asked.RECREATE)

    async def _changed(self, case: Case, asked: Asked) -> Answer:
        refusal = await self._refusal(case)
        if refusal is not None:
            return refusal
        return Answer(replies.done(asked, await self._office.carry_out(case.site, asked)))

    async def _hold(self, case: Case) -> Answer:
        return await self._held(case, on=True)

    async def _resume(self, case: Case) -> Answer:
        return await self._held(case, on=False)

    async def _held(self, case: Case, *, on: bool) -> Answer:
        """Put a row on hold, or take it off."""
        if not case.rows:
            return Answer(replies.broken(case.sight), NOT_UNDERSTOOD)
        begun = await asyncio.to_thread(find_row_first, case.request.rest, case.rows)
        if not begun.name and len(case.rows_here) == 1:
            begun = Begun(Found(case.rows_here), "", "")
        row = begun.found.row
        if row is None:
            return _which(case, begun.found, begun.name)
        refusal = await self._refusal(case, row)
        if refusal is not None:
            return refusal
        sig = case.sig_of(row)
        if sig is None:
            # It has a fault, for which it is kept as it stands in any case.
            return Answer(replies.explain(case.sight, (row,), case.room), NOT_UNDERSTOOD)
        reason = None
        if on:
            # What is on hold already needs no other reason, and spelling checkers pass an address.
            reason = reason_in(begun.rest) or sig.hold or case.url
        if sig.hold == reason:
            return Answer(replies.held_already(case.sight, row, reason))
        return await self._with_hold(case, row, Hold(row.label, row.repository, row.component, reason))

    async def _with_hold(self, case: Case, row: Row, hold: Hold) -> Answer:
        try:
            outcome = await self._office.carry_out(case.site, Asked.HOLD, hold)
        except FileFaultError as error:
            return Answer(replies.not_held(case.sight, error.faults), NOT_UNDERSTOOD)
        in_force = replies.is_in_force(outcome)
        return Answer(replies.held(row, hold, outcome), DONE if in_force else NOT_UNDERSTOOD)

    async def _place_of(self, case: Case, row: Row) -> Place | None:
        """The repository of a row, as somewhere to have a role; ``None`` where the app is not installed."""
        facts = case.sight.seen.facts.get(row.repository) if row.repository else None
        name = (facts.full_name if facts else None) or row.repository
        if name is None:
            return None
        if name.casefold() == case.question.full_name.casefold():
            return Place(case.question.installation_id, name)
        installation = await self._github.installation_on(name)
        return Place(installation.id, name) if installation is not None else None

    async def _refusal(self, case: Case, row: Row | None = None) -> Answer | None:
        """Why a person may not, who has the role of ``commands.who`` neither on the site nor for the row."""
        author, role = case.question.author, case.sight.seen.config.commands.who
        if await self._permissions.may(author, role, [case.place]):
            return None
        place = await self._place_of(case, row) if row is not None else None
        if place is not None and await self._permissions.may(author, role, [place]):
            return None
        assert case.request.command is not None  # noqa: S101 - no method is reached without one
        site, sig = case.sight.seen.state.full_name, (row.repository or "") if row is not None else ""
        log.info("refused", site=site, command=case.request.word, by=author)
        return Answer(replies.refused(case.request.command, role, site, sig), REFUSED)


def _which(case: Case, found: Found, name: str | None = None) -> Answer:
    asked = case.request.rest if name is None else name
    return Answer(replies.which(asked, found, case.rows), NOT_UNDERSTOOD)


def _room(requests: int) -> int:
    """How many characters each of so many answers may take, with something left for what is between them."""
    return replies.REPLY_ROOM // requests - 1_000


def worst(reactions: Iterable[str]) -> str:
    """The reaction for several answers: what was refused or not understood counts for all of them."""
    return max(reactions, key=(DONE, NOT_UNDERSTOOD, REFUSED).index)
