"""Wire one process together: session, GitHub, queue, timers and the doors over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
import structlog
from aiohttp import web

from bot.addresses import local_url
from bot.calls import Calls
from bot.check_reading import PullReader
from bot.checker import Checker
from bot.clock import Clock, SystemClock
from bot.dashboard import ServiceDashboard, ServiceReadiness
from bot.events import Dispatcher
from bot.github.hub import GitHub
from bot.github.repository import FileReader
from bot.install_link import Arrivals, InstallLink
from bot.last_events import LastEvents
from bot.logs import configure_logs
from bot.look import endpoints_of, hosts_of
from bot.memory import give_back, keep_little
from bot.metrics import Metrics
from bot.observe import Observer
from bot.otel_settings import secrets_in
from bot.pace import Pace
from bot.reconcile import Reconciler
from bot.redelivery import Redelivery
from bot.render import render
from bot.resync import resync_forever
from bot.run_log import OF_A_SITE
from bot.service import Job, Key, Service
from bot.settings import Settings, web_url_of
from bot.setup_settings import SetupSettings
from bot.sweep import Sweep
from bot.telemetry import NO_TELEMETRY, Telemetry, name_spans_in_log, start
from bot.tracing import Tracing
from bot.web.pages import Pages
from bot.web.server import build_web, runner_of
from bot.web.webhook import Webhook
from bot.webhook_proxy import WebhookProxy
from bot.workqueue import Outcome, WorkQueue

GRACE_SECONDS = 18.0
"""How long a run may go on after SIGTERM; to put it down then may take five seconds more."""
STOPPED_WITHIN_SECONDS = 25.0
CLOSING_SECONDS = 1.0
"""How long the doors wait for who is still being answered; application hosts kill after thirty in all."""
FLUSH_SECONDS = 5.0
"""How long the last spans and metrics may take to be sent, where there is time."""
SHORTEST_FLUSH_SECONDS = 1.0
LOOKS_AT_ONCE = 32
"""So many runs go on side by side, whichever installations they are for; answers are not counted."""
CHECKS_AT_ONCE = 4
"""So many sites have pull requests checked at a time; no look waits for those."""
CANNOT_LISTEN = 1
THREADS = 2
"""For what would hold up deliveries, and what Python does in threads of its own accord (names of hosts). More
would not compute more at a time, but each keeps memory: megabytes of what it last held."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Bot:
    """A running bot: where it listens, and what the demo and the tests ask of it."""

    url: str
    service: Service
    queue: WorkQueue[Key, Job]
    metrics: Metrics


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock | None = None, telemetry: Telemetry = NO_TELEMETRY
) -> AsyncIterator[Bot]:
    """Run the bot until the context is left; then finish what runs, or put it down.

    Raises ``OSError`` where it cannot listen.
    """
    clock = clock or SystemClock()
    metrics, tracing = telemetry.metrics(), telemetry.tracing
    async with aiohttp.ClientSession() as session:
        github = github_of(settings, clock, telemetry.calls(metrics), session)
        service = service_of(settings, clock, metrics, github, tracing)
        pace = Pace(debounce_seconds=settings.debounce_seconds)
        queue = queue_of(service, bounded(service), clock, pace, metrics, tracing)
        events = LastEvents(clock)
        dispatch = Dispatcher(service, events.note).dispatch
        webhook = Webhook(dispatch, settings.webhook_secrets, metrics, tracing=tracing)
        sweep = Sweep(service.look_for_commands, Redelivery(github.app, clock), clock)
        channel = settings.webhook_proxy_url
        proxy = WebhookProxy(session, channel, clock, service.search) if channel else None
        readiness = ServiceReadiness(service, queue, sweep, proxy)
        arrivals = Arrivals(service.look_for_new_sites, clock)
        install_url = InstallLink(github, web_url_of(settings.api_url), arrivals)
        dashboard = ServiceDashboard(service, lambda: queue.failures, events)
        pages = Pages(render, dashboard, readiness, metrics, readiness.waits, install_url, clock)
        async with listening(build_web(webhook, pages), settings) as url:
            timers = [_resync(service, settings, clock), sweep.forever()]
            if proxy is not None:
                timers.append(proxy.forever(f"{url}/webhook"))
            tasks = [asyncio.create_task(timer) for timer in timers]
            try:
                yield Bot(url, service, queue, metrics)
            finally:
                webhook.close()
                await _end(tasks)
                undone = await queue.close(GRACE_SECONDS)
                log.info("stopped", undone=len(undone))


def queue_of(
    service: Service,
    work: Callable[[Key, Job], Awaitable[float | None]],
    clock: Clock,
    pace: Pace,
    metrics: Metrics,
    tracing: Tracing,
    ended: Callable[[], None] = lambda: None,
) -> WorkQueue[Key, Job]:
    """The queue of the service's work, counted and traced; ``ended`` is told of the end of each run."""

    def on_run(key: Key, outcome: Outcome, seconds: float) -> None:
        _run_ended(queue, metrics, tracing, key, outcome, seconds)
        ended()

    queue = WorkQueue(
        work,
        merge=Job.merged_with,
        again=Job.again,
        clock=clock,
        pace=pace,
        on_run=on_run,
        lane_of=lambda key: key.lane(service.sites),
        on_start=lambda key, job, attempt: _run_begins(service, tracing, key, job, attempt),
    )
    service.agenda.attach(queue)
    metrics.watch(queue)
    return queue


async def _resync(service: Service, settings: Settings, clock: Clock) -> None:
    """Look at everything anew, over and over."""

    def look_at_everything() -> None:
        give_back()  # nothing else comes by so regularly, and as good as never while there is much to do
        service.search()

    await resync_forever(look_at_everything, clock, settings.resync_seconds)


def bounded(service: Service) -> Callable[[Key, Job], Awaitable[float | None]]:
    """The service's work, with no more looks at once than one machine and one network are good for."""
    gate, checks = asyncio.Semaphore(LOOKS_AT_ONCE), asyncio.Semaphore(CHECKS_AT_ONCE)

    async def run(key: Key, job: Job) -> float | None:
        if key.kind == "comment":
            return await service.run(key, job)
        if key.kind == "checks":
            async with checks:
                return await service.run(key, job)
        async with gate:
            return await service.run(key, job)

    return run


def _run_begins(service: Service, tracing: Tracing, key: Key, job: Job, attempt: int) -> None:
    """A run begins, in a context of its own."""
    site = service.sites.get(key.id) if key.kind in OF_A_SITE else None
    tracing.run_begins(key.kind, job.trail, attempt, site.full_name if site else None)
    service.agenda.begin(key, job, attempt)


def _run_ended(
    queue: WorkQueue[Key, Job], metrics: Metrics, tracing: Tracing, key: Key, outcome: Outcome, seconds: float
) -> None:
    """It is over: count it, and end what ``_run_begins`` began."""
    metrics.run(key, outcome, seconds)
    failure = queue.failure_of(key) if outcome == "failed" else None
    tracing.run_ended(outcome, failure.error if failure else "")


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks that never end by themselves."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def github_of(settings: Settings, clock: Clock, calls: Calls, session: aiohttp.ClientSession) -> GitHub:
    """The app at its GitHub."""
    return GitHub(
        session,
        endpoints_of(settings.api_url),
        str(settings.app_id),
        settings.private_key,
        clock,
        calls,
    )


def service_of(
    settings: Settings, clock: Clock, metrics: Metrics, github: GitHub, tracing: Tracing
) -> Service:
    """The bot at work there, which still needs a queue."""
    files = FileReader()
    observer = Observer(hosts_of(settings.api_url), github=github, files=files)
    reconciler = Reconciler(github, observer, clock, settings.public_url, tracing)
    checker = Checker(github, hosts_of(settings.api_url), clock, PullReader(files))
    return Service(github, reconciler, observer, clock, metrics.committed_after, checker)


@asynccontextmanager
async def listening(application: web.Application, settings: Settings | SetupSettings) -> AsyncIterator[str]:
    """Serve the application; gives the URL under which this machine reaches it."""
    runner = runner_of(application, CLOSING_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        port = runner.addresses[0][1]
        log.info("listening", host=settings.host, port=port)
        yield local_url(settings.host, port)
    finally:
        await runner.cleanup()


async def serve(settings: Settings) -> int:
    """Run the bot until SIGTERM or Ctrl-C; gives the exit status. A second signal ends it at once."""
    secrets = (*settings.secrets, *secrets_in(os.environ))
    configure_logs(settings.log_level, settings.log_format, secrets)
    telemetry = start()
    if telemetry.tracer is not None:
        name_spans_in_log()
    keep_little()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    told_at = loop.time()
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop, number, stop)
    try:
        async with running(settings, telemetry=telemetry):
            await stop.wait()
            told_at = loop.time()
            log.info("stopping", grace_seconds=GRACE_SECONDS)
    except OSError as error:
        log.error("cannot listen", host=settings.host, port=settings.port, why=str(error))  # noqa: TRY400 - no fault of ours to trace
        return CANNOT_LISTEN
    finally:
        left = STOPPED_WITHIN_SECONDS - (loop.time() - told_at)
        await telemetry.close(min(FLUSH_SECONDS, max(SHORTEST_FLUSH_SECONDS, left)))
    return 0


def told_to_stop(number: signal.Signals, stop: asyncio.Event) -> None:
    """Stop in good order; at once where it is said twice, for the next start goes on from there."""
    if stop.is_set():
        log.warning("stopped at once", signal=number.name)
        os._exit(0)  # to do as one is told is no failure, which is what hosts take any other status for
    stop.set()
