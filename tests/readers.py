"""The app in front of a sandbox GitHub: what it asks there, and answers staged for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.app import running
from bot.github.client import Client
from bot.github.credentials import PersonalToken
from bot.github.hub import GitHub
from bot.look import endpoints_of
from bot.sandbox import Installation, RequestRecord, Response, Sandbox
from bot.status.ladder import Sig
from tests.clocks import FakeClock
from tests.world import EVENTS, ORGANIZATION, PERMISSIONS, SECRET, World, free_port, settings_of


@dataclass
class Access:
    """The app as it is installed on one organisation, and the ways in which it asks."""

    github: Sandbox
    installation: Installation
    hub: GitHub
    session: aiohttp.ClientSession
    api_url: str
    clock: FakeClock

    @property
    def client(self) -> Client:
        """Reads everything that the installation reaches."""
        return self.hub.reader(self.installation.id)

    def client_of(self, login: str) -> Client:
        """Reads with a person's own token."""
        token = PersonalToken(self.github.personal_token(login))
        return Client(self.session, endpoints_of(self.api_url), token, self.clock)


@asynccontextmanager
async def access(github: Sandbox, clock: FakeClock, organization: str) -> AsyncIterator[Access]:
    """Serve the sandbox, with the app installed on all repositories of an organisation."""
    app = github.create_app(slug="status-bot", permissions=PERMISSIONS)
    installation = github.install(app, organization)
    async with github.serve() as server, aiohttp.ClientSession() as session:
        hub = GitHub(session, endpoints_of(server.api_url), str(app.id), app.private_key, clock)
        yield Access(github, installation, hub, session, server.api_url, clock)


@asynccontextmanager
async def begun(github: Sandbox, clock: FakeClock, organization: str = ORGANIZATION) -> AsyncIterator[World]:
    """The bot in front of a GitHub that may not answer, not yet at rest."""
    port = free_port()
    app = github.create_app(
        slug="status-bot",
        permissions=PERMISSIONS,
        events=EVENTS,
        webhook_url=f"http://127.0.0.1:{port}/webhook",
        webhook_secret=SECRET,
    )
    github.install(app, organization)
    async with github.serve() as server:
        settings = settings_of(app, server.api_url, port)
        async with running(settings, clock) as bot:
            yield World(github, bot, clock)


def queries(github: Sandbox, name: str) -> list[Mapping[str, Any]]:
    """What was sent as GraphQL queries of this name so far."""
    return [sent for record in github.requests if (sent := query_in(record, name)) is not None]


def query_in(record: RequestRecord, name: str) -> Mapping[str, Any] | None:
    """What a request sent, where it is a GraphQL query of this name."""
    if record.path != "/graphql":
        return None
    sent: Mapping[str, Any] = record.sent
    return sent if sent["query"].startswith(f"query {name}") else None


def names_in(query: Mapping[str, Any]) -> list[str]:
    """The names of the repositories that a query asks for, without their owners."""
    variables = query["variables"]
    return [variables[key] for key in variables if key.startswith("n") and key[1:].isdecimal()]


def stage(github: Sandbox, name: str, answer: Response, *culprits: str, least: int = 0) -> None:
    """Answer queries of a name so, where they ask for a culprit (if there are any) or for that many."""

    def staged(record: RequestRecord) -> Response | None:
        query = query_in(record, name)
        if query is None:
            return None
        asked = names_in(query)
        concerned = not culprits or bool(set(culprits) & set(asked))
        return answer if concerned and len(asked) >= least else None

    github.intercept(staged)


def sig_of(repository: str, component: str | None = None, *, prereleases: bool = False) -> Sig:
    """A row for a repository, labelled with its name."""
    return Sig(repository.partition("/")[2], repository, component=component, prereleases=prereleases)
