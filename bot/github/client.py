"""One identity's way to GitHub: time-outs, redirects, retries and logging in one place.

Everything that gidgethub sends passes through ``Client._request``, and GraphQL beside it through the same
few methods, so that the rules stand there and nowhere else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

import aiohttp
import structlog
from gidgethub import sansio
from gidgethub.aiohttp import GitHubAPI
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from bot import __version__
from bot.calls import NO_CALLS, Calls, asking
from bot.clock import Clock
from bot.github.answers import MOVED, Answer, GraphQLAnswer, body_of, graphql_answer, lies_within, translated
from bot.github.caching import BoundedCache
from bot.github.credentials import Credential
from bot.github.errors import GitHubError, RateLimited, TooMuch, Unavailable
from bot.github.limits import Limits, Pool, date_in

__all__ = ["Client", "Endpoints", "GraphQLAnswer"]

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=25, sock_connect=5)
"""GitHub itself gives a GraphQL query ten seconds."""
READ_ATTEMPTS = 3
MOST_REDIRECTS = 5
CACHED_BYTES = 4 * 2**20
"""What an identity keeps for its conditional requests: some hundreds of repositories and issues."""
RAW = "application/vnd.github.raw+json"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Endpoints:
    """Where the API is: ``https://api.github.com`` or a GitHub Enterprise Server's ``/api/v3``."""

    rest: str
    graphql: str

    def covers(self, url: str) -> bool:
        """Whether a URL belongs to the API, so that credentials may be sent there."""
        return url == self.graphql or lies_within(self.rest, url)


class Client(GitHubAPI):
    """gidgethub's client as one identity. Every failure is one of ``bot.github.errors``."""

    def __init__(  # noqa: PLR0913 - each that has a default has a name at the call
        self,
        session: aiohttp.ClientSession,
        endpoints: Endpoints,
        credential: Credential,
        clock: Clock,
        *,
        name: str = "app",
        calls: Calls = NO_CALLS,
        cached_bytes: int = CACHED_BYTES,
        limits: Limits | None = None,
    ) -> None:
        """``limits`` are shared with whoever GitHub counts together; left out, they are its own."""
        super().__init__(
            session,
            f"status-bot/{__version__}",
            base_url=endpoints.rest,
            cache=BoundedCache(cached_bytes),
        )
        self._endpoints = endpoints
        self._credential = credential
        self._clock = clock
        self._name = name
        self._calls = calls
        self._limits = limits or Limits(clock)

    async def sleep(self, seconds: float) -> None:
        """Wait by the clock that was passed in."""
        await self._clock.sleep(seconds)

    # -- what callers use ---------------------------------------------------------------------

    async def get(self, url: str, **url_vars: str) -> Any:
        """One item, by a conditional request where it was read before."""
        return await translated(self.getitem(url, url_vars))

    async def get_text(self, url: str, **url_vars: str) -> Any:
        """A file's raw text. Raises ``UnicodeDecodeError`` where it is not UTF-8."""
        return await translated(self.getitem(url, url_vars, accept=RAW))

    async def get_all(self, url: str, key: str = "items", **url_vars: str) -> list[Any]:
        """The items of every page; ``key`` names them where a page is an object."""

        async def collect() -> list[Any]:
            return [item async for item in self.getiter(url, url_vars, iterable_key=key)]

        return await translated(collect())

    async def get_while(self, wanted: Callable[[Any], bool], url: str, **url_vars: str) -> list[Any]:
        """The items of a list up to the first that is not wanted; pages after it are not asked for."""

        async def collect() -> list[Any]:
            items = []
            async for item in self.getiter(url, url_vars):
                if not wanted(item):
                    break
                items.append(item)
            return items

        return await translated(collect())

    async def send(
        self,
        method: str,
        url: str,
        data: object = b"",
        **url_vars: str,
    ) -> Any:
        """A writing request: ``POST``, ``PATCH``, ``PUT`` or ``DELETE``; never repeated from here."""
        calls: dict[str, Callable[..., Awaitable[Any]]] = {
            "POST": self.post,
            "PATCH": self.patch,
            "PUT": self.put,
            "DELETE": self.delete,
        }
        return await translated(calls[method](url, url_vars, data=data))

    async def add(self, url: str, data: object, **url_vars: str) -> bool:
        """``POST`` something that there is one of; whether it is new (201) or was there before (200)."""
        answer = await translated(self._make_request("POST", url, url_vars, data, sansio.accept_format()))
        return bool(answer[2] == HTTPStatus.CREATED)

    def turn_to_write(self) -> AbstractAsyncContextManager[None]:
        """To look whether something is still to be written, held until it is; writing alone needs no turn."""
        return self._limits.turn_to_write()

    async def query(self, document: str, **variables: object) -> GraphQLAnswer:
        """A GraphQL document. Partial data comes with its errors; a rate limit raises.

        gidgethub's own is not used: it stumbles over whatever is no proper answer.
        """
        body = json.dumps({"query": document, "variables": variables}).encode()
        headers = {
            **sansio.create_headers(self.requester, accept="application/json"),
            "content-type": "application/json; charset=utf-8",
            "content-length": str(len(body)),
        }
        url, writes = self._endpoints.graphql, document.startswith("mutation")
        with asking(document=document):
            answer = await self._in_turn("POST", url, headers, body, writes=writes)
        found = graphql_answer(answer)
        if found.is_rate_limited:
            raise self._held_back("GraphQL rate limit", "graphql", answer)
        return found

    # -- the one way out ----------------------------------------------------------------------

    async def _make_request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        """What every request of gidgethub's begins with, and nothing after it knows the URL's template."""
        with asking(url):
            return await super()._make_request(method, url, *rest, **named)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        """What gidgethub sends: a read is tried again, a write never is."""
        if method != "GET":
            # A reaction notifies nobody: that a command was seen need not wait for what is written.
            writes = not url.endswith("/reactions")
            return (await self._in_turn(method, url, headers, body, writes=writes)).as_gidgethub_wants_it
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(READ_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=5),
            retry=retry_if_exception_type(Unavailable),
            sleep=self._clock.sleep,
            before_sleep=self._tell_wait,
            reraise=True,
        ):
            with attempt:
                return (await self._followed(url, headers)).as_gidgethub_wants_it
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _tell_wait(self, state: RetryCallState) -> None:
        why = state.outcome.exception() if state.outcome else None
        seconds = round(state.upcoming_sleep, 1)
        log.info(
            "trying again", who=self._name, attempt=state.attempt_number, in_seconds=seconds, why=str(why)
        )

    async def _in_turn(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, writes: bool
    ) -> Answer:
        if not writes:
            return await self._authorized(method, url, headers, body)
        self._refuse_to_hurry(url)
        async with self._limits.turn_to_write():
            # A POST through a 301 would become a GET; a repository's new name is asked for instead.
            return await self._authorized(method, url, headers, body)

    async def _followed(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Read, under its new name where it has moved within the API; no other host is ever believed."""
        for _ in range(MOST_REDIRECTS):
            answer = await self._authorized("GET", url, headers, b"")
            if answer.status not in MOVED or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
        raise GitHubError(f"GET {url}: redirected more than {MOST_REDIRECTS} times.")

    async def _authorized(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send with a good token; one that is refused is replaced once."""
        if not self._endpoints.covers(url):
            raise GitHubError(f"Refused to ask {url}: it is not part of {self._endpoints.rest}.")
        self._refuse_to_hurry(url)
        token = await self._credential.authorization()
        answer = await self._sent(method, url, {**headers, "authorization": token}, body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            if not self._credential.forget(token, date_in(answer.headers.get("date", ""))):
                return answer
            log.info("token refused, asking for a new one", who=self._name)
            token = await self._credential.authorization()
            answer = await self._sent(method, url, {**headers, "authorization": token}, body)
        return answer

    async def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            with self._calls.sending(self._name, self._pool(url), method, url) as sending:
                async with self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=io.BytesIO(body) if body else None,  # in one piece a large body blocks the loop
                    allow_redirects=False,
                    timeout=REQUEST_TIMEOUT,
                ) as response:
                    answer = Answer(response.status, response.headers, await body_of(response))
                sending.answered(answer.status, answer.headers)
        except TimeoutError as error:
            raise TooMuch(f"{method} {url}: no answer within {REQUEST_TIMEOUT.total:.0f} s.") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            # Not chained: some of aiohttp's errors hold the request, and with it the token.
            raise Unavailable(f"{method} {url}: {type(error).__name__} {error}".rstrip()) from None
        log.debug("asked", who=self._name, method=method, url=url, status=answer.status)
        self._check(f"{method} {url}", answer, raw=headers.get("accept") == RAW)
        return answer

    def _pool(self, url: str) -> Pool:
        return "graphql" if url == self._endpoints.graphql else "rest"

    def _check(self, what: str, answer: Answer, *, raw: bool) -> None:
        """Raise for what concerns every caller alike: outages, limits, and what is not GitHub's."""
        status = answer.status
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = TooMuch if status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT) else Unavailable
            raise kind(f"{what}: GitHub answered {status}.")
        if answer.names_a_limit:
            pool = self._pool(what.partition(" ")[2])
            raise self._held_back(f"{what}: {status}", pool, answer)
        if not answer.is_githubs(raw=raw):
            kind_of_body = answer.headers.get("content-type", "nothing")
            raise Unavailable(f"{what}: answered {status} with {kind_of_body}, which is not GitHub's.")

    def _refuse_to_hurry(self, url: str) -> None:
        seconds = self._limits.wait_seconds(self._pool(url))
        if seconds > 0:
            raise RateLimited(f"GitHub asked {self._name} to wait {seconds:.0f} s more.", seconds)

    def _held_back(self, what: str, pool: Pool, answer: Answer) -> RateLimited:
        seconds = self._limits.obey(pool, answer.headers)
        log.warning("rate limited", who=self._name, what=what, seconds=round(seconds))
        return RateLimited(f"{what}: GitHub asks to wait {seconds:.0f} s.", seconds)
