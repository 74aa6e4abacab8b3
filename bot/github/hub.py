"""The identities that the bot has at one GitHub, each with a client of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
from cachetools import LRUCache

from bot.calls import NO_CALLS, Calls
from bot.clock import Clock
from bot.github.client import CACHED_BYTES, Client, Endpoints
from bot.github.credentials import (
    ANSWER,
    CHECK,
    COMMIT,
    LOOK_INTO,
    PROPOSE,
    READ,
    WORKFLOWS,
    WRITE,
    AppKey,
    InstallationToken,
    InstallationTokens,
    PersonalToken,
    Scope,
)
from bot.github.errors import Forbidden, NotFound, NoToken, Refused
from bot.github.installations import Installation, of_the_app, read_installation_on
from bot.github.limits import Limits
from bot.github.model import Fork

MAX_CLIENTS = 500
WRITER_CACHED_BYTES = 256 * 1024
"""There is one for each site and job, and what they read is hardly ever asked for again."""
EVERYTHING: Mapping[str, str] = {**WRITE, **WORKFLOWS}
"""What an installation may have granted, where nobody can tell."""


class Reader(Protocol):
    """Whoever can say with which client an installation's repositories are read."""

    def reader(self, installation_id: int) -> Client:
        """A client that can read and nothing else."""
        ...

    def fork_reader(self, installation_id: int) -> Client:
        """A client that can read files and branches and nothing else."""
        ...

    async def installation_on(self, full_name: str) -> Installation | None:
        """The installation that covers a repository, where there is one."""
        ...

    async def slug(self) -> str:
        """The app's name in ``slug[bot]``; ``""`` where nobody can tell."""
        ...


class GitHub:
    """The app at one GitHub: itself, and its installations by tokens as narrow as the job."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoints: Endpoints,
        app_id: str,
        private_key: str,
        clock: Clock,
        calls: Calls = NO_CALLS,
    ) -> None:
        self.app_id = app_id
        self._session = session
        self._endpoints = endpoints
        self._clock = clock
        self._calls = calls
        key = AppKey(app_id, private_key, clock)
        limits = Limits(clock, paced=False)
        self.app = Client(session, endpoints, key, clock, name="app", calls=calls, limits=limits)
        self._tokens = InstallationTokens(self._mint, clock)
        # Two installations must never see each other's cached answers, and an ETag holds for one token.
        self._clients: LRUCache[Scope, Client] = LRUCache(MAX_CLIENTS)
        self._limits: defaultdict[int, Limits] = defaultdict(lambda: Limits(clock))
        self._slug: str | None = None
        self.page = ""
        """The app's own page, once its name was asked for."""

    async def _mint(self, installation_id: int, body: dict[str, Any]) -> Mapping[str, Any]:
        number = str(installation_id)
        try:
            answer: Mapping[str, Any] = await self.app.send(
                "POST", "/app/installations/{id}/access_tokens", body, id=number
            )
        except (Forbidden, NotFound, Refused) as error:
            # Whoever asks for a file must not take this for an answer about it.
            raise NoToken(f"installation {number}: {error}") from error
        return answer

    async def slug(self) -> str:
        """The app's name in mentions and in ``slug[bot]``; asked once."""
        if self._slug is None:
            with of_the_app():
                answer = await self.app.get("/app")
            self._slug = str(answer["slug"])
            self.page = str(answer["html_url"])
        return self._slug

    def reader(self, installation_id: int) -> Client:
        """Reads every repository of an installation; can write nothing."""
        return self._client(Scope(installation_id, (), tuple(READ.items())), "read")

    def writer(self, installation_id: int, repository_id: int) -> Client:
        """Proposes on one repository; reaches no other."""
        return self._client(Scope(installation_id, (repository_id,), tuple(WRITE.items())), "write")

    def answerer(self, installation_id: int, repository_id: int) -> Client:
        """Answers comments on one repository; reaches no other, and no contents."""
        return self._client(Scope(installation_id, (repository_id,), tuple(ANSWER.items())), "answer")

    def proposer(self, installation_id: int, repository_id: int) -> Client:
        """Proposes from a fork to one repository; reaches no other, and no contents."""
        return self._client(Scope(installation_id, (repository_id,), tuple(PROPOSE.items())), "propose")

    def checker(self, installation_id: int, repository_id: int) -> Client:
        """Checks the pull requests of one repository; reaches no other, and writes nothing else."""
        return self._client(Scope(installation_id, (repository_id,), tuple(CHECK.items())), "check")

    def fork_reader(self, installation_id: int) -> Client:
        """Reads the files and branches of a fork; can write nothing."""
        return self._client(Scope(installation_id, (), tuple(LOOK_INTO.items())), "fork")

    def committer(self, fork: Fork) -> Client:
        """Commits to one fork; reaches no other repository, and nobody's pull requests."""
        permissions = {**COMMIT, **(WORKFLOWS if fork.may_write_workflows else {})}
        scope = Scope(fork.installation_id, (fork.repository_id,), tuple(permissions.items()))
        return self._client(scope, "commit")

    async def installation_on(self, full_name: str) -> Installation | None:
        """The installation that covers a repository; ``None`` where the app is not installed on it."""
        return await read_installation_on(self.app, full_name)

    def _client(self, scope: Scope, what: str) -> Client:
        client = self._clients.get(scope)
        if client is None:
            name = f"installation {scope.installation_id} ({what})"
            credential = InstallationToken(self._tokens, scope)
            client = self._clients[scope] = Client(
                self._session,
                self._endpoints,
                credential,
                self._clock,
                name=name,
                calls=self._calls,
                cached_bytes=WRITER_CACHED_BYTES if scope.repository_ids else CACHED_BYTES,
                limits=self._limits[scope.installation_id],
            )
        return client


class PersonalGitHub:
    """A person's token in place of the app, to look before installing anything."""

    def __init__(
        self, session: aiohttp.ClientSession, endpoints: Endpoints, token: str, clock: Clock
    ) -> None:
        self._client = Client(session, endpoints, PersonalToken(token), clock, name="GITHUB_TOKEN")

    def reader(self, installation_id: int) -> Client:  # noqa: ARG002 - a person has no installations
        """The same client for everything that can be read."""
        return self._client

    def fork_reader(self, installation_id: int) -> Client:  # noqa: ARG002 - a person has no installations
        """The same client."""
        return self._client

    async def slug(self) -> str:
        """A person's token does not say which app looks after a site."""
        return ""

    async def installation_on(self, full_name: str) -> Installation | None:
        """As if the app were installed everywhere, which a person's token cannot tell."""
        return Installation(0, full_name.partition("/")[0], suspended=False, permissions=EVERYTHING)
