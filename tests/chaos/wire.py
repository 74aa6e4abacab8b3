"""The way between the bot's processes and the sandbox, without sockets: each call can be cut anywhere.

No socket and no thread is used, so that the order of everything is the same in every run. What a real
connection would do is told apart where the bot can tell it: an error before the answer, an answer that
breaks off, none at all; and whether GitHub has done by then what it was asked for.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Protocol, Self, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, MultiDict
from yarl import URL

from tests.chaos.plans import Fault

if TYPE_CHECKING:
    from bot.sandbox import Sandbox
    from tests.clocks import FakeClock

URL_OF_GITHUB = "http://github.test"
API_URL = f"{URL_OF_GITHUB}/api/v3"
FOREVER_SECONDS = 10**9
LIMIT_SECONDS = 90
NOTHING_DONE = {"500": 500, "502": 502, "503": 503, "504": 504}


class Caller(Protocol):
    """A process that calls; it may die at any call."""

    dead: bool

    def dies(self, *, done: bool) -> bool:
        """Whether it dies now: when a call is about to be carried out, or just has been (``done``)."""
        ...


@dataclass
class Answer:
    """An answer as aiohttp gives it: its body may break off."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    broken: bool = False

    @property
    def content(self) -> Answer:
        """What its body is read from."""
        return self

    async def iter_any(self) -> AsyncIterator[bytes]:
        """The body, in whichever pieces it comes."""
        yield self.body[: len(self.body) // 2]
        if self.broken:
            raise aiohttp.ClientPayloadError("Response payload is not completed")
        yield self.body[len(self.body) // 2 :]


@dataclass
class _Asked:
    """As much of a request as the sandbox's front looks at."""

    method: str
    rel_url: URL
    headers: Mapping[str, str]
    body: bytes
    transport: None = None

    @property
    def query(self) -> Mapping[str, str]:
        return MultiDict(self.rel_url.query)

    async def read(self) -> bytes:
        return self.body


@dataclass
class Wire:
    """Carries calls to the sandbox, as slowly and as badly as planned."""

    github: Sandbox
    clock: FakeClock
    luck: Random
    failing: list[tuple[int, Fault]] = field(default_factory=list)
    """The faults to come, each with how many calls go well before it."""
    outage: tuple[float, Fault] | None = None
    """Until when every call fails, and how."""
    injected: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    writes: int = 0

    def mend(self) -> None:
        """Nothing goes wrong from now on."""
        self.failing.clear()
        self.outage = None

    async def call(
        self, caller: Caller, method: str, url: str, headers: Mapping[str, str], body: bytes, patience: float
    ) -> Answer:
        """One call from a process to GitHub and back."""
        self._die(caller, done=False)
        await self._way(caller)
        fault = self._fault(method, url)
        if fault is not None:
            self.injected[fault] += 1
            planned = self._refusal(fault)
            if planned is not None:
                await self._way(caller)
                return planned
            if fault in ("reset", "no answer"):
                await self._break(caller, fault, patience)
        answer = await self._carried_out(method, url, headers, body)
        self._die(caller, done=True)
        await self._way(caller)
        if fault is not None:
            answer = await self._spoilt(caller, fault, answer, patience)
        return answer

    def _die(self, caller: Caller, *, done: bool) -> None:
        if caller.dead or caller.dies(done=done):
            raise asyncio.CancelledError

    async def _way(self, caller: Caller) -> None:
        await self.clock.sleep(0.05 + 0.2 * self.luck.random())
        if caller.dead:
            raise asyncio.CancelledError

    def _fault(self, method: str, url: str) -> Fault | None:
        """What goes wrong with this call."""
        if self.outage is not None:
            until, fault = self.outage
            if self.clock.monotonic() < until:
                return fault if _applies(fault, method, url) else None
            self.outage = None
        found: Fault | None = None
        left = []
        for skip, fault in self.failing:
            if found is None and skip <= 0 and _applies(fault, method, url):
                found = fault
            else:
                left.append((skip - 1, fault))
        self.failing = left
        return found

    async def _break(self, caller: Caller, fault: Fault, patience: float) -> None:
        if fault.startswith("no answer"):
            await self.clock.sleep(patience)
            self._die_if_dead(caller)
            raise TimeoutError
        raise aiohttp.ServerDisconnectedError

    @staticmethod
    def _die_if_dead(caller: Caller) -> None:
        if caller.dead:
            raise asyncio.CancelledError

    def _refusal(self, fault: Fault) -> Answer | None:
        """The answer of a GitHub that does nothing of what it was asked for; ``None`` where it does."""
        if fault in NOTHING_DONE:
            return Answer(NOTHING_DONE[fault], CIMultiDict(), b"<html>Unicorn!</html>")
        reset = str(int(self.clock.now().timestamp()) + 1200)
        limit = "You have exceeded a secondary rate limit."
        found: dict[str, tuple[int, dict[str, str], object]] = {
            "401": (401, {}, {"message": "Bad credentials"}),
            "403 with retry-after": (403, {"Retry-After": str(LIMIT_SECONDS)}, {"message": limit}),
            "403 without": (403, {}, {"message": limit}),
            "403 until the hour": (
                403,
                {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset},
                {"message": "API rate limit exceeded"},
            ),
            "429 with retry-after": (429, {"Retry-After": str(LIMIT_SECONDS)}, {"message": limit}),
            "429 without": (429, {}, {"message": limit}),
            "GraphQL: no path": (
                200,
                {},
                {"data": None, "errors": [{"message": "Something went wrong while executing your query."}]},
            ),
            "GraphQL: rate limit": (
                200,
                {},
                {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]},
            ),
            "refused": (422, {}, {"message": "Update is not a fast forward"}),
            "conflict": (409, {}, {"message": "Conflict"}),
        }
        if fault not in found:
            return None
        status, headers, said = found[fault]
        return _json(status, headers, said)

    async def _spoilt(self, caller: Caller, fault: Fault, answer: Answer, patience: float) -> Answer:
        """What arrives of an answer to something that GitHub has done."""
        if fault.endswith(", but done") and fault != "502, but done":
            await self._break(caller, fault, patience)
        if fault == "502, but done":
            return Answer(502, CIMultiDict(), b"<html>Unicorn!</html>")
        if fault == "half an answer":
            answer.broken = True
        if fault == "GraphQL: one alias":
            return _without_one(answer, self.luck)
        return answer

    async def _carried_out(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What GitHub says to it."""
        self.calls += 1
        self.writes += method != "GET" and not url.endswith(("/access_tokens", "/graphql"))
        asked = _Asked(method, URL(url, encoded=True).relative(), CIMultiDict(headers), body)
        reply = await self.github._front._handle(cast("web.Request", asked))
        assert isinstance(reply, web.Response)
        return Answer(reply.status, reply.headers, bytes(cast("bytes", reply.body) or b""))


def _applies(fault: Fault, method: str, url: str) -> bool:
    """Whether a fault is one of this kind of call."""
    graphql = url.endswith("/graphql")
    if fault.startswith("GraphQL"):
        return graphql
    if fault == "refused":
        return "/git/refs" in url
    if fault == "conflict":
        return method != "GET" and "/git/" in url
    return True


def _json(status: int, headers: Mapping[str, str], said: object) -> Answer:
    spelled = {"Content-Type": "application/json; charset=utf-8", **headers}
    return Answer(status, CIMultiDict(spelled), json.dumps(said).encode())


def _without_one(answer: Answer, luck: Random) -> Answer:
    """Partial data: one part of it is missing, and an error says so."""
    said = json.loads(answer.body)
    names = sorted(name for name, value in (said.get("data") or {}).items() if value is not None)
    if not names:
        return answer
    name = luck.choice(names)
    said["data"][name] = None
    said.setdefault("errors", []).append(
        {"path": [name], "message": "Something went wrong.", "type": "INTERNAL"}
    )
    return _json(200, {}, said)


class _Exchange:
    """``async with session.request(…) as answer``."""

    def __init__(
        self, wire: Wire, caller: Caller, call: tuple[str, str, Mapping[str, str], bytes, float]
    ) -> None:
        self._wire, self._caller, self._call = wire, caller, call

    async def __aenter__(self) -> Answer:
        return await self._wire.call(self._caller, *self._call)

    async def __aexit__(self, *_: object) -> None:
        """Nothing is left open."""


class Session:
    """Stands where the bot has its ``aiohttp.ClientSession``."""

    def __init__(self, wire: Wire, caller: Caller) -> None:
        self._wire, self._caller = wire, caller

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is left open."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout: aiohttp.ClientTimeout,
        data: io.BytesIO | None = None,
        allow_redirects: bool,
    ) -> _Exchange:
        """What aiohttp's does, for as much as the bot asks of it."""
        assert not allow_redirects, "nobody but the bot itself knows where its token may go"
        assert urlsplit(url).netloc == urlsplit(URL_OF_GITHUB).netloc
        body = data.getvalue() if data is not None else b""
        seconds = timeout.total or FOREVER_SECONDS
        return _Exchange(self._wire, self._caller, (method, str(url), headers, body, seconds))
