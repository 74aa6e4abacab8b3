"""One run of chaos: a small organisation, the bot's processes before it, and what a plan does to both."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from unittest import mock

from structlog.testing import capture_logs

from bot import sweep
from bot.sandbox import Installation, Repo, Sandbox
from bot.settings import Settings
from tests.chaos import plans
from tests.chaos.acts import Acts
from tests.chaos.history import History
from tests.chaos.oracle import Oracle
from tests.chaos.post import Post
from tests.chaos.processes import Process, numbered_anew, watch_tasks, without_sockets
from tests.chaos.right import facts_of
from tests.chaos.wire import API_URL, URL_OF_GITHUB, Wire
from tests.clocks import FakeClock
from tests.world import CONFIG, EVENTS, ORGANIZATION, PERMISSIONS, SECRET, SITE, build

RESYNC_SECONDS = 3000.0
AFTERMATH_SECONDS = 20.0
"""What was planned to go wrong still may for so long after the last step."""
CALM_SECONDS = 1500.0
"""So long after the last fault nobody waits any more because of it: GitHub asks for twenty minutes."""
REST_SECONDS = 3900.0
"""And so much later all stands as it should: after a resync, and the hour for which counts are held back."""
STILL_SECONDS = 3300.0
"""And then nothing is written any more."""
SWEEP_SECONDS = 1200.0
"""In place of the ten minutes of ``bot.sweep``: half of all calls would be sweeps of a quiet site."""


class ChaosClock(FakeClock):
    """The same clock where no socket has to be waited for: who is not ready will not be by waiting."""

    async def settle(self) -> None:
        """Let everything run that can run without the clock moving."""
        loop = asyncio.get_running_loop()
        ready = True
        while ready:
            await asyncio.sleep(0)
            # Nobody else is scheduled: asyncio has no public way to ask.
            ready = bool(getattr(loop, "_ready", ()))


@dataclass(frozen=True)
class Result:
    """What a run has shown: the violations, each in a sentence, and how much of what was met."""

    violations: tuple[str, ...]
    met: Counter[str]
    calls: int
    trace: tuple[str, ...] = ()


@dataclass
class World:
    """All that a run consists of."""

    plan: plans.Plan
    github: Sandbox
    clock: ChaosClock
    wire: Wire
    history: History
    oracle: Oracle
    settings: Settings
    installation: Installation
    post: Post = field(init=False)
    processes: list[Process] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    sigs: tuple[Repo, ...] = ()

    def __post_init__(self) -> None:
        self.post = Post(self.github, self.clock, self.wire.luck, lambda: self.processes)

    @property
    def site(self) -> Repo:
        """The site."""
        return self.github.repository(SITE)

    def sig(self, number: int) -> Repo:
        """A SIG's repository, whatever its name is now."""
        return self.sigs[number % len(self.sigs)]

    def shut_out(self) -> None:
        """Somebody suspends the app."""
        self.met["suspended"] += 1
        self.github.suspend(self.installation, by="ada")

    def let_in(self) -> bool:
        """Somebody lets the app work again; whether it was suspended."""
        suspended = self.installation.suspended_at is not None
        if suspended:
            self.github.unsuspend(self.installation, by="ada")
        return suspended

    # -- processes ----------------------------------------------------------------------------

    def start(self) -> None:
        """Start one more process."""
        process = Process(self.wire, self.settings, self.clock)
        self.processes = [*(other for other in self.processes if not other.dead), process]
        process.start()

    def _living(self) -> list[Process]:
        return [process for process in self.processes if not process.dead]

    def doom(self, step: plans.Die) -> None:
        """Let a process die at a call to come; another one is started after a while."""
        if living := self._living():
            process = self.wire.luck.choice(living)
            process.deaths.append((step.skip, step.done))

            def died() -> None:
                self.met["died " + ("after a call" if step.done else "before a call")] += 1
                # Nobody's task: one of the process would die with it.
                later = self._start_later(step.down)
                asyncio.create_task(later, context=contextvars.Context())  # noqa: RUF006 - the loop holds it

            process.on_death = died

    async def _start_later(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self.start()

    def replace(self) -> None:
        """Stop a process gently while another one takes its place."""
        if living := self._living():
            self.met["stopped"] += 1
            living[0].stop()
            self.start()


def build_world(plan: plans.Plan, clock: ChaosClock) -> World:
    """The organisation as it stands before anything happens."""
    github = Sandbox(clock, seed=plan.luck)
    build(github, *plans.SIGS, files={CONFIG: f"propose:\n  counts: {plan.counts}\n"})
    site = github.repository(SITE)
    site.record.delete_branch_on_merge = plan.tidy
    site.create_issue("Talk")
    app = github.create_app("status-bot", PERMISSIONS, EVENTS, "http://bot.test/webhook", SECRET)
    installation = github.install(app, ORGANIZATION)
    github.state.url = URL_OF_GITHUB
    github.state.listener = github._hooks
    sigs = tuple(github.repository(f"{ORGANIZATION}/{label.lower()}") for label in plans.SIGS)
    history = History(github, lambda: facts_of(github, sigs))
    settings = Settings(
        app_id=app.id,
        private_key=app.private_key,
        webhook_secrets=(SECRET,),
        api_url=API_URL,
        resync_minutes=RESYNC_SECONDS / 60,
    )
    wire = Wire(github, clock, Random(plan.luck))  # noqa: S311 - repeatable on purpose
    return World(plan, github, clock, wire, history, Oracle(history), settings, installation, sigs=sigs)


async def _run(plan: plans.Plan) -> Result:
    watch_tasks()
    clock = ChaosClock()
    world = build_world(plan, clock)
    loop = asyncio.get_running_loop()

    def lost(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        world.history.wrong(f"nobody looked at an exception: {context.get('exception')!r}")

    loop.set_exception_handler(lost)
    bringing = asyncio.create_task(world.post.run())
    world.history.note()
    world.history.listen()
    for _ in range(plan.replicas):
        world.start()
    await clock.advance(20.0)
    acts = Acts(world)
    for step in plan.steps:
        await clock.advance(step.after)
        acts.perform(step)
        world.met[type(step).__name__] += 1
    await clock.advance(AFTERMATH_SECONDS)
    await _come_to_rest(world, acts)
    result = Result(
        tuple(world.history.violations), world.met + world.wire.injected + world.post.met, world.wire.calls
    )
    for process in world.processes:
        process.on_death = lambda: None
        process.kill()
    bringing.cancel()
    await clock.settle()
    return result


async def _come_to_rest(world: World, acts: Acts) -> None:
    """The faults stop, time passes, and what stands then is judged."""
    world.wire.mend()
    world.post.mend()
    for process in world.processes:
        process.deaths.clear()
    acts.mend()
    mended = world.history.now()
    await world.clock.advance(CALM_SECONDS)
    await world.clock.advance(REST_SECONDS)
    writes = world.wire.writes
    await world.clock.advance(STILL_SECONDS)
    if world.wire.writes != writes:
        world.history.wrong(f"it never comes to rest: {world.wire.writes - writes} more writes")
    world.oracle.judge(mended)
    for process in world._living():
        assert process.bot is not None
        for key, failure in process.bot.queue.failures.items():
            world.history.wrong(f"{key} fails time after time: {failure.error}")


def run(plan: plans.Plan) -> Result:
    """Let one plan happen, from beginning to end."""
    random.seed(plan.luck)
    seldom = mock.patch.object(sweep, "EVERY_SECONDS", SWEEP_SECONDS)
    with without_sockets(), numbered_anew(), seldom, uncollected(), capture_logs() as logs:
        result = asyncio.run(_run(plan))
    return replace(result, trace=tuple(_line(entry) for entry in logs))


@contextmanager
def uncollected() -> Iterator[None]:
    """Within this, no garbage is looked for: a tenth of the time, and a run leaves little."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _line(entry: Any) -> str:  # noqa: ANN401 - whatever was logged
    return " ".join(
        f"{name}={value}" for name, value in entry.items() if name not in ("log_level", "exc_info")
    )
