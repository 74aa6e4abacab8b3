"""``serve --once``: one look at every site, for cron or a workflow, with no server and no webhook."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import structlog

from bot.actions import LeaveAlone
from bot.app import (
    FLUSH_SECONDS,
    GRACE_SECONDS,
    bounded,
    github_of,
    queue_of,
    service_of,
    told_to_stop,
)
from bot.clock import Clock, SystemClock
from bot.github.hub import GitHub
from bot.jobs import ALL_INSTALLATIONS, ELSEWHERE
from bot.metrics import Metrics
from bot.pace import Pace, within
from bot.queued import Failure
from bot.reconcile import Outcome
from bot.service import Job, Key, Service
from bot.settings import Settings
from bot.site import CONFIG_PATH
from bot.telemetry import NO_TELEMETRY, Telemetry, name_spans_in_log, start
from bot.tracing import Tracing

LIMIT_SECONDS = 600.0
"""So long it goes on at most: whoever calls it does so again soon."""
MOST_ATTEMPTS = 3
"""What has failed so often is left to the next time."""
PACE = Pace(debounce_seconds=0.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Told:
    """What came of it: a sentence for each site that was looked at, and one for each thing left undone."""

    done: tuple[str, ...]
    undone: tuple[str, ...]


class Errand:
    """Everything there is to do now: search, reconcile, answer commands, check pull requests.

    ``only`` is the one site to look at (``owner/name``), ``None`` for all.
    """

    def __init__(
        self,
        github: GitHub,
        service: Service,
        clock: Clock,
        only: str | None,
        metrics: Metrics,
        tracing: Tracing,
    ) -> None:
        self._github = github
        self._service = service
        self._clock = clock
        self._only = only
        self._work = bounded(service)
        self._something_happened = asyncio.Event()
        self._deadline = clock.monotonic() + LIMIT_SECONDS
        ended = self._something_happened.set
        self._queue = queue_of(service, self._run, clock, PACE, metrics, tracing, ended)

    async def done(self, stop: asyncio.Event) -> Told:
        """Do it all, or as much of it as can be done before the limit, or before somebody says stop."""
        self._service.search()
        tasks = {asyncio.create_task(self._settled()), asyncio.create_task(stop.wait())}
        try:
            with suppress(TimeoutError):
                first = asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                await within(self._clock, LIMIT_SECONDS, first)
        finally:
            for task in tasks:
                task.cancel()
            failures = dict(self._queue.failures)
            left = await self._queue.close(GRACE_SECONDS)
        return Told(tuple(map(_sentence, self._outcomes())), tuple(self._undone(left, failures)))

    async def _run(self, key: Key, job: Job) -> None:
        """Do one job to its end: nobody will come back to it later."""
        if key == Key("installation", ALL_INSTALLATIONS) and self._only is not None:
            await self._search_for(self._only)
        elif self._concerns(key):
            again = await self._work(key, job)
            # A site looks again by itself when it is called again; a command may only have to wait its turn.
            while key.kind == "comment" and again is not None:
                await self._clock.sleep(again)
                again = await self._work(key, job)

    async def _search_for(self, full_name: str) -> None:
        installation = await self._github.installation_on(full_name)
        if installation is None:
            await self._github.slug()  # where there is no such app, that is why it is not installed
        else:
            self._service.search(installation.id)

    def _concerns(self, key: Key) -> bool:
        if self._only is None or key.kind in ("installation", "comment"):
            return True
        site = self._service.sites.get(key.id)
        return site is not None and site.full_name.lower() == self._only.lower()

    async def _settled(self) -> None:
        """Until nothing is left but what has failed too often, or could only go on after the limit."""
        while self._queue.running or self._queue.depth > self._given_up():
            self._something_happened.clear()
            await self._something_happened.wait()

    def _given_up(self) -> int:
        seconds_left = self._deadline - self._clock.monotonic()
        return sum(
            failure.attempts >= MOST_ATTEMPTS or failure.retry_in_seconds > seconds_left
            for failure in self._queue.failures.values()
        )

    def _outcomes(self) -> tuple[Outcome, ...]:
        found = (self._service.outcomes.get(site.repository_id) for site in self._service.sites)
        return tuple(outcome for outcome in found if outcome is not None)

    def _undone(self, left: Iterable[Key], failures: dict[Key, Failure]) -> Iterable[str]:
        left = tuple(left)
        for key in left:
            failure = failures.get(key)
            why = f"{failure.plainly} ({failure.error})" if failure else "it was not finished in time"
            yield f"{self._name(key)}: {why}"
        for outcome in self._outcomes():
            for name in sorted(outcome.observation.passing_errors):
                yield f"{outcome.site.full_name}: {name} cannot be read now, and its row was kept"
        known = {site.full_name.lower() for site in self._service.sites}
        if self._only is not None and self._only.lower() not in known and not left:
            yield (
                f"{self._only} is no site: the app is not installed there, or it has no {CONFIG_PATH} "
                "on its default branch."
            )

    def _name(self, key: Key) -> str:
        site = self._service.sites.get(key.id)
        nowhere = "where there is no site yet" if key.id == ELSEWHERE else "all sites"
        where = site.full_name if site is not None else nowhere
        names: dict[str, str] = {
            "site": where,
            "commands": f"{where}: looking for commands",
            "checks": f"{where}: checking pull requests",
            "installation": "searching for sites",
            "comment": "answering a command",
        }
        return names[key.kind]


def _sentence(outcome: Outcome) -> str:
    """What was done for a site."""
    action, applied = outcome.action, outcome.applied
    if isinstance(action, LeaveAlone):
        words = f"left alone, {action.reason}"
    else:
        words = "nothing to do" if applied.words == "nothing" else applied.words
    where = f" ({applied.pull_url})" if applied.pull_url else ""
    return f"{outcome.site.full_name}: {words}{where}"


async def look_once(
    settings: Settings,
    only: str | None,
    stop: asyncio.Event,
    clock: Clock | None = None,
    telemetry: Telemetry = NO_TELEMETRY,
) -> Told:
    """Look at every site, or only one, do what there is to do, and come back; in ten minutes at most."""
    clock = clock or SystemClock()
    metrics, tracing = telemetry.metrics(), telemetry.tracing
    async with aiohttp.ClientSession() as session:
        github = github_of(settings, clock, telemetry.calls(metrics), session)
        service = service_of(settings, clock, metrics, github, tracing)
        return await Errand(github, service, clock, only, metrics, tracing).done(stop)


async def serve_once(settings: Settings, only: str | None, tell: Callable[[Told], None]) -> int:
    """Look once; on SIGTERM or Ctrl-C what runs is finished. Gives the exit status, 1 if anything is left."""
    telemetry = start()
    if telemetry.tracer is not None:
        name_spans_in_log()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop, number, stop)
    try:
        told = await look_once(settings, only, stop, telemetry=telemetry)
        tell(told)
    finally:
        await telemetry.close(FLUSH_SECONDS)
    return 1 if told.undone else 0
