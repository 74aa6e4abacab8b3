"""What there is to do for the sites that are known: put into the queue, so that a burst becomes one run."""

from __future__ import annotations

from dataclasses import replace

from bot.cases import Question
from bot.checker import ChecksWanted
from bot.clock import Clock
from bot.jobs import ALL_SITES, EVERYTHING, Job, Key
from bot.outcomes import Outcomes
from bot.run_log import OF_A_SITE, told_of
from bot.site import BRANCH_PREFIX, CONFIG_PATH
from bot.sites import Sites
from bot.trail import asked_for, enter
from bot.workqueue import WorkQueue


class Agenda:
    """The sites with the newest outcome of each, and the jobs asked for, each with what led to it."""

    def __init__(self, clock: Clock) -> None:
        self.sites = Sites()
        self.outcomes = Outcomes(clock)
        self._clock = clock
        self._queue: WorkQueue[Key, Job]

    def attach(self, queue: WorkQueue[Key, Job]) -> None:
        """Use this queue for everything that is to be done. Without one nothing can be asked for."""
        self._queue = queue

    def look_at(
        self, repository_id: int, changed: frozenset[str] | None, *, immediately: bool = False
    ) -> None:
        """Have a site reconciled, for what has changed in these repositories; ``None``: in any."""
        job = Job(changed=changed, since=self._clock.monotonic())
        self._add(Key("site", repository_id), job, immediately=immediately)

    def look_again(self, repository_id: int, seconds: float) -> None:
        """Have a site reconciled in so many seconds, or earlier if something happens."""
        self._add(Key("site", repository_id), Job(), delay_seconds=seconds)

    def search(self, installation_id: int, job: Job = EVERYTHING, *, immediately: bool = True) -> None:
        """Have one installation, or all, searched for sites; ``job`` tells which of them to reconcile."""
        self._add(Key("installation", installation_id), job, immediately=immediately)

    def look_for_commands(self, repository_id: int = ALL_SITES) -> None:
        """Have a site, or all, looked through for commands that were not answered."""
        self._add(Key("commands", repository_id), Job())

    def ask(self, question: Question, *, immediately: bool) -> None:
        """Have a comment answered."""
        self._add(Key("comment", question.comment_id), Job(question=question), immediately=immediately)

    def check(self, repository_id: int, wanted: ChecksWanted) -> None:
        """Have pull requests of a site checked."""
        self._add(Key("checks", repository_id), Job(checks=wanted))

    def _add(
        self, key: Key, job: Job, *, immediately: bool = False, delay_seconds: float | None = None
    ) -> None:
        waiting = self._queue.waiting(key)
        site = self.sites.get(key.id) if key.kind in OF_A_SITE else None
        trail = asked_for(waiting.trail if waiting else None, site.full_name if site else None)
        traced = replace(job, trail=trail)
        self._queue.add(key, traced, immediately=immediately, delay_seconds=delay_seconds)

    def begin(self, key: Key, job: Job, attempt: int) -> None:
        """A run begins: from here on, each line of the log says of what it is a part."""
        enter(job.trail, **told_of(key, job, attempt, self.sites.get(key.id), self.outcomes.get(key.id)))

    def matters(self, repository_id: int, paths: frozenset[str] | None, ref: str) -> bool:
        """Whether a push to a site's repository may change what the bot makes of it."""
        outcome = self.outcomes.get(repository_id)
        if outcome is None or ref.removeprefix("refs/heads/").startswith(BRANCH_PREFIX):
            return True
        state, config = outcome.observation.state, outcome.observation.config
        branches = {state.default.name, config.base or state.default.name}
        if ref.removeprefix("refs/heads/") not in branches:
            return False
        return paths is None or not paths.isdisjoint({CONFIG_PATH, config.source, config.output})
