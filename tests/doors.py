"""A webhook behind a real server, for tests that knock at it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
from aiohttp import ClientResponse, ClientSession, web

from bot.events import Dispatcher
from bot.metrics import Metrics
from bot.web.pages import Pages
from bot.web.server import build_web, runner_of
from bot.web.webhook import Webhook
from tests.test_events import JAVA, Notes

SECRET = "correct horse bättery staple"
BODY = msgspec.json.encode({"action": "published", "repository": JAVA})


class Nobody:
    """No sites and no troubles."""

    async def site(self, full_name: str) -> None: ...

    async def sites(self) -> tuple[()]:
        return ()

    async def chart(self, full_name: str, digest: str) -> None: ...

    def github_trouble(self) -> str:
        return ""

    def queue_trouble(self) -> str:
        return ""


@dataclass
class Door:
    """A webhook behind a real server on loopback, and what came through it."""

    secrets: tuple[str, ...] = (SECRET,)
    notes: Notes = field(default_factory=Notes)
    metrics: Metrics = field(default_factory=Metrics)
    body_seconds: float = 10.0
    client: ClientSession = field(init=False)

    def __post_init__(self) -> None:
        self.webhook = Webhook(
            Dispatcher(self.notes).dispatch, self.secrets, self.metrics, body_seconds=self.body_seconds
        )
        pages = Pages(lambda name, /, **_values: name, Nobody(), Nobody(), self.metrics)
        self.runner = runner_of(build_web(self.webhook, pages))

    @property
    def port(self) -> int:
        port: int = self.runner.addresses[0][1]
        return port

    async def deliver(
        self,
        body: bytes | AsyncIterator[bytes] = BODY,
        *,
        event: str | None = "release",
        signature: str | None = "right",
        headers: Mapping[str, str | None] | None = None,
    ) -> ClientResponse:
        """Deliver as GitHub does, with some header changed, or left out with None."""
        signed = body if isinstance(body, bytes) else b""
        sent: dict[str, str | None] = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), signed, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": sign(signed) if signature == "right" else signature,
        }
        kept = {name: value for name, value in (sent | dict(headers or {})).items() if value is not None}
        data = io.BytesIO(body) if isinstance(body, bytes) else body
        return await self.client.post(
            f"http://127.0.0.1:{self.port}/webhook",
            data=data,
            headers=kept,
            skip_auto_headers=["Content-Type"],
        )

    def count(self, event: str, outcome: str) -> float | None:
        labels = {"event": event, "outcome": outcome}
        return self.metrics.registry.get_sample_value("status_bot_deliveries_total", labels)


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[Door]:
    await door.runner.setup()
    await web.TCPSite(door.runner, "127.0.0.1", 0).start()
    async with ClientSession() as door.client:
        yield door
    await door.runner.cleanup()


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


RIGHT = sign(BODY)


async def raw(
    door: Door, head: str, body: bytes = b"", *, signature: bytes = RIGHT.encode(), hang_up: bool = False
) -> bytes:
    """Speak to the server byte by byte; gives the answer's first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    lines = [
        "POST /webhook HTTP/1.1",
        "Host: bot",
        "Content-Type: application/json",
        "X-GitHub-Event: release",
    ]
    lines += ["X-GitHub-Delivery: 72d3162e", head]
    signed = b"\r\nX-Hub-Signature-256: " + signature if signature else b""
    writer.write("\r\n".join(lines).encode() + signed + b"\r\n\r\n" + body)
    await writer.drain()
    if hang_up:
        await asyncio.sleep(0.02)  # until the server waits for the rest
    answer = b"" if hang_up else await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer
