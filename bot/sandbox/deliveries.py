"""Sending webhooks in their order, and the log of what became of each."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import aiohttp

from bot.sandbox.apps import App
from bot.sandbox.state import Json, State

PENDING = "pending"
TIMEOUT_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class Delivery:
    """One attempt to deliver one event to one app; ``status_code`` is 0 until it was tried."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    body: bytes
    installation_id: int | None
    repository_id: int | None
    delivered_at: datetime
    redelivery: bool = False
    status: str = PENDING
    status_code: int = 0
    duration_seconds: float = 0.0
    url: str = ""
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def payload(self) -> Json:
        """What was, or will be, sent."""
        payload: Json = json.loads(self.body)
        return payload

    def headers(self) -> dict[str, str]:
        """The headers GitHub sends along, signatures included."""
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": f"GitHub-Hookshot/{self.app.id:07x}",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.app.hook_id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        if self.app.webhook_secret:
            secret = self.app.webhook_secret.encode()
            headers["X-Hub-Signature"] = "sha1=" + hmac.new(secret, self.body, hashlib.sha1).hexdigest()
            headers["X-Hub-Signature-256"] = (
                "sha256=" + hmac.new(secret, self.body, hashlib.sha256).hexdigest()
            )
        return headers

    def succeeded(self) -> bool:
        """Whether the app answered with a 2xx."""
        return self.status == "OK"


Selection = Collection[int] | Callable[[Delivery], bool]
Order = Sequence[int] | Callable[[list[Delivery]], list[Delivery]] | Literal["sent", "reversed"]


class Deliveries:
    """The log and the queue. What is held back waits until a test lets it go."""

    def __init__(self, state: State) -> None:
        self.log: list[Delivery] = []
        self.held: list[Delivery] = []
        self.timeout_seconds = TIMEOUT_SECONDS
        self._state = state
        self._holding = False
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()

    def add(self, delivery: Delivery) -> None:
        """Log a delivery and put it at the end of the queue, or among those that are held."""
        self.log.append(delivery)
        if self._holding:
            self.held.append(delivery)
        else:
            self._queue.put_nowait(delivery)

    def again(self, delivery: Delivery) -> Delivery:
        """Deliver once more what was delivered before: the same GUID and body under a new id."""
        copy = Delivery(
            id=self._state.delivery_ids.number(),
            guid=delivery.guid,
            app=delivery.app,
            event=delivery.event,
            action=delivery.action,
            body=delivery.body,
            installation_id=delivery.installation_id,
            repository_id=delivery.repository_id,
            delivered_at=self._state.now(),
            redelivery=True,
        )
        self.add(copy)
        return copy

    def hold(self) -> None:
        """Keep back what is emitted from now on."""
        self._holding = True

    def release(self, order: Order = "sent", drop: Selection = (), repeat: Selection = ()) -> None:
        """Let go what was held; numbers count from 0 in the order of emission.

        Args:
            order: The order to send them in; numbers left out are sent last.
            drop: Those that get lost on the way: the log shows a failed connection.
            repeat: Those that arrive twice, the second time at once after the first.
        """
        held, self.held, self._holding = self.held, [], False
        lost = _chosen(held, drop)
        twice = _chosen(held, repeat)
        for delivery in _ordered(held, order):
            if delivery in lost:
                delivery.url = delivery.app.url or ""
                delivery.status, delivery.status_code = "failed to connect to host", 502
                continue
            self._queue.put_nowait(delivery)
            if delivery in twice:
                self._queue.put_nowait(delivery)

    async def delivered(self) -> None:
        """Wait until everything that was queued has been sent and answered."""
        await self._queue.join()

    async def run(self) -> None:
        """Send, one after the other, for ever."""
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            while True:
                delivery = await self._queue.get()
                try:
                    await self._send(session, delivery)
                finally:
                    self._queue.task_done()

    async def _send(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        delivery.url = delivery.app.url or ""
        delivery.delivered_at = self._state.now()
        delivery.request_headers = delivery.headers()
        start = time.monotonic()
        try:
            async with session.post(
                delivery.url,
                data=delivery.body,
                headers=delivery.request_headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout_seconds),
            ) as response:
                delivery.response_body = (await response.read()).decode(errors="replace")
                delivery.response_headers = dict(response.headers)
                delivery.status_code = response.status
                good = response.ok and not 300 <= response.status < 400  # noqa: PLR2004 - the class of redirects
                delivery.status = "OK" if good else f"Invalid HTTP Response: {response.status}"
        except TimeoutError:
            delivery.status, delivery.status_code = "timed out", 504
        except (aiohttp.ClientError, ValueError, OSError):
            delivery.status, delivery.status_code = "failed to connect to host", 502
        delivery.duration_seconds = time.monotonic() - start


def _chosen(held: list[Delivery], selection: Selection) -> set[Delivery]:
    if callable(selection):
        return {delivery for delivery in held if selection(delivery)}
    return {held[number] for number in selection}


def _ordered(held: list[Delivery], order: Order) -> list[Delivery]:
    if callable(order):
        return order(list(held))
    if isinstance(order, str):
        return held[::-1] if order == "reversed" else held
    first = [held[number] for number in order]
    return first + [delivery for delivery in held if delivery not in first]
