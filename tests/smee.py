"""A proxy on loopback that does to deliveries what smee.io does: takes them apart, passes them on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Smee:
    """The proxy; what listens to it can be hung up on, and the door can be shut."""

    url: str = ""
    open: bool = True
    elsewhere: str = ""
    """Where it sends who wants to listen, if anywhere."""
    connections: int = 0
    _listeners: list[asyncio.Queue[bytes | None]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """A delivery: its body is parsed, and its headers come in lower case."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        envelope = {**headers, "body": await request.json(), "query": {}, "timestamp": 1585000000000}
        self.say(b"id: 1\ndata: " + stringified(envelope) + b"\n\n")
        return web.Response()

    def say(self, text: bytes) -> None:
        """Say something to all who listen."""
        for listener in self._listeners:
            listener.put_nowait(text)

    def hang_up(self) -> None:
        """End every connection."""
        for listener in self._listeners:
            listener.put_nowait(None)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """A listener: told at once that it is connected."""
        self.connections += 1
        if request.headers["Accept"] != "text/event-stream":
            return web.Response(text="<p>a page", content_type="text/html")
        if self.elsewhere:
            raise web.HTTPTemporaryRedirect(self.elsewhere)
        if not self.open:
            return web.Response(status=503)
        said: asyncio.Queue[bytes | None] = asyncio.Queue()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"id: 0\nevent: ready\ndata: {}\n\n")
        self._listeners.append(said)
        try:
            while (text := await said.get()) is not None:
                await response.write(text)
        finally:
            self._listeners.remove(said)
        return response


def stringified(value: object) -> bytes:
    """As ``JSON.stringify`` writes it, for what JSON has in common with Python."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@asynccontextmanager
async def smee() -> AsyncIterator[Smee]:
    """The proxy, with one channel."""
    proxy = Smee()
    application = web.Application(client_max_size=30_000_000)
    application.add_routes([web.get("/channel", proxy.listen), web.post("/channel", proxy.take)])
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}/channel"
    try:
        yield proxy
    finally:
        proxy.hang_up()
        await runner.cleanup()
