"""Server-sent events: bytes as they arrive to events, after the HTML standard, section 9.2.6."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 32 * 1024 * 1024
"""No event that anybody means is longer: GitHub's largest payload has 25 MB."""
MESSAGE = b"message"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


class EventTooLargeError(Exception):
    """A line, or an event, goes on and on."""


@dataclass(frozen=True)
class Event:
    """One event: its type, and its data byte by byte as sent, lines joined by a line feed."""

    kind: bytes
    data: bytes


class EventStream:
    """Takes the bytes of one connection, cut anywhere, and gives the events that are complete.

    An event that was not ended by a blank line when the connection broke is none. Ids are left out:
    nobody whom the bot listens to can go on from one.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.retry_seconds: float | None = None
        """How long the other side asks to wait before connecting again, if it did."""
        self._most_bytes = most_bytes
        self._line = bytearray()
        self._is_first = True
        self._after_return = False
        self._kind = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes complete.

        Raises:
            EventTooLargeError: One grows beyond all bounds.
        """
        if self._after_return and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_return = False
        if not chunk:
            return
        self._after_return = chunk.endswith(b"\r")
        first, *others = _LINE_END.split(chunk)
        self._grow(first)
        for part in others:
            event = self._end_of_line()
            if event is not None:
                yield event
            self._grow(part)

    def _grow(self, part: bytes) -> None:
        self._line += part
        self._size += len(part)
        if self._size > self._most_bytes:
            raise EventTooLargeError(f"an event is larger than {self._most_bytes} bytes")

    def _end_of_line(self) -> Event | None:
        line = bytes(self._line)
        self._line.clear()
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(BYTE_ORDER_MARK)
        if not line:
            return self._end_of_event()
        name, _, value = line.partition(b":")  # a line that begins with a colon is a comment, and has no name
        self._take(name, value.removeprefix(b" "))
        return None

    def _take(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._kind = value
        elif name == b"retry" and value.isdigit():
            self.retry_seconds = int(value[:9]) / 1000

    def _end_of_event(self) -> Event | None:
        event = Event(self._kind or MESSAGE, b"\n".join(self._data)) if self._data else None
        self._kind, self._data, self._size = b"", [], 0
        return event
