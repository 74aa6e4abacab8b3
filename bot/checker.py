"""Check the pull requests of one site: which of them, against what, and the run that tells of it.

Level-triggered like all else: whatever is asked for, the pull request is looked at as it stands, and a
run that says the same already is left alone.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from bot.check_model import Context
from bot.check_reading import CheckFacts, PullFiles, PullReader
from bot.check_words import Place, Report, report, untouched
from bot.checking import judge
from bot.clock import Clock
from bot.github.checks import CheckedPull, CheckedSite, CheckReader, CheckRuns
from bot.github.client import Client
from bot.github.errors import Forbidden, GitHubError, NotFound, Refused, Unavailable
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.observe import Observation
from bot.site import BRANCH_PREFIX

JITTER_SECONDS = 3.0
"""For up to so long a replica waits before it looks a last time and writes; GitHub refuses no second run."""
PULLS_BY_NUMBER = 40
"""When more are asked for at once, the list of all open ones is shorter."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ChecksWanted:
    """Which pull requests of a site to look at.

    ``pulls`` by number; those ``again`` that somebody asked for, by number or by the commit (``heads``)
    at their head; ``missing``: every open one that has no run yet.
    """

    pulls: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()
    heads: frozenset[str] = frozenset()
    missing: bool = False

    def merged_with(self, later: ChecksWanted) -> ChecksWanted:
        """Both in one."""
        return ChecksWanted(
            self.pulls | later.pulls,
            self.again | later.again,
            self.heads | later.heads,
            self.missing or later.missing,
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those that are known by number, in their order."""
        return tuple(sorted(self.pulls | self.again))

    def is_again(self, pull: CheckedPull) -> bool:
        """Whether somebody asked for a check that there may be already."""
        return pull.number in self.again or pull.head in self.heads

    def wants(self, pull: CheckedPull) -> bool:
        """Whether this one is to be looked at."""
        if self.is_again(pull) or pull.number in self.pulls:
            return True
        return self.missing and (pull.run is None or not pull.run.completed)


@dataclass
class Checker:
    """Checks pull requests. Keeps only what saves reading it again."""

    github: GitHub
    hosts: tuple[str, ...]
    clock: Clock
    pulls: PullReader
    chance: Callable[[], float] = random.random
    facts: CheckFacts = field(default_factory=CheckFacts)

    async def check(self, site: SiteRef, seen: Observation, wanted: ChecksWanted) -> None:
        """Check what is wanted of a site that was ``seen`` like this last.

        Raises the first ``GitHubError`` that may be gone in a while, once all others are checked, and
        ``NoToken`` where the app may not write checks.
        """
        client = self.github.checker(site.installation_id, site.repository_id)
        base = seen.config.base or seen.state.default.name
        reader = CheckReader(client, seen.state.full_name, int(self.github.app_id), base)
        found = await _found(reader, wanted)
        failed: list[GitHubError] = [
            Unavailable(f"pull request {number}: GitHub does not know its last commit yet.")
            for number in sorted(found.unsettled)
        ]
        for pull in filter(wanted.wants, found.pulls if not found.archived else ()):
            one = _One(self, site, seen, client, reader, replace(found, pulls=()), pull)
            try:
                await one.check(again=wanted.is_again(pull))
            except (Forbidden, NotFound, Refused) as error:
                # The commit is gone, or the repository locked: asking again would change nothing.
                log.info("cannot check", repository=found.full_name, number=pull.number, why=str(error))
            except GitHubError as error:
                failed.append(error)
        if failed:
            raise failed[0]


async def _found(reader: CheckReader, wanted: ChecksWanted) -> CheckedSite:
    if wanted.missing or wanted.heads or len(wanted.numbers) > PULLS_BY_NUMBER:
        found = await reader.open_pulls()
        listed = {pull.number for pull in found.pulls}
        others = tuple(number for number in wanted.numbers if number not in listed)
        if not others:
            return found
        more = await reader.some_pulls(others)
        return replace(found, pulls=found.pulls + more.pulls, unsettled=found.unsettled | more.unsettled)
    return await reader.some_pulls(wanted.numbers)


@dataclass(frozen=True)
class _One:
    """One pull request under way."""

    checker: Checker
    site: SiteRef
    seen: Observation
    client: Client
    reader: CheckReader
    found: CheckedSite
    pull: CheckedPull

    async def check(self, *, again: bool) -> None:
        """Look at it, and say what there is to be said."""
        said = await self._report(again=again)
        if said is None or (not again and self.pull.run is not None and self.pull.run.says(said)):
            return
        clock = self.checker.clock
        await clock.sleep(JITTER_SECONDS * self.checker.chance())
        runs = CheckRuns(self.client, self.found.full_name, clock)
        async with self.client.turn_to_write():
            now = await self.reader.some_pulls((self.pull.number,))
            if now.unsettled:
                raise Unavailable(f"pull request {self.pull.number}: somebody is just pushing to it.")
            # After a push meanwhile this still holds for the commit that was read; its own check comes.
            same = [pull for pull in now.pulls if pull.head == self.pull.head]
            run = same[0].run if same else self.pull.run
            if run is not None and run.says(said) and not again:
                return
            run = await runs.begin(self.pull.head, said, run)
        await runs.finish(run, said)

    async def _report(self, *, again: bool) -> Report | None:
        """What there is to say; nothing of a pull request that has nothing to do with the page.

        Unless somebody waits for it: who asked, or the branch, onto which nothing gets without a check
        that is required there, so that one which never comes would be in the way for good.
        """
        checker, by_bot = self.checker, await self._is_proposal()
        files = await checker.pulls.read(self.client, self.reader, self.found, self.pull, by_bot=by_bot)
        if files is None:
            required = self.found.required and self.pull.base_branch == self.found.base
            return untouched() if again or required else None
        facts = await checker.facts.read(
            checker.github.reader(self.site.installation_id),
            files,
            self.seen,
            checker.hosts,
            private_site=self.found.private,
        )
        context = Context(facts, checker.hosts, by_bot)
        place = Place(self.found.url, self.pull.head, self.pull.base_branch)
        return await asyncio.to_thread(_judged, files, context, place)

    async def _is_proposal(self) -> bool:
        """Whether it is the bot's own, with nobody else's commits on top."""
        on_branch = self.pull.head_branch.startswith(BRANCH_PREFIX)
        return on_branch and self.pull.is_by(await self.checker.github.slug())


def _judged(files: PullFiles, context: Context, place: Place) -> Report:
    return report(judge(files.after, files.before, context, files.remarks), place)
