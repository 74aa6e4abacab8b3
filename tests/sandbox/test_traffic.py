"""What a test can see of the traffic, and how it can stand in its way."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from bot.sandbox import RequestRecord, Response, Sandbox
from tests.clocks import FakeClock
from tests.sandbox.asking import ORGANIZATION, SITE, app_on, asking, site


async def test_every_request_is_on_record(github: Sandbox) -> None:
    repo = site(github)
    app = github.create_app("status-bot", {"issues": "write"})
    installation = github.install(app, ORGANIZATION)
    token = github.installation_token(installation, repositories=[SITE])
    async with asking(github, token) as client:
        await client.get(f"/repos/{SITE}/issues?per_page=5")
        await client.post(f"/repos/{SITE}/issues", {"title": "x"})
        await client.graphql("{viewer{login}}")
        await client.of("").get("/rate_limit")
    seen = [(one.method, one.path, one.status, one.authentication) for one in github.requests]
    assert seen == [
        ("GET", f"/repos/{SITE}/issues?per_page=5", 200, "installation"),
        ("POST", f"/repos/{SITE}/issues", 201, "installation"),
        ("POST", "/graphql", 200, "installation"),
        ("GET", "/rate_limit", 200, "anonymous"),
    ]
    write = github.requests[1]
    assert write.sent == {"title": "x"}
    assert write.answered["title"] == "x"
    assert write.installation_id == installation.id
    assert write.permissions == {"issues": "write", "metadata": "read"}
    assert write.repositories == frozenset({repo.id})
    assert github.requests[2].graphql_cost == 1
    github.requests.clear()
    assert github.requests == []


class TestAnInterceptor:
    async def test_answers_in_githubs_stead(self, github: Sandbox) -> None:
        site(github)

        def down(record: RequestRecord) -> Response | None:
            return Response(502, {"message": "Server Error"}) if record.method == "POST" else None

        remove = github.intercept(down)
        _, token = app_on(github)
        async with asking(github, token) as client:
            assert (await client.post(f"/repos/{SITE}/issues", {"title": "x"})).status == 502
            assert (await client.get(f"/repos/{SITE}/issues")).body == [], "nothing was done"
            remove()
            assert (await client.post(f"/repos/{SITE}/issues", {"title": "x"})).status == 201

    async def test_drops_the_connection_by_an_exception(self, github: Sandbox) -> None:
        site(github)

        def drop(_: RequestRecord) -> None:
            raise ConnectionResetError

        github.intercept(drop)
        async with asking(github) as client:
            with pytest.raises(aiohttp.ClientConnectionError):
                await client.get(f"/repos/{SITE}/issues")
        assert github.requests[0].status == 0

    async def test_may_stage_a_race_and_let_the_request_pass(self, github: Sandbox) -> None:
        repo = site(github)
        first = repo.push({"x": "1"}, branch="race")
        wanted = repo.push({"x": "2"}, branch="other")

        async def overtake(record: RequestRecord) -> None:
            if record.method == "PATCH":
                repo.push({"x": "3"}, branch="race", by="bob")

        github.intercept(overtake)
        _, token = app_on(github)
        async with asking(github, token) as client:
            path = f"/repos/{SITE}/git/refs/heads/race"
            assert (await client.ask("PATCH", path, {"sha": wanted})).status == 422
        assert (repo.tip("race") or "") not in {first, wanted}


async def test_answers_take_as_long_as_told(github: Sandbox) -> None:
    site(github)
    _, token = app_on(github)
    github.latency(rest_seconds=0.02, graphql_seconds=0.01, per_alias_seconds=0.01)
    async with asking(github, token) as client:
        start = time.perf_counter()
        await asyncio.gather(*(client.get(f"/repos/{SITE}") for _ in range(5)))
        assert 0.02 <= time.perf_counter() - start < 0.1, "they wait side by side"
        start = time.perf_counter()
        await client.graphql("{a:viewer{login} b:viewer{login} c:viewer{login}}")
        assert time.perf_counter() - start >= 0.04


async def test_a_client_without_a_name_is_turned_away(clock: FakeClock) -> None:
    github = Sandbox(clock)
    async with github.serve() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(b"GET /rate_limit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"User-Agent" in answer


@pytest.mark.parametrize(("sent", "status"), [(b"{", 400), (b"[]", 400), (b"", 422), (b'{"title":1}', 422)])
async def test_a_bad_body_is_refused(github: Sandbox, sent: bytes, status: int) -> None:
    site(github)
    _, token = app_on(github)
    headers = {"Authorization": f"Bearer {token}"}
    async with github.serve() as server, aiohttp.ClientSession(headers=headers) as session:
        url = f"{server.api_url}/repos/{SITE}/issues"
        async with session.post(url, data=sent) as answer:
            assert answer.status == status
            assert (await answer.json())["documentation_url"].startswith("https://docs.github.com/rest")
