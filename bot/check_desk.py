"""Which checks of pull requests are asked for, and the doing of them, where the app may."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from bot.checker import Checker, ChecksWanted
from bot.github.errors import NoToken
from bot.jobs import Job
from bot.reconcile import Outcome
from bot.search import Found
from bot.sites import Sites

UNSEEN_SECONDS = 10.0
"""When to come back for the pull requests of a site that was not looked at yet."""
NOT_GRANTED = "the app may not write checks here: accept its new permissions for pull requests to be checked"

log = structlog.get_logger(__name__)


class CheckDesk:
    """Takes what is asked for, and leaves out what an installation has not granted: all else goes on."""

    def __init__(
        self,
        checker: Checker,
        sites: Sites,
        outcomes: Mapping[int, Outcome],
        add: Callable[[int, ChecksWanted], None],
    ) -> None:
        """``outcomes`` has the newest one of each site, ``add`` puts what is wanted of one into the queue."""
        self._checker = checker
        self._sites = sites
        self._outcomes = outcomes
        self._add = add

    def pull_touched(self, repository_id: int, number: int) -> None:
        """A pull request may make something else of the page than before."""
        self._ask(repository_id, ChecksWanted(pulls=frozenset({number})))

    def asked_again(self, repository_id: int, numbers: frozenset[int], head: str) -> None:
        """Somebody wants pull requests checked again, by number or by the commit at their head."""
        heads = frozenset({head} if head and not numbers else ())
        self._ask(repository_id, ChecksWanted(again=numbers, heads=heads))

    def look_for_missing(self, repository_id: int) -> None:
        """Find the pull requests of which nobody told."""
        self._ask(repository_id, ChecksWanted(missing=True))

    def learn(self, installation_id: int, found: Found) -> None:
        """Note whether an installation lets the app write checks; where it does not, say so once."""
        news = self._sites.let_check(installation_id, may_check=found.may_check)
        if news and not found.may_check and found.sites:
            log.warning(NOT_GRANTED, installation=installation_id)

    async def run(self, repository_id: int, job: Job) -> float | None:
        """Check pull requests of a site; gives the seconds after which to come again, if need be."""
        site, outcome = self._sites.get(repository_id), self._outcomes.get(repository_id)
        if site is None or not self._sites.may_check(repository_id):
            return None
        if outcome is None:
            return UNSEEN_SECONDS
        try:
            await self._checker.check(site, outcome.observation, job.checks)
        except NoToken as error:
            if self._sites.let_check(site.installation_id, may_check=False):
                log.warning(NOT_GRANTED, installation=site.installation_id, why=str(error))
        return None

    def _ask(self, repository_id: int, wanted: ChecksWanted) -> None:
        if self._sites.may_check(repository_id):
            self._add(repository_id, wanted)
