"""Deliveries by way of smee.io, or a server like it, for who develops where GitHub cannot reach.

The proxy takes a delivery apart and passes on an object: its headers by their names, and under ``body``
what was the body, parsed and written anew by ``JSON.stringify``. GitHub writes its payloads in the same
compact form, so that those bytes, taken as they stand within the event, are what GitHub has signed. The
bot's own door verifies them like any others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog

from bot.pace import Pace
from bot.queued import Failure
from bot.sse import MESSAGE, EventStream, EventTooLargeError

if TYPE_CHECKING:
    from bot.clock import Clock

EVENT_STREAM = "text/event-stream"
PACE = Pace(first_retry_seconds=1.0, longest_retry_seconds=60.0)
LISTENING = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=90)
"""The proxy says something every thirty seconds; when it is silent for longer, it is gone."""
AT_THE_DOOR = aiohttp.ClientTimeout(total=15)
PLAINLY = "the webhook proxy does not answer"
BAD_REQUEST = 400

log = structlog.get_logger(__name__)


class ProxyError(Exception):
    """What is at the address is no such proxy, or it hung up."""


class Envelope(msgspec.Struct, rename=lambda name: name.replace("_", "-")):
    """What the proxy passes on of a delivery; whatever else it says of it is left out."""

    body: msgspec.Raw
    x_github_event: str
    x_github_delivery: str
    x_hub_signature_256: str = ""
    content_type: str = "application/json"

    @property
    def headers(self) -> dict[str, str]:
        """The headers with which it came."""
        return {
            "Content-Type": self.content_type,
            "X-GitHub-Event": self.x_github_event,
            "X-GitHub-Delivery": self.x_github_delivery,
            "X-Hub-Signature-256": self.x_hub_signature_256,
        }


class WebhookProxy:
    """Listens to one channel and brings what comes to the bot's own door.

    Args:
        session: What to connect with.
        channel: The address of the channel, which whoever knows it can listen to.
        clock: What to wait by.
        look_at_everything: Called after a connection was lost: what came meanwhile is lost as well.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        channel: str,
        clock: Clock,
        look_at_everything: Callable[[], None],
    ) -> None:
        self.failure: Failure | None = None
        """Why there is no connection, and until when it is not tried again; ``None`` while there is one."""
        self._session = session
        self._channel = channel
        self._host = urlsplit(channel).hostname
        self._clock = clock
        self._look_at_everything = look_at_everything
        self._attempts = 0
        self._was_lost = False

    async def forever(self, door: str) -> None:
        """Bring every delivery to the door, connecting anew whenever it is needed, until cancelled."""
        # The channel itself is not told: who knows it can read every delivery.
        log.warning("deliveries come through a proxy, which is for development alone", host=self._host)
        while True:
            stream = EventStream()
            try:
                await self._listen(stream, door)
            except (aiohttp.ClientError, TimeoutError, OSError, ProxyError, EventTooLargeError) as error:
                await self._wait(error, stream.retry_seconds or 0.0)

    async def _wait(self, error: Exception, told_seconds: float) -> None:
        self._attempts += 1
        self._was_lost = True
        wait = max(PACE.retry_seconds(self._attempts), min(told_seconds, PACE.longest_retry_seconds))
        why = _without_channel(error)
        self.failure = Failure(why, self._clock.now(), self._attempts, wait, PLAINLY)
        log.warning("webhook proxy lost", host=self._host, why=why, retry_in_seconds=round(wait, 1))
        await self._clock.sleep(wait)

    async def _listen(self, stream: EventStream, door: str) -> None:
        headers = {"Accept": EVENT_STREAM, "Cache-Control": "no-store"}
        async with self._session.get(
            self._channel, headers=headers, timeout=LISTENING, allow_redirects=False
        ) as response:
            if response.status != 200 or response.content_type != EVENT_STREAM:  # noqa: PLR2004 - OK
                raise ProxyError(f"it answers {response.status} {response.content_type}, which is no stream")
            self.failure = None
            log.info("webhook proxy connected", host=self._host)
            if self._was_lost:
                self._was_lost = False
                self._look_at_everything()
            async for chunk in response.content.iter_any():
                self._attempts = 0
                for event in stream.feed(chunk):
                    if event.kind == MESSAGE:
                        await self._bring(event.data, door)
        raise ProxyError("it hung up")

    async def _bring(self, data: bytes, door: str) -> None:
        try:
            envelope = msgspec.json.decode(data, type=Envelope)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            log.warning("the proxy passed on what is no delivery", why=str(error))
            return
        delivery = envelope.x_github_delivery
        try:
            async with self._session.post(
                door, data=bytes(envelope.body), headers=envelope.headers, timeout=AT_THE_DOOR
            ) as answer:
                if answer.status >= BAD_REQUEST:
                    why = await answer.text()
                    log.warning("delivery of the proxy refused", delivery=delivery, why=why)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # A value that is no header is one of them.
            log.warning("delivery of the proxy not brought", delivery=delivery, why=type(error).__name__)


def _without_channel(error: Exception) -> str:
    """What went wrong. Of an answer that is broken HTTP, aiohttp tells the whole address."""
    if isinstance(error, aiohttp.ClientResponseError):
        return "what it answers is no HTTP"
    return str(error) or type(error).__name__
