"""A process that sends each of many deliveries once, on so many connections, as fast as they are answered."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from statistics import quantiles

import msgspec

from benchmarks.client import END_OF_HEAD, Connection


class Letter(msgspec.Struct, frozen=True):
    """One delivery, signed."""

    event: str
    id: str
    signature: str
    body: bytes


class Errand(msgspec.Struct, frozen=True):
    """What to send where: ``file`` has the letters, in MessagePack; ``status`` is the right answer to all."""

    port: int
    connections: int
    file: str
    status: int


class Sent(msgspec.Struct, frozen=True):
    """What came of it; ``began`` and ``ended`` are monotonic seconds."""

    answered: int
    wrong: int
    began: float
    ended: float
    p50_ms: float
    p99_ms: float
    longest_ms: float


class Bag:
    """What is left to send, and what came back."""

    def __init__(self, letters: list[Letter], status: int) -> None:
        self._requests = [_request(letter) for letter in reversed(letters)]
        self._right = str(status).encode()
        self.wrong = 0
        self.waits: list[float] = []

    @property
    def running(self) -> bool:
        """Whether anything is left."""
        return bool(self._requests)

    def next(self) -> bytes:
        """The next request."""
        return self._requests.pop()

    def take(self, status: bytes, seconds: float) -> None:
        """Note an answer."""
        self.wrong += status != self._right
        self.waits.append(seconds)


def _request(letter: Letter) -> bytes:
    head = (
        "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
        "User-Agent: GitHub-Hookshot/044aadd\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(letter.body)}\r\nX-GitHub-Event: {letter.event}\r\n"
        f"X-Hub-Signature-256: {letter.signature}\r\nX-GitHub-Delivery: {letter.id}"
    )
    return head.encode() + END_OF_HEAD + letter.body


def letters_of(errand: Errand) -> list[Letter]:
    """What is to be sent."""
    return msgspec.msgpack.decode(Path(errand.file).read_bytes(), type=list[Letter])


async def send(errand: Errand, letters: list[Letter]) -> Sent:
    """Send everything. Raises ``OSError`` if a connection breaks."""
    bag = Bag(letters, errand.status)
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    connections = []
    for _ in range(errand.connections):
        _, connection = await loop.create_connection(lambda: Connection(bag), "127.0.0.1", errand.port)
        connections.append(connection)
    await asyncio.gather(*(connection.closed for connection in connections))
    cuts = quantiles(bag.waits, n=100)
    return Sent(
        answered=len(bag.waits),
        wrong=bag.wrong,
        began=began,
        ended=time.monotonic(),
        p50_ms=cuts[49] * 1000,
        p99_ms=cuts[98] * 1000,
        longest_ms=max(bag.waits) * 1000,
    )


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    print(msgspec.json.encode(asyncio.run(send(wanted, letters_of(wanted)))).decode())
