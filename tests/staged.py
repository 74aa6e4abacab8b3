"""The bot where more is staged around it: several replicas side by side, a fork that it proposes from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web

from bot.app import Bot, running
from bot.sandbox import App, Installation, Repo, Sandbox
from tests.clocks import FakeClock
from tests.world import (
    CONFIG,
    EVENTS,
    ORGANIZATION,
    PERMISSIONS,
    SECRET,
    SITE,
    World,
    build,
    free_port,
    settings_of,
)

FORKS_OWNER = "bots"
FORK = f"{FORKS_OWNER}/opentelemetry.io"
FROM_FORK = f"propose:\n  fork: {FORK}\n"


@dataclass
class Stage(World):
    """A world with as many replicas as were asked for; ``bot`` is the first of them."""

    app: App
    organisation: Installation
    replicas: list[Bot] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    """The replicas, by their places, that deliveries are brought to; at first all of them."""

    @property
    def fork(self) -> Repo:
        """The repository that is proposed from."""
        return self.github.repository(FORK)

    def minted(self) -> list[Mapping[str, Any]]:
        """What each installation token was asked for, with the ``installation`` it belongs to."""
        return [
            {**record.sent, "installation": int(record.path.split("/")[3])}
            for record in self.github.requests
            if record.path.endswith("/access_tokens")
        ]

    async def rest(self) -> None:
        """Let every delivery arrive and every replica do what does not wait for hours."""
        for _ in range(3):
            await self.github.delivered()
            await self.clock.until(lambda: all(bot.queue.idle for bot in self.replicas), within_seconds=3600)


def build_with_fork(github: Sandbox, *labels: str, config: str = FROM_FORK) -> Repo:
    """An organisation with its SIGs and its site, and a fork of the site; gives the fork."""
    build(github, *labels, files={CONFIG: config})
    return github.repository(SITE).fork(FORKS_OWNER)


@asynccontextmanager
async def stage(
    github: Sandbox,
    clock: FakeClock,
    *,
    replicas: int = 1,
    accounts: tuple[str, ...] = (ORGANIZATION,),
    on_the_fork: bool = False,
    permissions: Mapping[str, str] = PERMISSIONS,
    resync_minutes: float = 6 * 60,
) -> AsyncIterator[Stage]:
    """The bot at rest after its first look around, with every delivery brought to every replica.

    The app is installed on all repositories of the ``accounts``, of which the first is the organisation.

    With ``on_the_fork`` the app may write contents (and whatever else ``permissions`` say) there
    alone, and can only read those of the organisation.
    """
    ports = [free_port() for _ in range(replicas)]
    async with AsyncExitStack() as stack:
        told = set(range(replicas))
        address = await stack.enter_async_context(_relay(ports, told))
        app = github.create_app("status-bot", permissions, EVENTS, address, SECRET)
        organisation, *_ = [github.install(app, account) for account in accounts]
        if on_the_fork:
            organisation.permissions.pop("workflows", None)
            organisation.permissions["contents"] = "read"
            github.install(app, FORKS_OWNER)
        server = await stack.enter_async_context(github.serve())
        bots = [
            await stack.enter_async_context(
                running(
                    replace(settings_of(app, server.api_url, port), resync_minutes=resync_minutes),
                    clock,
                )
            )
            for port in ports
        ]
        staged = Stage(github, bots[0], clock, app, organisation, bots, told)
        await staged.rest()
        yield staged


@asynccontextmanager
async def _relay(ports: list[int], told: set[int]) -> AsyncIterator[str]:
    """An address from which deliveries go to those of the ports whose places are told; one answer will do."""

    async def pass_on(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}

        async def deliver(port: int) -> int:
            url = f"http://127.0.0.1:{port}/webhook"
            async with session.post(url, data=body, headers=headers) as response:
                return response.status

        statuses = await asyncio.gather(*(deliver(ports[place]) for place in sorted(told)))
        return web.Response(status=statuses[0])

    application = web.Application()
    application.router.add_post("/webhook", pass_on)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    finally:
        await runner.cleanup()
