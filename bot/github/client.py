"""One identity's way to GitHub: time-outs, redirects, limits, retries and logging in one place.

Everything that gidgethub sends passes through ``Client._request``; the hooks it offers beside that
are not called for GraphQL, so the rules stand there and nowhere else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import gidgethub
import structlog
from gidgethub import sansio
from gidgethub.aiohttp import GitHubAPI
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bot import __version__
from bot.clock import Clock
from bot.github.caching import BoundedCache
from bot.github.credentials import Credential
from bot.github.errors import (
    Forbidden,
    GitHubError,
    NotFound,
    RateLimited,
    Refused,
    TooMuch,
    Unauthorized,
    Unavailable,
)

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=25, connect=5)
"""GitHub itself gives a GraphQL query ten seconds."""
READ_ATTEMPTS = 3
CACHED_BYTES = 4 * 2**20
"""What an identity keeps for its conditional requests: some hundreds of repositories and issues."""
RAW = "application/vnd.github.raw+json"
SECONDARY_LIMIT_SECONDS = 60.0
"""GitHub: without ``retry-after`` wait at least a minute."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Endpoints:
    """Where the API is: ``https://api.github.com`` or a GitHub Enterprise Server's ``/api/v3``."""

    rest: str
    graphql: str

    def covers(self, url: str) -> bool:
        """Whether a URL belongs to the API, so that credentials may be sent there."""
        return url == self.graphql or url.startswith(self.rest.removesuffix("/") + "/")


Observer = Callable[[str, str, int, Mapping[str, str]], None]
"""Told of each answer: who asked, ``rest`` or ``graphql``, status, headers."""


def _ignore(_who: str, _kind: str, _status: int, _headers: Mapping[str, str]) -> None:
    """Observe nothing."""


@dataclass(frozen=True)
class GraphQLAnswer:
    """The data of a query, which may be partial, and the errors that say why."""

    data: Mapping[str, Any]
    errors: tuple[Mapping[str, Any], ...] = ()


class Client(GitHubAPI):
    """gidgethub's client as one identity. Every failure is one of ``bot.github.errors``."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoints: Endpoints,
        credential: Credential,
        clock: Clock,
        *,
        name: str = "app",
        observer: Observer = _ignore,
        cached_bytes: int = CACHED_BYTES,
    ) -> None:
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
        self._observer = observer
        self._quiet_until = float("-inf")

    async def sleep(self, seconds: float) -> None:
        """Wait by the clock that was passed in."""
        await self._clock.sleep(seconds)

    # -- what callers use ---------------------------------------------------------------------

    async def get(self, url: str, **url_vars: str) -> Any:
        """One item, by a conditional request where it was read before."""
        return await _translated(self.getitem(url, url_vars))

    async def get_text(self, url: str, **url_vars: str) -> Any:
        """A file's raw text. Raises ``UnicodeDecodeError`` where it is not UTF-8."""
        return await _translated(self.getitem(url, url_vars, accept=RAW))

    async def get_all(self, url: str, key: str = "items", **url_vars: str) -> list[Any]:
        """The items of every page; ``key`` names them where a page is an object."""

        async def collect() -> list[Any]:
            return [item async for item in self.getiter(url, url_vars, iterable_key=key)]

        return await _translated(collect())

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
        return await _translated(calls[method](url, url_vars, data=data))

    async def add(self, url: str, data: object, **url_vars: str) -> bool:
        """``POST`` something that there is one of; whether it is new (201) or was there before (200)."""
        answer = await _translated(self._make_request("POST", url, url_vars, data, sansio.accept_format()))
        return answer[2] == HTTPStatus.CREATED

    async def query(self, document: str, **variables: object) -> GraphQLAnswer:
        """A GraphQL document. Partial data comes with its errors; a rate limit raises."""
        try:
            data = await _translated(self.graphql(document, endpoint=self._endpoints.graphql, **variables))
        except gidgethub.QueryError as error:
            answer = GraphQLAnswer(error.response.get("data") or {}, tuple(error.response["errors"]))
        else:
            return GraphQLAnswer(data)
        if any(error.get("type") in ("RATE_LIMIT", "RATE_LIMITED") for error in answer.errors):
            raise self._hold_back(self._seconds_to_reset(), "GraphQL rate limit")
        return answer

    # -- the one way out ----------------------------------------------------------------------

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        if not self._endpoints.covers(url):
            raise GitHubError(f"Refused to ask {url}: it is not part of {self._endpoints.rest}.")
        attempts = READ_ATTEMPTS if method == "GET" else 1
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.5, max=5),
            retry=retry_if_exception_type(Unavailable),
            sleep=self._clock.sleep,
            reraise=True,
        ):
            with attempt:
                return await self._authorized(method, url, headers, body)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _authorized(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send with a good token; one that is refused is replaced once."""
        response = await self._send_once(method, url, headers, body)
        if response[0] == HTTPStatus.UNAUTHORIZED and self._credential.forget():
            log.info("token refused, asking for a new one", who=self._name)
            response = await self._send_once(method, url, headers, body)
        return response

    async def _send_once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        waiting = self._quiet_until - self._clock.monotonic()
        if waiting > 0:
            raise RateLimited(f"GitHub asked {self._name} to wait {waiting:.0f} s more.", waiting)
        signed = {**headers, "authorization": await self._credential.authorization()}
        try:
            async with self._session.request(
                method,
                url,
                headers=signed,
                data=io.BytesIO(body) if body else None,  # in one piece a large body blocks the loop
                # A POST through a 301 would become a GET; a repository's new name is asked for instead.
                allow_redirects=method == "GET",
                timeout=REQUEST_TIMEOUT,
            ) as response:
                answer = response.status, response.headers, await response.read()
        except TimeoutError as error:
            self._observer(self._name, self._kind(url), 0, {})
            raise TooMuch(f"{method} {url}: no answer within {REQUEST_TIMEOUT.total:.0f} s.") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            self._observer(self._name, self._kind(url), 0, {})
            raise Unavailable(f"{method} {url}: {type(error).__name__} {error}".rstrip()) from error
        self._observer(self._name, self._kind(url), answer[0], answer[1])
        log.debug("asked", who=self._name, method=method, url=url, status=answer[0])
        self._check(method, url, *answer)
        return answer

    def _kind(self, url: str) -> str:
        return "graphql" if url == self._endpoints.graphql else "rest"

    def _check(self, method: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Raise for what concerns every caller alike: outages and limits."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = TooMuch if status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT) else Unavailable
            raise kind(f"{method} {url}: GitHub answered {status}.")
        limited = status == HTTPStatus.FORBIDDEN and _names_a_limit(headers, body)
        if limited or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._hold_back(self._seconds_to_wait(headers), f"{method} {url}: {status}")

    def _hold_back(self, seconds: float, what: str) -> RateLimited:
        self._quiet_until = max(self._quiet_until, self._clock.monotonic() + seconds)
        log.warning("rate limited", who=self._name, what=what, seconds=round(seconds))
        return RateLimited(f"{what}: GitHub asks to wait {seconds:.0f} s.", seconds)

    def _seconds_to_wait(self, headers: Mapping[str, str]) -> float:
        retry_after = headers.get("retry-after", "")
        if retry_after.isdecimal():
            return max(1.0, float(retry_after))
        reset = headers.get("x-ratelimit-reset", "")
        if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
            return max(1.0, float(reset) - self._clock.now().timestamp())
        return SECONDARY_LIMIT_SECONDS

    def _seconds_to_reset(self) -> float:
        if self.rate_limit is None or self.rate_limit.remaining > 0:
            return SECONDARY_LIMIT_SECONDS
        return max(1.0, (self.rate_limit.reset_datetime - self._clock.now()).total_seconds())


def _names_a_limit(headers: Mapping[str, str], body: bytes) -> bool:
    return (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or b"rate limit" in body[:2000].lower()
    )


async def _translated(call: Awaitable[T]) -> T:
    """Run a gidgethub call; its many exceptions become ours, but for the partial data of GraphQL."""
    try:
        return await call
    except gidgethub.QueryError:
        raise
    except gidgethub.BadGraphQLRequest as error:
        raise _error_for(int(error.status_code), str(error)) from error
    except gidgethub.HTTPException as error:
        raise _error_for(int(error.status_code), str(error)) from error
    except (gidgethub.GitHubException, json.JSONDecodeError) as error:
        raise Unavailable(f"GitHub gave an answer that makes no sense: {error}") from error


def _error_for(status: int, message: str) -> GitHubError:
    kinds: dict[int, type[GitHubError]] = {
        HTTPStatus.UNAUTHORIZED: Unauthorized,
        HTTPStatus.FORBIDDEN: Forbidden,
        HTTPStatus.NOT_FOUND: NotFound,
        HTTPStatus.CONFLICT: Refused,
        HTTPStatus.GONE: NotFound,
        HTTPStatus.UNPROCESSABLE_ENTITY: Refused,
    }
    return kinds.get(status, GitHubError)(f"{status} {message}")
