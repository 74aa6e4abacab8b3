"""A small world to tell stories in: an organisation on a sandbox GitHub, its site, and the bot."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml

from bot.app import Bot, running
from bot.sandbox import Issue, PullRequest, Repo, Sandbox
from bot.sandbox.apps import App
from bot.settings import Settings
from bot.telemetry import NO_TELEMETRY, Telemetry
from tests.clocks import FakeClock

ORGANIZATION = "open-telemetry"
SITE = f"{ORGANIZATION}/opentelemetry.io"
SOURCE = "data/progress_source.yaml"
OUTPUT = "data/progress_generated.yaml"
CONFIG = ".github/status-bot.yml"
BRANCH = "status-bot/main"
BOT = "status-bot[bot]"
SECRET = "it is a secret"
PERMISSIONS = {"metadata": "read", "contents": "write", "issues": "write", "pull_requests": "write"}
CHECKING = {**PERMISSIONS, "checks": "write"}
"""What the app asks for; an installation that is older may not have granted the last of it."""
EVENTS = ["release", "milestone", "issues", "pull_request", "push", "repository", "issue_comment"]


def source_of(*labels: str, columns: tuple[str, ...] = ("v0.1", "v0.2", "v0.3", "beta", "v1.0")) -> str:
    """A source with a row for each label, whose repository is named after it."""
    ladder = "".join(f'  - label: "{column}"\n' for column in columns)
    return f"# the ladder\ncolumns:\n{ladder}data:\n" + "".join(map(row_of, labels))


def row_of(label: str) -> str:
    """One row as a person writes it."""
    return (
        f"  - label: {label}\n"
        f"    sourceUrl: https://github.com/{ORGANIZATION}/{label.lower()}\n"
        "    msLabel: v0.1\n"
        "    openIssues: 0\n"
        "    closedIssues: 0\n"
        "    totalIssues: 0\n"
        '    releaseName: "n/a"\n'
        '    releaseDescription: "n/a"\n'
        '    releaseUrl: ""\n'
    )


def build(github: Sandbox, *labels: str, files: Mapping[str, str] | None = None) -> None:
    """An organisation with a repository for each label, and a site that names them all."""
    github.create_organization(ORGANIZATION)
    github.create_user("ada")
    for label in labels:
        github.create_repository(f"{ORGANIZATION}/{label.lower()}", files={"README.md": f"# {label}\n"})
    github.create_repository(
        SITE, files={"README.md": "# site\n", SOURCE: source_of(*labels), CONFIG: "", **(files or {})}
    )
    github.repository(SITE).add_collaborator("ada", "maintain")


@dataclass
class World:
    """The sandbox, the bot in front of it, and the clock that both live by."""

    github: Sandbox
    bot: Bot
    clock: FakeClock

    @property
    def site(self) -> Repo:
        """The site's repository."""
        return self.github.repository(SITE)

    def sig(self, label: str) -> Repo:
        """A SIG's repository."""
        return self.github.repository(f"{ORGANIZATION}/{label.lower()}")

    def read(self, path: str, ref: str = "main") -> str:
        """A file of the site that must be there."""
        text = self.site.file(path, ref=ref)
        assert text is not None, f"there is no {path} on {ref}"
        return text

    def proposed(self) -> dict[str, dict[str, Any]]:
        """The rows of the proposed output by their labels, as Hugo would read them."""
        return {row["label"]: row for row in yaml.safe_load(self.read(OUTPUT, BRANCH))["data"]}

    def the_proposal(self) -> PullRequest:
        """The one that is open."""
        [pull] = self.site.pulls(state="open")
        return pull

    def reports(self, state: Literal["open", "closed", "all"] = "open") -> list[Issue]:
        """The issues that the bot opened on the site."""
        return [issue for issue in self.site.issues(state=state) if issue.author == BOT]

    async def rest(self) -> None:
        """Let every delivery arrive and everything be done that does not wait for hours."""
        for _ in range(3):
            await self.github.delivered()
            await self.clock.until(lambda: self.bot.queue.idle, within_seconds=3600)


async def days_pass(story: World, days: int = 2) -> None:
    """Time for a bot that looks around twice a day; what its other timers do meanwhile is left out."""
    for _ in range(2 * days):
        await story.clock.jump(12 * 3600)
        await story.rest()


def _ports() -> Iterator[int]:
    """Each test process has its own, below those that systems give to connections."""
    lowest, highest = 10_000, 32_768
    share = (highest - lowest) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = lowest + share * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    begin = os.getpid() * 97 % share  # not where the run before has just ended
    return itertools.cycle(first + (begin + number) % share for number in range(share))


_PORTS = _ports()


def free_port() -> int:
    """A port on which nobody listens, and which nobody else is given."""
    for port in _PORTS:
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable: the ports come round again")


def settings_of(app: App, api_url: str, port: int) -> Settings:
    """Those of a bot that is this app and listens on this port."""
    return Settings(
        app_id=app.id,
        private_key=app.private_key,
        webhook_secrets=(SECRET,),
        host="127.0.0.1",
        port=port,
        api_url=api_url,
    )


@asynccontextmanager
async def world(
    github: Sandbox,
    clock: FakeClock,
    *,
    public_url: str | None = None,
    resync_minutes: float = 30,
    permissions: Mapping[str, str] = PERMISSIONS,
    telemetry: Telemetry = NO_TELEMETRY,
    port: int | None = None,
) -> AsyncIterator[World]:
    """The bot, installed on the organisation and at rest after its first look around."""
    port = port or free_port()
    app = github.create_app(
        slug="status-bot",
        permissions=permissions,
        events=EVENTS,
        webhook_url=f"http://127.0.0.1:{port}/webhook",
        webhook_secret=SECRET,
    )
    github.install(app, ORGANIZATION, repositories="all")
    async with github.serve() as server:
        configured = replace(
            settings_of(app, server.api_url, port), public_url=public_url, resync_minutes=resync_minutes
        )
        async with running(configured, clock, telemetry) as bot:
            told = World(github, bot, clock)
            await told.rest()
            yield told
