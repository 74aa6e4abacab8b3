"""One identity's way to GitHub: what is tried again, what is obeyed, and what is never sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.github.client import Client, Endpoints
from bot.github.credentials import InstallationToken, InstallationTokens, PersonalToken, Scope
from bot.github.errors import Forbidden, GitHubError, NotFound, RateLimited, Refused, TooMuch, Unavailable
from tests.clocks import FakeClock

Answer = web.StreamResponse | Exception


class ImpatientClock(FakeClock):
    """Whoever sleeps wakes at once, and time has passed."""

    async def sleep(self, seconds: float) -> None:
        self._elapsed += seconds


@dataclass
class FakeGitHub:
    """Answers what it is told to, in order, and remembers what was asked."""

    answers: list[Callable[[], Answer]] = field(default_factory=list)
    asked: list[web.Request] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.received.append(await request.read())
        self.asked.append(request)
        answer = self.answers.pop(0)()
        if isinstance(answer, Exception):
            assert request.transport is not None
            request.transport.abort()
            raise answer
        return answer

    def will(self, status: int = 200, body: object = None, **headers: str) -> None:
        """Answer the next request so."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str) else json.dumps({} if body is None else body)
        self.answers.append(
            lambda: web.Response(status=status, text=text, content_type="application/json", headers=named)
        )

    def will_hang_up(self) -> None:
        """Drop the next connection."""
        self.answers.append(ConnectionResetError)


@dataclass
class Setting:
    """A client and the GitHub it talks to."""

    github: FakeGitHub
    client: Client
    clock: ImpatientClock
    url: str


@pytest.fixture
async def setting() -> AsyncIterator[Setting]:
    github, clock = FakeGitHub(), ImpatientClock()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{path:.*}", github.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("/")).rstrip("/")
        endpoints = Endpoints(url, f"{url}/graphql")
        client = Client(session, endpoints, PersonalToken("t0ken"), clock)
        yield Setting(github, client, clock, url)


async def test_a_read_is_tried_again_when_github_stumbles(setting: Setting) -> None:
    setting.github.will(502)
    setting.github.will_hang_up()
    setting.github.will(200, {"name": "x"})
    assert await setting.client.get("/repos/o/x") == {"name": "x"}


async def test_a_read_is_given_up_after_three_attempts(setting: Setting) -> None:
    for _ in range(3):
        setting.github.will(503)
    with pytest.raises(Unavailable, match="503"):
        await setting.client.get("/repos/o/x")
    assert len(setting.github.asked) == 3


@pytest.mark.parametrize("status", [502, 504])
async def test_an_answer_that_was_too_much_is_told_apart(setting: Setting, status: int) -> None:
    setting.github.will(status)
    with pytest.raises(TooMuch):
        await setting.client.query("query{viewer{login}}")


async def test_what_is_written_may_be_large(setting: Setting) -> None:
    setting.github.will(201, {"sha": "c1"})
    tree = {"content": "x" * 2_000_000}
    await setting.client.send("POST", "/repos/o/r/git/trees", tree)
    assert setting.github.received == [json.dumps(tree).encode()]
    assert setting.github.asked[0].headers["content-type"].startswith("application/json")


async def test_a_write_is_never_repeated(setting: Setting) -> None:
    setting.github.will(502)
    with pytest.raises(Unavailable):
        await setting.client.send("POST", "/repos/o/x/pulls", {"title": "t"})
    assert len(setting.github.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Forbidden), (404, NotFound), (410, NotFound), (409, Refused), (422, Refused)]
)
async def test_refusals_are_told_apart(setting: Setting, status: int, kind: type[Exception]) -> None:
    setting.github.will(status, {"message": "no"})
    with pytest.raises(kind, match="no"):
        await setting.client.send("POST", "/repos/o/x/pulls", {"title": "t"})


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry_after": "30"}, 30),
        (403, {"retry_after": "7"}, 7),
        (403, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1584705690"}, 90),
        (429, {}, 60),
    ],
)
async def test_a_limit_is_obeyed_before_anything_more_is_sent(
    setting: Setting, status: int, headers: dict[str, str], seconds: float
) -> None:
    setting.github.will(status, {"message": "slow down"}, **headers)
    with pytest.raises(RateLimited) as told:
        await setting.client.get("/repos/o/x")
    assert told.value.retry_after_seconds == seconds
    with pytest.raises(RateLimited):
        await setting.client.get("/repos/o/x")
    assert len(setting.github.asked) == 1, "nothing is sent while GitHub asked to wait"
    await setting.clock.sleep(seconds)
    setting.github.will(200, {"name": "x"})
    assert await setting.client.get("/repos/o/x") == {"name": "x"}


async def test_a_secondary_limit_without_a_header_waits_a_minute(setting: Setting) -> None:
    setting.github.will(403, {"message": "You have exceeded a secondary rate limit."})
    with pytest.raises(RateLimited) as told:
        await setting.client.get("/repos/o/x")
    assert told.value.retry_after_seconds == 60


async def test_a_graphql_limit_that_comes_as_success_is_recognised(setting: Setting) -> None:
    setting.github.will(200, {"errors": [{"type": "RATE_LIMITED", "message": "limit"}]})
    with pytest.raises(RateLimited):
        await setting.client.query("query{viewer{login}}")


@pytest.mark.parametrize(
    "said",
    [
        {"errors": [{"message": "API rate limit already exceeded for installation ID 7."}]},
        {"data": None, "errors": [{"message": "You have exceeded a secondary rate limit."}]},
        {"message": "You have exceeded a secondary rate limit.", "documentation_url": "https://docs.example"},
        {"message": "You have triggered an abuse detection mechanism."},
    ],
)
async def test_a_graphql_limit_is_recognised_by_its_words_too(
    setting: Setting, said: dict[str, object]
) -> None:
    setting.github.will(200, said, retry_after="30")
    with pytest.raises(RateLimited) as told:
        await setting.client.query("query{viewer{login}}")
    assert told.value.retry_after_seconds == 30
    with pytest.raises(RateLimited):
        await setting.client.query("query{viewer{login}}")
    assert len(setting.github.asked) == 1, "nothing is sent while GitHub asked to wait"


async def test_a_part_that_speaks_of_a_limit_is_none(setting: Setting) -> None:
    errors = [{"type": "NOT_FOUND", "path": ["r1"], "message": "no repository 'o/rate limit'"}]
    setting.github.will(200, {"data": {"r0": {}, "r1": None}, "errors": errors})
    assert (await setting.client.query("query{r0:x r1:y}")).errors == tuple(errors)


async def test_partial_data_comes_with_its_errors(setting: Setting) -> None:
    errors = [{"type": "NOT_FOUND", "path": ["r1"], "message": "gone"}]
    setting.github.will(200, {"data": {"r0": {"name": "x"}, "r1": None}, "errors": errors})
    answer = await setting.client.query("query{r0:x r1:y}")
    assert answer.data["r0"] == {"name": "x"}
    assert answer.errors == tuple(errors)


async def test_half_an_answer_is_no_answer(setting: Setting) -> None:
    setting.github.will(200, '{"name": "x')
    with pytest.raises(Unavailable):
        await setting.client.get("/repos/o/x")


async def test_an_unchanged_answer_is_not_sent_again(setting: Setting) -> None:
    setting.github.will(200, {"name": "x"}, etag='"e1"')
    setting.github.answers.append(lambda: web.Response(status=304))
    assert await setting.client.get("/repos/o/x") == {"name": "x"}
    assert await setting.client.get("/repos/o/x") == {"name": "x"}
    assert setting.github.asked[1].headers["if-none-match"] == '"e1"'


async def test_every_page_is_read(setting: Setting) -> None:
    setting.github.will(200, [1, 2], link=f'<{setting.url}/things?page=2>; rel="next"')
    setting.github.will(200, [3])
    assert await setting.client.get_all("/things") == [1, 2, 3]


async def test_credentials_are_sent_nowhere_else(setting: Setting) -> None:
    setting.github.will(200, [1], link='<https://elsewhere.example/things?page=2>; rel="next"')
    with pytest.raises(GitHubError, match="not part of"):
        await setting.client.get_all("/things")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_nothing_is_sent_to_where_a_redirect_leads_out_of_the_api(
    setting: Setting, status: int
) -> None:
    elsewhere = FakeGitHub()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere.handle)
    async with TestServer(app) as other:
        for location in (
            str(other.make_url("/things")),
            f"//127.0.0.1:{other.port}/",
            "https://evil.example/x",
        ):
            setting.github.will(status, {"message": "Moved"}, location=location)
            with pytest.raises(GitHubError, match="not part of"):
                await setting.client.get("/things")
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/repos",
        "{}@evil.example/repos",
        "{}.evil.example/repos",
        "http://[::1]/",
        "file:///etc/passwd",
    ],
)
async def test_nothing_is_sent_to_a_link_that_leads_out_of_the_api(setting: Setting, url: str) -> None:
    setting.github.will(200, [1], link=f'<{url.format(setting.url)}>; rel="next"')
    with pytest.raises(GitHubError):
        await setting.client.get_all("/things")
    assert len(setting.github.asked) == 1


@pytest.mark.parametrize(
    "garbage", [b"HTTP/1.1 abc nonsense\r\n\r\n", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX\0: y\r\n\r\n"]
)
async def test_no_error_holds_the_token(setting: Setting, garbage: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(garbage)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        credential = PersonalToken("t0ken-of-a-person")
        client = Client(setting.client._session, Endpoints(url, f"{url}/graphql"), credential, setting.clock)
        with pytest.raises(Unavailable) as caught:
            await client.get("/things")
    error: BaseException | None = caught.value
    while error is not None:
        held = f"{error!r} {error.args!r} {vars(error)!r}"
        assert "t0ken" not in held
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


async def test_a_renamed_repository_is_read_under_its_new_name_but_not_written_to(setting: Setting) -> None:
    setting.github.will(301, {"message": "Moved"}, location=f"{setting.url}/repositories/1")
    setting.github.will(200, {"name": "new"})
    assert await setting.client.get("/repos/o/old") == {"name": "new"}
    setting.github.will(307, {"message": "Moved"}, location=f"{setting.url}/repositories/1/pulls")
    with pytest.raises(GitHubError, match="307"):
        await setting.client.send("POST", "/repos/o/old/pulls", {})
    assert len(setting.github.asked) == 3


async def test_a_refused_token_is_replaced_once(setting: Setting) -> None:
    minted: list[dict[str, Any]] = []

    async def mint(installation_id: int, body: dict[str, Any]) -> dict[str, str]:
        minted.append({"id": installation_id, **body})
        return {"token": f"ghs_{len(minted)}", "expires_at": "2020-03-20T13:00:00Z"}

    scope = Scope(5, (9,), (("contents", "write"),))
    tokens = InstallationTokens(mint, setting.clock)
    client = Client(
        setting.client._session,  # the test's own session
        Endpoints(setting.url, f"{setting.url}/graphql"),
        InstallationToken(tokens, scope),
        setting.clock,
    )
    setting.github.will(401, {"message": "Bad credentials"})
    setting.github.will(200, {"name": "x"})
    await client.get("/repos/o/x")
    assert [request.headers["authorization"] for request in setting.github.asked] == [
        "Bearer ghs_1",
        "Bearer ghs_2",
    ]
    assert minted[0] == {"id": 5, "repository_ids": [9], "permissions": {"contents": "write"}}


async def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    clock, minted = FakeClock(), 0

    async def mint(_id: int, _body: dict[str, Any]) -> dict[str, str]:
        nonlocal minted
        minted += 1
        return {"token": f"ghs_{minted}", "expires_at": "2020-03-20T13:00:00Z"}

    tokens = InstallationTokens(mint, clock)
    scope = Scope(5, (), (("contents", "read"),))
    assert await tokens.token(scope) == "ghs_1"
    await clock.advance(54 * 60)
    assert await tokens.token(scope) == "ghs_1"
    await clock.advance(2 * 60)
    assert await tokens.token(scope) == "ghs_2"


@pytest.mark.parametrize(
    "told", [{}, {"expires_at": None}, {"expires_at": "soon"}, {"expires_at": "2020-03-20"}]
)
async def test_a_token_lives_an_hour_where_its_end_is_not_told(told: dict[str, str]) -> None:
    clock, minted = FakeClock(), 0

    async def mint(_id: int, _body: dict[str, Any]) -> dict[str, str]:
        nonlocal minted
        minted += 1
        return {"token": f"ghs_{minted}", **told}

    tokens = InstallationTokens(mint, clock)
    scope = Scope(5, (), (("contents", "read"),))
    for minutes, token in ((0, "ghs_1"), (54, "ghs_1"), (2, "ghs_2")):
        await clock.advance(minutes * 60)
        assert await tokens.token(scope) == token


@pytest.mark.parametrize("answer", [{}, {"token": None}, {"token": ""}, [], None, "ghs_1"])
async def test_an_answer_without_a_token_is_none(answer: Any) -> None:  # noqa: ANN401 - any JSON
    async def mint(_id: int, _body: dict[str, Any]) -> Any:  # noqa: ANN401 - the same
        return answer

    with pytest.raises(Unavailable):
        await InstallationTokens(mint, FakeClock()).token(Scope(5, (), ()))


def test_a_token_does_not_show_in_its_repr() -> None:
    assert "t0ken" not in repr(PersonalToken("t0ken"))
