"""A real process is killed, or told to stop, in the middle of its work; another goes on. What stands?"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
import pytest

from bot.app import running
from bot.clock import SystemClock
from bot.marker import read_marker
from bot.replay import deliver
from bot.sandbox import App, PullRequest, RequestRecord, Sandbox
from bot.settings import Settings
from tests import commands
from tests.commands import Command
from tests.world import (
    BOT,
    BRANCH,
    CONFIG,
    EVENTS,
    ORGANIZATION,
    OUTPUT,
    PERMISSIONS,
    SECRET,
    SITE,
    build,
    free_port,
    settings_of,
)

WISHES = "propose:\n  labels: [docs]\n  reviewers: [ada]\n  automerge: true\n"
WRITES = 7
"""Tree, commit, branch, pull request, labels, reviewers, auto-merge."""


@pytest.fixture
def clock() -> SystemClock:
    """A process of its own lives by the machine's clock, and so must the GitHub that it talks to."""
    return SystemClock()


@dataclass
class Running:
    """One process of the bot, and where it listens."""

    process: Command
    url: str

    async def ended(self) -> int:
        """How it ended."""
        return await self.process.wait(40)


@asynccontextmanager
async def started(app: App, api_url: str) -> AsyncIterator[Running]:
    """``status-bot serve`` as a host would start it; killed in the end if it still runs."""
    port = free_port()
    environ = {
        "APP_ID": str(app.id),
        "PRIVATE_KEY": app.private_key,
        "WEBHOOK_SECRET": SECRET,
        "GITHUB_API_URL": api_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DEBOUNCE_SECONDS": "0",
        "LOG_LEVEL": "error",
    }
    async with commands.started("serve", environ=environ) as process:
        yield Running(process, f"http://127.0.0.1:{port}")


def settings_for(app: App, api_url: str) -> Settings:
    """The same bot in this process, which starts sooner."""
    return replace(settings_of(app, api_url, free_port()), debounce_seconds=0)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(1500):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail("the condition never came true")


def is_write(record: RequestRecord) -> bool:
    automerge = b"mutation Automerge" in record.request_body
    return automerge or (record.method != "GET" and record.path.startswith("/repos/"))


def built(github: Sandbox) -> App:
    build(github, "Python", files={CONFIG: WISHES})
    github.repository(SITE).protect(approvals=1)
    app = github.create_app("status-bot", PERMISSIONS, EVENTS)
    github.install(app, ORGANIZATION)
    return app


def is_whole(pull: PullRequest) -> bool:
    """Whether a proposal has all that its site wishes for it."""
    return (pull.labels, pull.requested_reviewers, pull.auto_merge_by) == (["docs"], ["ada"], BOT)


async def killed_at(number: int) -> None:
    """Kill the process as its so manieth write comes in, start another, and see what it makes of that."""
    github = Sandbox(seed=number)
    app, site = built(github), github.repository(SITE)
    writes: list[RequestRecord] = []
    async with github.serve() as server:
        async with started(app, server.api_url) as bot:

            def kill(record: RequestRecord) -> None:
                if is_write(record):
                    writes.append(record)
                    if len(writes) == number:
                        bot.process.kill()
                        raise ConnectionResetError

            github.intercept(kill)
            assert await bot.ended() == -signal.SIGKILL
        github.intercept(None)
        github.requests.clear()
        async with running(settings_for(app, server.api_url)) as another:
            await until(lambda: any(map(is_whole, site.pulls())) and another.queue.idle)
    [pull] = site.pulls(state="all")
    marker = read_marker(pull.body)
    assert marker is not None
    assert marker.commit == site.tip(BRANCH) == site.log(BRANCH)[0].sha
    assert [commit.author for commit in site.log(BRANCH)].count(BOT) == 1, "nothing is committed twice"
    assert "label: Python" in str(site.file(OUTPUT, ref=BRANCH))
    assert (pull.comments, len(site.issues(state="all"))) == ([], 0)
    assert len([record for record in github.requests if is_write(record)]) <= WRITES + 1


async def test_killed_at_any_write_the_next_process_brings_it_to_its_end() -> None:
    await asyncio.gather(*(killed_at(number) for number in range(1, WRITES + 1)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_finishes_what_it_is_at_and_takes_nothing_more(
    github: Sandbox, number: signal.Signals
) -> None:
    app, site = built(github), github.repository(SITE)
    at_it, go_on = asyncio.Event(), asyncio.Event()

    async def wait(record: RequestRecord) -> None:
        if is_write(record):
            at_it.set()
            await go_on.wait()

    github.intercept(wait)
    async with github.serve() as server, started(app, server.api_url) as bot:
        await asyncio.wait_for(at_it.wait(), 30)
        bot.process.send_signal(number)
        async with aiohttp.ClientSession() as session:
            await until_closed(session, bot.url)
            async with session.get(f"{bot.url}/ready") as response:
                assert (response.status, (await response.json())["queue"]) == (503, "The bot is stopping.")
        go_on.set()
        assert await bot.ended() == 0
    assert is_whole(site.pulls()[0]), "the run was finished"


async def until_closed(session: aiohttp.ClientSession, url: str) -> None:
    """Send deliveries until one is refused, as GitHub and its redelivery understand it."""
    for _ in range(200):
        answer = await deliver(f"{url}/webhook", "ping", b"{}", SECRET)
        if answer.status == 503:
            break
        await asyncio.sleep(0.02)
    async with session.post(f"{url}/webhook", data=b"{}") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "60")


async def test_told_to_stop_before_anything_has_begun_it_ends_in_good_order() -> None:
    """Half a second goes by before it listens for signals, and hosts take back what they have started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-m", "bot", "serve"),
        env={"PATH": os.environ["PATH"]},  # with which it would end otherwise too, and say so
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b" aiohttp." not in (line := await process.stderr.readline()):
        assert line, "it ended by itself"
    process.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"cannot start" not in said


async def test_told_twice_it_ends_at_once(github: Sandbox) -> None:
    app = built(github)
    at_it = asyncio.Event()

    async def hang(record: RequestRecord) -> None:
        if is_write(record):
            at_it.set()
            await asyncio.sleep(60)

    github.intercept(hang)
    async with github.serve() as server, started(app, server.api_url) as bot:
        await asyncio.wait_for(at_it.wait(), 30)
        bot.process.send_signal(signal.SIGTERM)
        async with aiohttp.ClientSession() as session:
            await until_closed(session, bot.url)
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.process.wait(3) == 0
