"""A plain client for the tests of the sandbox: asks, and shows what came back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import ClientSession
from yarl import URL

from bot.clock import Clock
from bot.sandbox import App, Repo, Sandbox, Server

ORGANIZATION = "org"
SITE = "org/site"
PERMISSIONS = {
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "metadata": "read",
}


@dataclass(frozen=True)
class Answer:
    """What came back; ``body`` is JSON where it is, else text."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def message(self) -> str:
        return str(self.body["message"])

    @property
    def links(self) -> dict[str, str]:
        """The ``Link`` header: addresses by their relation."""
        parts = (part.partition(">; rel=") for part in self.headers.get("Link", "").split(", ") if part)
        return {rel.strip('"'): url.removeprefix("<") for url, _, rel in parts}


@dataclass(frozen=True)
class Client:
    """Asks in one name; ``root`` is the shape of the API that it uses."""

    session: ClientSession
    server: Server
    credentials: str = ""
    root: str = "/api/v3"

    def of(self, credentials: str) -> Client:
        """The same in another name."""
        return Client(self.session, self.server, credentials, self.root)

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send a request; underscores in a header's name stand for hyphens."""
        url = path if path.startswith("http") else self.server.url + self.root + path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.credentials:
            sent["Authorization"] = f"Bearer {self.credentials}"
        data = None if body is None else json.dumps(body)
        target = URL(url, encoded=True)
        async with self.session.request(
            method, target, data=data, headers=sent, allow_redirects=False
        ) as answer:
            content = await answer.read()
            is_json = answer.content_type == "application/json" and content
            return Answer(
                answer.status,
                answer.headers,
                json.loads(content) if is_json else content.decode(errors="replace"),
            )

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: object = None) -> Answer:
        return await self.ask("POST", path, {} if body is None else body)

    async def graphql(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - any JSON
        """A GraphQL answer's body."""
        path = f"{self.server.url}/api/graphql"
        return (await self.ask("POST", path, {"query": query, "variables": variables})).body


@asynccontextmanager
async def asking(github: Sandbox, credentials: str = "") -> AsyncIterator[Client]:
    """The sandbox, served, and a client in front of it."""
    async with github.serve() as server, ClientSession() as session:
        yield Client(session, server, credentials)


def site(github: Sandbox, **files: str) -> Repo:
    """An organization, and its site with a file in it."""
    github.create_organization(ORGANIZATION, owners=["olga"])
    return github.create_repository(
        SITE, files=files or {"data/page.yaml": "a: 1\n", "README.md": "# Site\n"}
    )


def app_on(github: Sandbox, **permissions: str) -> tuple[App, str]:
    """An app on the organization, and a token of its installation."""
    app = github.create_app("status-bot", permissions or PERMISSIONS, webhook_secret="s3cret")
    return app, github.installation_token(github.install(app, ORGANIZATION))


def json_web_token(app: App, clock: Clock, **claims: object) -> str:
    """What the app signs to speak as itself."""
    now = int(clock.now().timestamp())
    return jwt.encode(
        {"iss": str(app.id), "iat": now - 60, "exp": now + 540, **claims}, app.private_key, "RS256"
    )
