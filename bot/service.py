"""The bot at work: which job an event asks for, and the doing of it. Jobs are keyed, so bursts are one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog

from bot.agenda import Agenda
from bot.answers import Answerer
from bot.cases import Question
from bot.check_desk import CheckDesk
from bot.checker import Checker
from bot.clerk import BEGIN, Clerk
from bot.clock import Clock
from bot.commands import may_hold_command
from bot.events import Comment
from bot.github.errors import GitHubError, RateLimited, Unauthorized, Unavailable
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.github.site_state import NoSuchSite
from bot.jobs import ALL_INSTALLATIONS, ALL_SITES, ELSEWHERE, EVERYTHING, Job, Key
from bot.observe import NotASiteError, Observer
from bot.permissions import Permissions
from bot.plan import Asked
from bot.reconcile import Outcome, Reconciler, Sight
from bot.search import Found, search
from bot.site import CONFIG_PATH
from bot.status.holds import Hold
from bot.unanswered import Unanswered

__all__ = ["EVERYTHING", "Job", "Key", "Service"]

MOST_ELSEWHERE = 200
"""So many repositories that are no sites are looked through at a time for the command that makes one: ten
queries for each installation."""

log = structlog.get_logger(__name__)


class Service:
    """Turns events into jobs and does them. It is the ``Listener`` that events are told to."""

    def __init__(
        self,
        github: GitHub,
        reconciler: Reconciler,
        observer: Observer,
        clock: Clock,
        committed_after: Callable[[float], None],
        checker: Checker,
    ) -> None:
        self.agenda = Agenda(clock)
        self.sites = self.agenda.sites
        self.outcomes = self.agenda.outcomes
        """The newest outcome of each site, for those who look."""
        self.searched = False
        """Whether every installation has been searched for sites once."""
        self._github = github
        self._reconciler = reconciler
        self._observer = observer
        self._checks = CheckDesk(checker, self.sites, self.outcomes, self.agenda.check)
        clerk = Clerk(github, self, Permissions(github, clock))
        self._answerer = Answerer(github, clerk, clock, ready=lambda: self.searched)
        self._unanswered = Unanswered(github, clock)
        self._elsewhere = Unanswered(github, clock, only=BEGIN, most=MOST_ELSEWHERE)
        self._looked_elsewhere = False
        self._clock = clock
        self._committed_after = committed_after

    # -- what events ask for ------------------------------------------------------------------

    def repository_changed(
        self,
        full_name: str,
        repository_id: int,  # noqa: ARG002 - sources name repositories, they do not number them
        reason: str,  # noqa: ARG002 - the delivery's own line tells it
    ) -> None:
        """A SIG's milestones or releases may have changed."""
        for site in self.sites.concerned_by(full_name):
            self.agenda.look_at(site.repository_id, frozenset({full_name.lower()}))

    def site_touched(
        self, full_name: str, repository_id: int, paths: frozenset[str] | None, ref: str
    ) -> None:
        """Somebody pushed to a repository, or did something to a proposal."""
        if self.sites.get(repository_id) is not None:
            if self.agenda.matters(repository_id, paths, ref):
                self.agenda.look_at(repository_id, frozenset())
        elif paths is not None and CONFIG_PATH in paths:
            log.info("a site may have begun", repository=full_name)
            self.agenda.search(ALL_INSTALLATIONS, Job())

    def pull_touched(self, repository_id: int, number: int) -> None:
        """A pull request may make something else of the page than before."""
        self._checks.pull_touched(repository_id, number)

    def checks_asked(self, repository_id: int, numbers: frozenset[int], head: str) -> None:
        """Somebody wants pull requests checked again."""
        self._checks.asked_again(repository_id, numbers, head)

    def repository_renamed(self, old_full_name: str, new_full_name: str, repository_id: int) -> None:
        """A repository answers to another name, or belongs to another owner."""
        self.repository_changed(old_full_name, repository_id, "renamed")
        self.repository_changed(new_full_name, repository_id, "renamed")
        site = self.sites.get(repository_id)
        if site is None:
            return
        self.sites.add(replace(site, full_name=new_full_name))
        if old_full_name.partition("/")[0].lower() != new_full_name.partition("/")[0].lower():
            # It is reached through the new owner's installation, if at all.
            self.agenda.search(ALL_INSTALLATIONS, Job())
            self.agenda.look_at(repository_id, frozenset())

    def installation_changed(self, installation_id: int, action: str) -> None:
        """The app was installed, removed, suspended, or given other repositories."""
        if action in ("deleted", "suspend"):
            self.sites.reach(installation_id, ())
            for site in self.sites.of_installation(installation_id):
                self._drop(site)
        else:
            self.search(installation_id)

    def repository_hidden(self, repository_id: int) -> None:
        """Nothing of a site is shown until a look that begins after this, however long that takes."""
        if self.sites.get(repository_id) is not None:
            self.outcomes.hide(repository_id)

    def repository_gone(self, full_name: str, repository_id: int) -> None:
        """A repository was deleted: a site is forgotten, a SIG's row is kept as it stands."""
        site = self.sites.get(repository_id)
        if site is not None:
            self._drop(site)
        self.repository_changed(full_name, repository_id, "deleted")

    def comment_posted(self, comment: Comment) -> None:
        """Somebody said something; bots are not answered, or two of them would never end."""
        heard = comment.author_type != "Bot" and may_hold_command(comment.body)
        if not heard or comment.installation_id is None:
            return
        question = Question(
            installation_id=comment.installation_id,
            repository_id=comment.repository_id,
            full_name=comment.full_name,
            issue_number=comment.issue_number,
            comment_id=comment.comment_id,
            body=comment.body,
            author=comment.author_login,
        )
        self.agenda.ask(question, immediately=True)

    # -- what timers ask for ------------------------------------------------------------------

    def search(self, installation_id: int = ALL_INSTALLATIONS) -> None:
        """Look for sites, and reconcile every one that is found, known before or not."""
        self.agenda.search(installation_id)

    def look_for_new_sites(self) -> None:
        """Look for sites, and reconcile those that are new."""
        self.agenda.search(ALL_INSTALLATIONS, Job(), immediately=False)

    def look_for_commands(self) -> None:
        """Look through what was said where commands may be given, for some that were not answered."""
        if len(self.sites):
            self.agenda.look_for_commands()
        if self.searched:
            self.agenda.look_for_commands(ELSEWHERE)

    # -- what commands ask for ----------------------------------------------------------------

    @property
    def public_url(self) -> str | None:
        """Where the world reaches the bot, for links."""
        return self._reconciler.public_url

    async def look(self, site: SiteRef) -> Sight:
        """Look at a site and write nothing."""
        return await self._reconciler.look(site)

    async def carry_out(self, site: SiteRef, asked: Asked, hold: Hold | None = None) -> Outcome:
        """Reconcile a site at once, with everything read anew, as somebody asked."""
        began = self._clock.monotonic()
        outcome = await self._reconciler.reconcile(site, None, asked, hold)
        look_again = self._note(outcome, began)
        if look_again is not None:
            self.agenda.look_again(site.repository_id, look_again)
        return outcome

    # -- the work itself ----------------------------------------------------------------------

    async def run(self, key: Key, job: Job) -> float | None:
        """Do one job; gives the seconds after which to look again, if it should be."""
        if key.kind == "site":
            return await self._reconcile(key.id, job)
        if key.kind == "comment":
            return await self._answer(job)
        if key.kind == "commands":
            await self._catch_up(key.id)
        elif key.kind == "checks":
            return await self._checks.run(key.id, job)
        else:
            await self._search(key.id, job)
        return None

    async def _reconcile(self, repository_id: int, job: Job) -> float | None:
        site = self.sites.get(repository_id)
        if site is None:
            return None
        began = self._clock.monotonic()
        try:
            outcome = await self._reconciler.reconcile(site, job.changed)
        except (NotASiteError, NoSuchSite) as error:
            log.info("no site any more", site=site.full_name, why=str(error))
            self._drop(site)
            return None
        look_again = self._note(outcome, began)
        if job.changed is None:
            self._checks.look_for_missing(repository_id)
        if outcome.applied.commit is not None and job.since is not None:
            self._committed_after(self._clock.monotonic() - job.since)
        return look_again

    def _note(self, outcome: Outcome, began: float) -> float | None:
        """Remember what a run found that began then; gives the seconds after which to look again."""
        site = self.sites.get(outcome.site.repository_id)
        if site is None or self.outcomes.is_outdated(site.repository_id, began):
            return None  # it was dropped meanwhile, or became private, and then another look waits
        self.sites.add(replace(site, full_name=outcome.observation.state.full_name))
        self.sites.watch(site.repository_id, outcome.observation.names)
        if site.repository_id not in self.outcomes:
            self.agenda.look_for_commands(site.repository_id)
        self.outcomes[site.repository_id] = outcome
        self._first_look_elsewhere()
        return outcome.look_again_seconds

    def _first_look_elsewhere(self) -> None:
        """Have what is no site looked through as soon as it is known what that is."""
        known = self.searched and all(site.repository_id in self.outcomes for site in self.sites)
        if known and not self._looked_elsewhere:
            self._looked_elsewhere = True
            self.agenda.look_for_commands(ELSEWHERE)

    async def _search(self, installation_id: int, job: Job) -> None:
        """Search one installation, or all; one that cannot be read now keeps its sites."""
        known_before = tuple(self.sites)
        take = partial(self._found, everything=job.changed is None)
        searched = await search(self._github, installation_id, take)
        for known_id in self.sites.installations:
            if searched.covers(known_id) and known_id not in searched.found:
                self.sites.reach(known_id, ())
        for site in known_before:
            # Not what somebody else found meanwhile, here or in another installation.
            if searched.lacks(site) and self.sites.get(site.repository_id) == site:
                self._drop(site)
        if searched.failed and not searched.found:
            raise next(iter(searched.failed.values()))
        for failed_id in searched.failed:
            # By itself, so that its waits and failures are no other installation's.
            self.agenda.search(failed_id, job, immediately=False)
        self.searched = True
        self._first_look_elsewhere()
        log.info("searched for sites", installations=searched.installations, sites=len(self.sites))

    def _found(self, installation_id: int, found: Found, *, everything: bool) -> None:
        self.sites.reach(installation_id, found.repositories)
        self._checks.learn(installation_id, found)
        for site in found.sites:
            if everything or self.sites.get(site.repository_id) is None:
                self.agenda.look_at(site.repository_id, None, immediately=True)
            self.sites.add(site)

    async def _catch_up(self, site_id: int) -> None:
        """Find the commands that nobody answered, where one site is concerned, or any, or none."""
        if site_id == ELSEWHERE:
            found = await self._elsewhere.find(self.sites.elsewhere())
        else:
            repositories = self.sites.repositories(None if site_id == ALL_SITES else site_id)
            found = await self._unanswered.find(repositories)
        for question in found:
            self.agenda.ask(question, immediately=False)

    async def _answer(self, job: Job) -> float | None:
        if job.question is None:
            return None
        try:
            return await self._answerer.answer(job.question)
        except (Unavailable, RateLimited, Unauthorized):
            raise
        except GitHubError as error:
            # Locked, deleted, or not for the app to answer: asking again would change nothing.
            log.info("cannot answer", repository=job.question.full_name, why=str(error))
            return None

    def _drop(self, site: SiteRef) -> None:
        log.info("site given up", site=site.full_name)
        self.sites.drop(site.repository_id)
        self.outcomes.pop(site.repository_id, None)
        self._observer.forget(site.repository_id)
