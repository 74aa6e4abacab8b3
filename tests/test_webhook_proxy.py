"""Deliveries by way of a proxy: what is signed stays so, and what is lost is made up for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

import aiohttp
import msgspec
import pytest
from structlog.testing import capture_logs

from bot.app import Bot, own_url, running
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.webhook_proxy import WebhookProxy
from tests.clocks import FakeClock
from tests.doors import SECRET, Door, opened, sign
from tests.smee import Smee, smee, stringified
from tests.test_events import JAVA
from tests.world import EVENTS, ORGANIZATION, PERMISSIONS, SITE, build, free_port
from tests.world import SECRET as APP_SECRET

PAYLOAD = stringified(
    {"action": "published", "repository": JAVA, "n": [1, -2.5, 1e-7], "text": 'ä 🚀 \u2028 "\\ \n </script>'}
)
"""With what a careless hand would write in another way."""


@dataclass
class Listening:
    """A proxy, the bot's door, and who carries from one to the other."""

    smee: Smee
    door: Door
    proxy: WebhookProxy
    clock: FakeClock
    looks: list[float]

    async def send(self, body: bytes = PAYLOAD, **headers: str) -> None:
        """Deliver to the proxy, as GitHub does."""
        sent = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "release",
            "X-GitHub-Delivery": "72d3162e",
            "X-Hub-Signature-256": sign(body),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        async with self.door.client.post(self.smee.url, data=body, headers=sent) as answer:
            assert answer.status == 200

    async def accepted(self, number: int) -> None:
        """Until so many deliveries have been accepted."""
        await self.clock.until(lambda: self.door.count("release", "accepted") == number)


@asynccontextmanager
async def listening(clock: FakeClock) -> AsyncIterator[Listening]:
    looks: list[float] = []
    async with smee() as server, opened(Door()) as door, aiohttp.ClientSession() as session:
        proxy = WebhookProxy(session, server.url, clock, lambda: looks.append(clock.monotonic()))
        task = asyncio.create_task(proxy.forever(f"http://127.0.0.1:{door.port}/webhook"))
        await clock.until(lambda: server.listeners == 1)
        try:
            yield Listening(server, door, proxy, clock, looks)
        finally:
            task.cancel()
            await asyncio.wait([task])


async def test_a_delivery_comes_through_with_its_signature_right(clock: FakeClock) -> None:
    async with listening(clock) as story:
        await story.send()
        await story.accepted(1)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing listens
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_bots_own_door_is_found_wherever_it_listens(host: str, url: str) -> None:
    assert own_url(host, 8000) == url


async def test_a_forged_delivery_is_refused_and_the_log_says_so(clock: FakeClock) -> None:
    async with listening(clock) as story:
        with capture_logs() as logs:
            await story.send(X_Hub_Signature_256=sign(PAYLOAD, "another secret"))
            await story.send()
            await story.accepted(1)
        assert story.door.count("refused", "bad signature") == 1
    [line] = [line for line in logs if line["event"] == "delivery of the proxy refused"]
    assert "X-Hub-Signature-256" in line["why"]


@pytest.mark.parametrize(
    "junk",
    [
        b"data: not json\n\n",
        b"data: [1]\n\n",
        b'data: {"body": {}}\n\n',
        b'data: {"body": {}, "x-github-event": 5, "x-github-delivery": "1"}\n\n',
        b'data: {"body": {}, "x-github-event": "a\\r\\nb: c", "x-github-delivery": "1"}\n\n',
        b'data: {"body": "\xff", "x-github-event": "\xff", "x-github-delivery": "1"}\n\n',
        b"event: ping\ndata: {}\n\n",
    ],
)
async def test_what_is_no_delivery_keeps_none_from_coming_through(clock: FakeClock, junk: bytes) -> None:
    async with listening(clock) as story:
        story.smee.say(junk)
        await story.send()
        await story.accepted(1)
        assert story.smee.connections == 1


async def test_a_lost_connection_is_taken_up_again_and_what_was_missed_is_looked_for(
    clock: FakeClock,
) -> None:
    async with listening(clock) as story:
        assert story.looks == []
        with capture_logs() as logs:
            story.smee.hang_up()
            await clock.until(lambda: story.smee.connections == 2 and story.smee.listeners == 1)
        await clock.until(lambda: story.looks)
        assert len(story.looks) == 1
        assert story.proxy.failure is None
        await story.send()
        await story.accepted(1)
    events = [line["event"] for line in logs]
    assert events[:2] == ["webhook proxy lost", "webhook proxy connected"]


async def test_while_it_is_away_it_is_tried_ever_more_rarely_and_said_why(clock: FakeClock) -> None:
    async with listening(clock) as story:
        story.smee.open = False
        story.smee.hang_up()
        tries: list[float] = []
        for number in range(2, 12):
            await clock.until(lambda number=number: story.smee.connections == number)  # type: ignore[misc]
            tries.append(clock.monotonic())
        waits = [later - earlier for earlier, later in pairwise(tries)]
        assert waits[0] <= 4
        assert 30 <= waits[-1] <= 60
        assert story.looks == []
        await clock.until(lambda: story.proxy.failure is not None and story.proxy.failure.attempts == 11)
        assert story.proxy.failure is not None
        assert "503" in story.proxy.failure.error
        assert story.proxy.failure.plainly == "the webhook proxy does not answer"


async def test_a_page_that_is_no_stream_is_not_listened_to(clock: FakeClock) -> None:
    async with opened(Door()) as door, aiohttp.ClientSession() as session:
        proxy = WebhookProxy(session, f"http://127.0.0.1:{door.port}/health", clock, lambda: None)
        task = asyncio.create_task(proxy.forever("http://127.0.0.1:1/webhook"))
        await clock.until(lambda: proxy.failure is not None)
        assert proxy.failure is not None
        assert "which is no stream" in proxy.failure.error
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def bot_behind(github: Sandbox, proxy: Smee, clock: FakeClock) -> AsyncIterator[Bot]:
    build(github, "Java")
    app = github.create_app(
        "status-bot", PERMISSIONS, EVENTS, webhook_url=proxy.url, webhook_secret=APP_SECRET
    )
    github.install(app, ORGANIZATION)
    async with github.serve() as server:
        settings = Settings(
            app_id=app.id,
            private_key=app.private_key,
            webhook_secrets=(APP_SECRET,),
            host="127.0.0.1",
            port=free_port(),
            api_url=server.api_url,
            webhook_proxy_url=proxy.url,
        )
        async with running(settings, clock) as bot:
            yield bot


async def test_the_bot_proposes_what_it_hears_of_through_the_proxy(github: Sandbox, clock: FakeClock) -> None:
    async with smee() as proxy:
        with capture_logs() as logs:
            async with bot_behind(github, proxy, clock) as bot:
                site = github.repository(SITE)
                await clock.until(
                    lambda: proxy.listeners == 1 and site.pulls(state="open") and bot.queue.idle
                )
                site.merge_pull(1, by="ada")
                github.repository(f"{ORGANIZATION}/java").create_release("v0.1.0", name="First")
                await github.delivered()
                await clock.until(lambda: site.pulls(state="open"), within_seconds=60)
                assert "v0.2" in site.pulls(state="open")[0].title

                proxy.open = False
                proxy.hang_up()
                async with aiohttp.ClientSession() as session:

                    async def waits() -> str:
                        async with session.get(f"{bot.url}/ready") as answer:
                            assert answer.status == 200
                            return await answer.text()

                    await clock.until(lambda: proxy.connections == 2)
                    await clock.settle()
                    assert "1 webhook proxy waits: the webhook proxy does not answer." in await waits()
    [warning] = [line for line in logs if "for development alone" in line["event"]]
    assert warning["log_level"] == "warning"
    assert "channel" not in str(logs), "who knows the channel can read along"


def test_the_secret_of_these_tests_is_no_word_of_the_payload() -> None:
    assert SECRET.encode() not in PAYLOAD
    assert msgspec.json.decode(PAYLOAD)["n"] == [1, -2.5, 1e-7]
