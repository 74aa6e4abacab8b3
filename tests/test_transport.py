"""What goes wrong below HTTP: answers that stop half-way or never come, and hosts that are not GitHub."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from bot.github import answers
from bot.github import client as client_module
from bot.github.client import Client, Endpoints
from bot.github.credentials import PersonalToken
from bot.github.errors import GitHubError, Refused, TooMuch, Unavailable
from tests.test_client import ImpatientClock

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
GOOD = JSON + b'Content-Length: 12\r\n\r\n{"name":"x"}'
BROKEN = {
    "a body shorter than it is said to be": JSON + b'Content-Length: 500\r\n\r\n{"name":"x"}',
    "a chunk that is cut": JSON + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"name":"x"',
    "a chunk without a length": JSON + b'Transfer-Encoding: chunked\r\n\r\nzz\r\n{"name":"x"}\r\n0\r\n\r\n',
    "half a JSON": JSON + b'Content-Length: 9\r\n\r\n{"name":"',
    "headers that stop": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "no HTTP at all": b"\x16\x03\x01\x00\xee hello",
    "nothing": b"",
}


@dataclass
class Wire:
    """Sends the bytes that it is told to, one after the other; ``None`` says nothing and keeps the line."""

    says: list[bytes | None] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heard.append(head)
        said = self.says.pop(0) if self.says else GOOD
        if said is None:
            await reader.read()  # until the other side hangs up
        else:
            writer.write(said)
        writer.close()


@dataclass
class Line:
    """A client, and the wire at its other end."""

    wire: Wire
    client: Client
    url: str


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    wire = Wire()
    server = await asyncio.start_server(wire.answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, aiohttp.ClientSession() as session:
        endpoints = Endpoints(url, f"{url}/graphql")
        yield Line(wire, Client(session, endpoints, PersonalToken("t0ken"), ImpatientClock()), url)


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_is_none_whatever_was_asked(line: Line, name: str) -> None:
    broken = BROKEN[name]
    for ask in (
        lambda: line.client.get("/repos/o/x"),
        lambda: line.client.get_text("/repos/o/x/contents/f"),
        lambda: line.client.query("query{viewer{login}}"),
        lambda: line.client.send("POST", "/repos/o/x/pulls", {"title": "t"}),
    ):
        line.wire.says = [broken] * 6
        with pytest.raises(Unavailable):
            await ask()


@pytest.mark.parametrize("name", list(BROKEN)[:3])
async def test_what_is_read_is_asked_for_again(line: Line, name: str) -> None:
    line.wire.says = [BROKEN[name]]
    assert await line.client.get("/repos/o/x") == {"name": "x"}


async def test_an_answer_that_never_comes_is_not_waited_for_without_end(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client_module.REQUEST_TIMEOUT.total == 25
    monkeypatch.setattr(client_module, "REQUEST_TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    line.wire.says = [None] * 4
    with pytest.raises(TooMuch, match="no answer"):
        await line.client.get("/repos/o/x")
    assert len(line.wire.heard) == 3
    with pytest.raises(TooMuch):
        await line.client.send("POST", "/repos/o/x/pulls", {"title": "t"})
    assert len(line.wire.heard) == 4, "a write is never repeated"


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_that_never_ends_is_not_kept(
    line: Line, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 100_000)
    text = b"[" + b" " * 200_000
    body, coding = (gzip.compress(text), b"Content-Encoding: gzip\r\n") if packed else (text, b"")
    answer = JSON + coding + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body)
    for ask in (
        lambda: line.client.get("/repos/o/x"),
        lambda: line.client.query("query{viewer{login}}"),
        lambda: line.client.send("POST", "/repos/o/x/pulls", {"title": "t"}),
    ):
        line.wire.says = [answer] * 3
        with pytest.raises(Unavailable, match="more than"):
            await ask()


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("https://ghe.example/api/v3/repos", True),
        ("https://GHE.example:443/api/v3/repos?page=2", True),
        ("https://ghe.example/api/v3/repos/o/x/compare/main...v1/a..b.yaml", True),
        ("https://ghe.example/api/v3/../../login", False),
        ("https://ghe.example/api/v3/%2e%2e/%2e%2e/login", False),
        ("https://ghe.example/api/v33/repos", False),
        ("https://ghe.example/login", False),
        ("http://ghe.example/api/v3/repos", False),
        ("https://ghe.example:8443/api/v3/repos", False),
        ("https://ghe.example@evil.example/api/v3/repos", False),
        ("https://me:it@ghe.example/api/v3/repos", False),
        ("https://ghe.example\\@evil.example/api/v3/", False),
        ("//evil.example/api/v3/", False),
        ("https://[/api/v3/", False),
        ("", False),
    ],
)
@pytest.mark.parametrize(
    "api", ["https://ghe.example/api/v3", "https://ghe.example/api/v3/", "HTTPS://GHE.example/api/v3"]
)
def test_a_url_belongs_to_the_api_however_either_is_written(api: str, url: str, *, covered: bool) -> None:
    assert Endpoints(api, "https://ghe.example/api/graphql").covers(url) is covered


def moved(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_no_other_host_is_asked_or_believed(line: Line) -> None:
    elsewhere = Wire()
    server = await asyncio.start_server(elsewhere.answer, "127.0.0.1", 0)
    async with server:
        other = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for location in (f"{other}/repos/o/x", other.removeprefix("http:"), "file:///etc/passwd"):
            line.wire.says = [moved(location)]
            with pytest.raises(GitHubError, match="not part of"):
                await line.client.get("/repos/o/x")
        line.wire.says = [
            JSON + f'Link: <{other}/p?page=2>; rel="next"\r\nContent-Length: 3\r\n\r\n[1]'.encode()
        ]
        with pytest.raises(GitHubError, match="not part of"):
            await line.client.get_all("/p")
    assert elsewhere.heard == []


async def test_within_the_api_a_read_is_led_on_but_not_for_ever(line: Line) -> None:
    line.wire.says = [moved("/repositories/1")]
    assert await line.client.get("/repos/o/x") == {"name": "x"}
    assert line.wire.heard[-1].startswith(b"GET /repositories/1 ")
    line.wire.says = [moved("/repos/o/x")] * 50
    with pytest.raises(GitHubError, match="redirected more than 5 times"):
        await line.client.get("/repos/o/x")
    assert len(line.wire.says) == 45


async def test_a_write_to_what_has_moved_is_refused_so_that_it_is_looked_at_anew(line: Line) -> None:
    line.wire.says = [moved("/repositories/1/pulls")]
    with pytest.raises(Refused):
        await line.client.send("POST", "/repos/o/x/pulls", {"title": "t"})
    assert len(line.wire.heard) == 1
