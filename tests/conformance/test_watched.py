"""The watched sandbox misses nothing that went over its wire, and blames nobody for what a test staged."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox import RequestRecord, Response, Server
from tests.conformance.watched import WatchedSandbox, report

WRONG = {"message": "I am a teapot"}


@pytest.fixture
def watched() -> WatchedSandbox:
    """Not the fixture that complains by itself."""
    sandbox = WatchedSandbox()
    sandbox.create_repository("org/sig")
    return sandbox


@pytest.fixture
async def server(watched: WatchedSandbox) -> AsyncIterator[Server]:
    async with watched.serve() as server:
        yield server


async def ask(server: Server, method: str, path: str, body: object = None) -> None:
    async with (
        aiohttp.ClientSession(headers={"User-Agent": "test"}) as session,
        session.request(method, server.api_url + path, data=body and json.dumps(body)),
    ):
        pass


def messages(watched: WatchedSandbox) -> list[str]:
    return [f"{found.where}: {found.message}" for found in watched.deviations()]


async def test_a_right_exchange_is_seen_and_passes(watched: WatchedSandbox, server: Server) -> None:
    await ask(server, "GET", "/repos/org/sig")
    assert [(seen.target, seen.status) for seen in watched.exchanges()] == [("/repos/org/sig", 200)]
    assert messages(watched) == []


async def test_an_unknown_operation_is_reported(watched: WatchedSandbox, server: Server) -> None:
    await ask(server, "GET", "/repos/org/sig/shoes")
    assert messages(watched) == ["path: GitHub has no operation GET /repos/org/sig/shoes"]


async def test_forgetting_the_requests_does_not_hide_them(watched: WatchedSandbox, server: Server) -> None:
    await ask(server, "GET", "/repos/org/sig/shoes")
    watched.requests.clear()
    watched.intercept(None)
    await ask(server, "GET", "/repos/org/sig/hats")
    assert len(messages(watched)) == 2


async def test_a_wrong_answer_of_the_sandbox_is_reported(watched: WatchedSandbox, server: Server) -> None:
    await ask(server, "GET", "/repos/org/sig")
    watched.requests[0].response_body = b'{"id": "7"}'
    assert 'response body /id: "7" is not of type "integer"' in messages(watched)


async def test_a_staged_answer_is_not_checked_but_its_request_is(
    watched: WatchedSandbox, server: Server
) -> None:
    watched.intercept(lambda record: Response(418, WRONG) if record.path.startswith("/repos") else None)
    await ask(server, "GET", "/repos/org/sig?colour=red")
    await ask(server, "GET", "/rate_limit")
    assert messages(watched) == ["query parameter colour: is not one of this operation's"]


async def test_a_dropped_connection_is_not_checked_but_its_request_is(
    watched: WatchedSandbox, server: Server
) -> None:
    async def drop(_: RequestRecord) -> Response:
        raise ConnectionError

    watched.intercept(drop)
    with pytest.raises(aiohttp.ClientError):
        await ask(server, "PATCH", "/repos/org/sig/git/refs/heads/main", {"sha": 1})
    assert messages(watched) == ['request body /sha: 1 is not of type "string"']


async def test_a_wrong_webhook_is_reported(watched: WatchedSandbox, server: Server) -> None:
    app = watched.create_app("bot", {"issues": "read"}, ["issues"], webhook_url=f"{server.url}/nobody")
    watched.install(app, "org")
    watched.repository("org/sig").create_issue("A fault")
    await watched.delivered()
    assert [delivery.event for delivery in watched.deliveries][-1] == "issues"
    assert messages(watched) == []
    watched.deliveries[-1].body = b'{"action": "opened"}'
    assert 'payload: "issue" is a required property' in messages(watched)


async def test_the_report_names_operation_exchange_and_place(watched: WatchedSandbox, server: Server) -> None:
    await ask(server, "GET", "/repos/org/sig/issues?colour=red&size=9")
    assert report(watched.deviations()) == (
        "GET /repos/{owner}/{repo}/issues\n"
        "    GET /repos/org/sig/issues?colour=red&size=9 -> 200\n"
        "        query parameter colour: is not one of this operation's\n"
        "        query parameter size: is not one of this operation's"
    )
