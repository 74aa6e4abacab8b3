"""A process that sends one delivery over and over, on so many connections: each answer brings the next.

It speaks HTTP by itself, just enough of it, so that it costs less than what it measures.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from statistics import quantiles
from typing import Protocol

import msgspec

from benchmarks.processes import usage_of

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


class Load(msgspec.Struct, frozen=True):
    """What to send where, for how long; ``status`` is the right answer, ``pid`` the process that gives it."""

    port: int
    pid: int
    connections: int
    warm_up_seconds: float
    seconds: float
    event: str
    signature: str
    body: bytes
    status: int


class Measured(msgspec.Struct, frozen=True):
    """What came of it between the warm-up and the end.

    The bot's CPU seconds are ``None`` where the system does not tell them.
    """

    sent: int
    """All deliveries that were answered, those of the warm-up too."""
    wrong: int
    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    bot_cpu_seconds: float | None
    client_cpu_seconds: float


class Post(Protocol):
    """What connections share: what to send next, and where to note what came back."""

    @property
    def running(self) -> bool:
        """Whether there is more to send."""
        ...

    def next(self) -> bytes:
        """The next request."""
        ...

    def take(self, status: bytes, seconds: float) -> None:
        """Note an answer."""
        ...


class Tally:
    """What all connections have seen."""

    def __init__(self, load: Load) -> None:
        before = (
            "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
            "User-Agent: GitHub-Hookshot/044aadd\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(load.body)}\r\nX-GitHub-Event: {load.event}\r\n"
            "X-GitHub-Hook-ID: 292430182\r\nX-GitHub-Hook-Installation-Target-ID: 79929171\r\n"
            "X-GitHub-Hook-Installation-Target-Type: integration\r\n"
            f"X-Hub-Signature-256: {load.signature}\r\nX-GitHub-Delivery: "
        )
        self._before = before.encode()
        self._after = END_OF_HEAD + load.body
        self._right = str(load.status).encode()
        self._run = time.time_ns() & 0xFFFFFFFF
        self.sent = 0
        self.answered = 0
        self.wrong = 0
        self.waits: list[float] = []
        self.running = True

    def next(self) -> bytes:
        """The next request, with an id of its own."""
        self.sent += 1
        return b"%b%08x-51ed-4bad-a000-%012x%b" % (self._before, self._run, self.sent, self._after)

    def take(self, status: bytes, seconds: float) -> None:
        """Note an answer."""
        self.answered += 1
        self.wrong += status != self._right
        self.waits.append(seconds)


class Connection(asyncio.Protocol):
    """One connection, kept open; ends by itself when the tally is over."""

    def __init__(self, tally: Post) -> None:
        self._tally = tally
        self._received = b""
        self._since = 0.0
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._tally.running:
            self._send()
        else:
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Take an answer once it is whole, and send the next request."""
        self._received += data
        head, end, body = self._received.partition(END_OF_HEAD)
        if not end or len(body) < _length_told_by(head):
            return
        self._received = b""
        self._tally.take(head[9:12], time.perf_counter() - self._since)
        if self._tally.running:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The bot hung up, or it is over."""
        if exc is None or not self._tally.running:
            self.closed.set_result(None)
        else:
            self.closed.set_exception(exc)

    def _send(self) -> None:
        self._since = time.perf_counter()
        self._transport.write(self._tally.next())


def _length_told_by(head: bytes) -> int:
    _, told, rest = head.lower().partition(LENGTH)
    return int(rest.partition(b"\r")[0]) if told else 0


async def send(load: Load) -> Measured:
    """Warm up, measure, end.

    Raises:
        OSError: if a connection breaks.
    """
    tally = Tally(load)
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(load.connections):
        _, connection = await loop.create_connection(lambda: Connection(tally), "127.0.0.1", load.port)
        connections.append(connection)
    await asyncio.sleep(load.warm_up_seconds)
    tally.waits.clear()
    cpu_before, own_before, began = _cpu_seconds(load.pid), time.process_time(), time.perf_counter()
    await asyncio.sleep(load.seconds)
    seconds = time.perf_counter() - began
    cpu_after, own_after, waits = _cpu_seconds(load.pid), time.process_time(), tally.waits
    tally.waits, tally.running = [], False
    await asyncio.gather(*(connection.closed for connection in connections))
    cuts = quantiles(waits, n=100)
    return Measured(
        sent=tally.answered,
        wrong=tally.wrong,
        answered=len(waits),
        seconds=seconds,
        p50_ms=cuts[49] * 1000,
        p99_ms=cuts[98] * 1000,
        bot_cpu_seconds=None if math.isnan(cpu_after) else cpu_after - cpu_before,
        client_cpu_seconds=own_after - own_before,
    )


def _cpu_seconds(pid: int) -> float:
    usage = usage_of(pid)
    return usage.cpu_seconds if usage else math.nan


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    print(msgspec.json.encode(asyncio.run(send(wanted))).decode())
