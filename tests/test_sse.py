"""Server-sent events, as the HTML standard reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sse import Event, EventStream, EventTooLargeError


def read(*chunks: bytes) -> list[Event]:
    stream = EventStream()
    return [event for chunk in chunks for event in stream.feed(chunk)]


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (b"data: one\n\n", [(b"message", b"one")]),
        (b"event: ping\ndata: {}\n\n", [(b"ping", b"{}")]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [(b"message", b"YHOO\n+2\n10")]),
        (
            b": a comment\n\ndata:first\nid: 1\n\ndata:  second\n\n",
            [(b"message", b"first"), (b"message", b" second")],
        ),
        (b"data\n\ndata\ndata\n\ndata:", [(b"message", b""), (b"message", b"\n")]),
        (b"data: one\r\rdata: two\r\n\r\n", [(b"message", b"one"), (b"message", b"two")]),
        (b"\xef\xbb\xbfdata: marked\n\n", [(b"message", b"marked")]),
        (b"event: lost\n\ndata: plain\n\n", [(b"message", b"plain")]),
        (b"data: broken off\n", []),
        (b'unknown: field\ndata: {"a": "b: c"}\n\n', [(b"message", b'{"a": "b: c"}')]),
    ],
)
def test_events_are_read_as_the_standard_says(sent: bytes, events: list[tuple[bytes, bytes]]) -> None:
    assert [(event.kind, event.data) for event in read(sent)] == events


@given(
    st.lists(st.sampled_from([b"data: a", b"data:", b"event: x", b":", b"", b"", b"retry: 5"]), max_size=12),
    st.sampled_from([b"\n", b"\r", b"\r\n"]),
    st.data(),
)
def test_it_does_not_matter_where_the_bytes_are_cut(
    lines: list[bytes], end: bytes, data: st.DataObject
) -> None:
    sent = b"".join(line + end for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    chunks = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert read(*chunks) == read(sent) == read(b"".join(line + b"\n" for line in lines))


def test_the_wait_that_is_asked_for_is_kept_and_no_other_word_is_taken_for_one() -> None:
    stream = EventStream()
    list(stream.feed(b"retry: 2500\nretry: soon\nretry: -1\n"))
    assert stream.retry_seconds == 2.5


@pytest.mark.parametrize("line", [b"x", b"data: x\n"])
def test_what_goes_on_and_on_is_refused(line: bytes) -> None:
    stream = EventStream(most_bytes=100)

    def go_on_and_on() -> None:
        for _ in range(200):
            list(stream.feed(line))

    with pytest.raises(EventTooLargeError):
        go_on_and_on()


def test_many_small_events_are_not_one_large_one() -> None:
    stream = EventStream(most_bytes=100)
    assert sum(len(list(stream.feed(b"data: x\n\n"))) for _ in range(200)) == 200
