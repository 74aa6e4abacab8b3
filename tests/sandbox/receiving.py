"""An app that listens to the sandbox, for the tests of webhooks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web

from bot.clock import Clock
from bot.sandbox import App, Repo, Sandbox, Server
from tests.sandbox.asking import ORGANIZATION, PERMISSIONS, Client, json_web_token, site

SECRET = "s3cret"
EVENTS = [
    "release",
    "milestone",
    "issues",
    "pull_request",
    "push",
    "create",
    "delete",
    "issue_comment",
    "repository",
]


@dataclass
class Receiver:
    """An app's end: keeps what came and answers ``status``."""

    url: str = ""
    status: int = 200
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, text="so be it")

    @property
    def events(self) -> list[str]:
        """What came, as ``event.action``."""
        return [
            ".".join(filter(None, (headers["X-GitHub-Event"], json.loads(body).get("action"))))
            for headers, body in self.requests
        ]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class Scene:
    """A served sandbox, an app that listens, and the site."""

    github: Sandbox
    receiver: Receiver
    app: App
    repo: Repo

    async def events(self) -> list[str]:
        """What has come since the last look."""
        await self.github.delivered()
        found = self.receiver.events
        self.receiver.requests.clear()
        return found


@asynccontextmanager
async def scene(github: Sandbox, events: list[str] | None = None) -> AsyncIterator[Scene]:
    repo = site(github)
    async with receiving() as receiver, github.serve():
        app = github.create_app(
            "status-bot", PERMISSIONS, EVENTS if events is None else events, receiver.url, SECRET
        )
        github.install(app, ORGANIZATION)
        told = Scene(github, receiver, app, repo)
        assert await told.events() == ["ping", "installation.created"]
        yield told


@asynccontextmanager
async def speaking(github: Sandbox, told: Scene, clock: Clock) -> AsyncIterator[Client]:
    """A client of the sandbox that is served already, speaking as the app."""
    async with ClientSession() as session:
        yield Client(session, Server(github.state.url), json_web_token(told.app, clock))
