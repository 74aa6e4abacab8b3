"""The bot at work: which job an event asks for, and the doing of it. Jobs are keyed, so bursts are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from bot.answers import Answerer
from bot.cases import Question
from bot.check_desk import CheckDesk
from bot.checker import Checker
from bot.clerk import Clerk
from bot.clock import Clock
from bot.commands import may_hold_command
from bot.events import Comment
from bot.github.errors import GitHubError, RateLimited, Unauthorized, Unavailable
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.github.site_state import NoSuchSite
from bot.jobs import ALL_INSTALLATIONS, ALL_SITES, EVERYTHING, Job, Key
from bot.observe import NotASiteError, Observer
from bot.permissions import Permissions
from bot.plan import Asked
from bot.reconcile import Outcome, Reconciler, Sight
from bot.run_log import OF_A_SITE, told_of
from bot.search import Found, search
from bot.site import BRANCH_PREFIX, CONFIG_PATH
from bot.sites import Sites
from bot.status.holds import Hold
from bot.trail import asked_for, enter
from bot.unanswered import Unanswered
from bot.workqueue import WorkQueue

__all__ = ["EVERYTHING", "Job", "Key", "Service"]

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
        self.sites = Sites()
        self.outcomes: dict[int, Outcome] = {}
        """The newest outcome of each site, for those who look."""
        self.searched = False
        """Whether every installation has been searched for sites once."""
        self._github = github
        self._reconciler = reconciler
        self._observer = observer
        self._checks = CheckDesk(checker, self.sites, self.outcomes, self._add)
        clerk = Clerk(github, self, Permissions(github, clock))
        self._answerer = Answerer(github, clerk, clock, ready=lambda: self.searched)
        self._unanswered = Unanswered(github, clock)
        self._clock = clock
        self._committed_after = committed_after
        self._queue: WorkQueue[Key, Job]

    def attach(self, queue: WorkQueue[Key, Job]) -> None:
        """Use this queue for everything that is to be done. Without one nothing can be asked for."""
        self._queue = queue

    # -- what events ask for ------------------------------------------------------------------

    def repository_changed(
        self,
        full_name: str,
        repository_id: int,  # noqa: ARG002 - sources name repositories, they do not number them
        reason: str,  # noqa: ARG002 - the delivery's own line tells it
    ) -> None:
        """A SIG's milestones or releases may have changed."""
        for site in self.sites.concerned_by(full_name):
            self._add_site(site.repository_id, frozenset({full_name.lower()}))

    def site_touched(
        self, full_name: str, repository_id: int, paths: frozenset[str] | None, ref: str
    ) -> None:
        """Somebody pushed to a repository, or did something to a proposal."""
        if self.sites.get(repository_id) is not None:
            if self._concerns_site(repository_id, paths, ref):
                self._add_site(repository_id, frozenset())
        elif paths is not None and CONFIG_PATH in paths:
            log.info("a site may have begun", repository=full_name)
            self._add(Key("installation", ALL_INSTALLATIONS), Job(), immediately=True)

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
            self._add(Key("installation", ALL_INSTALLATIONS), Job(), immediately=True)
            self._add_site(repository_id, frozenset())

    def installation_changed(self, installation_id: int, action: str) -> None:
        """The app was installed, removed, suspended, or given other repositories."""
        if action in ("deleted", "suspend"):
            self.sites.reach(installation_id, ())
            for site in self.sites.of_installation(installation_id):
                self._drop(site)
        else:
            self.search(installation_id)

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
        self._ask(question, immediately=True)

    # -- what timers ask for ------------------------------------------------------------------

    def search(self, installation_id: int = ALL_INSTALLATIONS) -> None:
        """Look for sites, and reconcile every one that is found, known before or not."""
        self._add(Key("installation", installation_id), EVERYTHING, immediately=True)

    def look_for_commands(self) -> None:
        """Look through what was said where commands may be given, for some that were not answered."""
        if len(self.sites):
            self._add(Key("commands", ALL_SITES), Job())

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
        outcome = await self._reconciler.reconcile(site, None, asked, hold)
        look_again = self._note(outcome)
        if look_again is not None:
            self._add(Key("site", site.repository_id), Job(), delay_seconds=look_again)
        return outcome

    # -- the work itself ----------------------------------------------------------------------

    def begin(self, key: Key, job: Job, attempt: int) -> None:
        """A run begins: from here on, each line of the log says of what it is a part."""
        enter(job.trail, **told_of(key, job, attempt, self.sites.get(key.id), self.outcomes.get(key.id)))

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
        try:
            outcome = await self._reconciler.reconcile(site, job.changed)
        except (NotASiteError, NoSuchSite) as error:
            log.info("no site any more", site=site.full_name, why=str(error))
            self._drop(site)
            return None
        look_again = self._note(outcome)
        if job.changed is None:
            self._checks.look_for_missing(repository_id)
        if outcome.applied.commit is not None and job.since is not None:
            self._committed_after(self._clock.monotonic() - job.since)
        return look_again

    def _note(self, outcome: Outcome) -> float | None:
        """Remember what a run found; gives the seconds after which to look again."""
        site = self.sites.get(outcome.site.repository_id)
        if site is None:
            return None  # it was dropped meanwhile
        self.sites.add(replace(site, full_name=outcome.observation.state.full_name))
        self.sites.watch(site.repository_id, outcome.observation.names)
        if site.repository_id not in self.outcomes:
            self._add(Key("commands", site.repository_id), Job())
        self.outcomes[site.repository_id] = outcome
        return outcome.look_again_seconds

    async def _search(self, installation_id: int, job: Job) -> None:
        """Search one installation, or all; one that cannot be read now keeps its sites."""
        searched = await search(self._github, installation_id)
        for known_id in (*self.sites.installations, *searched.found):
            if searched.covers(known_id):
                self.sites.reach(known_id, searched.found.get(known_id, Found()).repositories)
        self._checks.learn(searched)
        self._found(searched.sites, everything=job.changed is None)
        for site in tuple(self.sites):
            if searched.lacks(site):
                self._drop(site)
        if searched.failed and not searched.found:
            raise next(iter(searched.failed.values()))
        for failed_id in searched.failed:
            # By itself, so that its waits and failures are no other installation's.
            self._add(Key("installation", failed_id), job)
        self.searched = True
        log.info("searched for sites", installations=searched.installations, sites=len(self.sites))

    def _found(self, sites: Iterable[SiteRef], *, everything: bool) -> None:
        for site in sites:
            if everything or self.sites.get(site.repository_id) is None:
                self._add_site(site.repository_id, None, immediately=True)
            self.sites.add(site)

    async def _catch_up(self, site_id: int) -> None:
        """Find the commands that nobody answered, where one site is concerned, or any."""
        repositories = self.sites.repositories(None if site_id == ALL_SITES else site_id)
        for question in await self._unanswered.find(repositories):
            self._ask(question, immediately=False)

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

    # -- helpers ------------------------------------------------------------------------------

    def _concerns_site(self, repository_id: int, paths: frozenset[str] | None, ref: str) -> bool:
        outcome = self.outcomes.get(repository_id)
        if outcome is None or ref.removeprefix("refs/heads/").startswith(BRANCH_PREFIX):
            return True
        state, config = outcome.observation.state, outcome.observation.config
        branches = {state.default.name, config.base or state.default.name}
        if ref.removeprefix("refs/heads/") not in branches:
            return False
        return paths is None or not paths.isdisjoint({CONFIG_PATH, config.source, config.output})

    def _add_site(
        self, repository_id: int, changed: frozenset[str] | None, *, immediately: bool = False
    ) -> None:
        job = Job(changed=changed, since=self._clock.monotonic())
        self._add(Key("site", repository_id), job, immediately=immediately)

    def _ask(self, question: Question, *, immediately: bool) -> None:
        self._add(Key("comment", question.comment_id), Job(question=question), immediately=immediately)

    def _add(
        self, key: Key, job: Job, *, immediately: bool = False, delay_seconds: float | None = None
    ) -> None:
        waiting = self._queue.waiting(key)
        site = self.sites.get(key.id) if key.kind in OF_A_SITE else None
        trail = asked_for(waiting.trail if waiting else None, site.full_name if site else None)
        traced = replace(job, trail=trail)
        self._queue.add(key, traced, immediately=immediately, delay_seconds=delay_seconds)

    def _drop(self, site: SiteRef) -> None:
        log.info("site given up", site=site.full_name)
        self.sites.drop(site.repository_id)
        self.outcomes.pop(site.repository_id, None)
        self._observer.forget(site.repository_id)
