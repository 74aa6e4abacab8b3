"""Whatever anybody sends to the webhook is refused quickly, in words, and leaves nothing behind."""

from __future__ import annotations

import ast
import asyncio
import gzip
import hmac
import inspect
import json
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.web import server, webhook
from bot.web.webhook import LARGE_BODIES, LARGE_BYTES, Webhook
from tests.doors import BODY, RIGHT, SECRET, Door, opened, raw, sign

REPOSITORY = b'"repository": {"id": 7, "full_name": "o/r"}'
SECONDS = 2.0
"""Far more than any of these takes, far less than GitHub waits."""


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(Door()) as door:
        yield door


@pytest.fixture
def _quickly() -> Iterator[None]:
    begun = time.perf_counter()
    yield
    assert time.perf_counter() - begun < SECONDS


# -- who may speak ----------------------------------------------------------------------------


def test_a_signature_is_compared_by_nothing_that_stops_at_the_first_difference() -> None:
    tree = ast.parse(Path(inspect.getfile(webhook)).read_text())
    [check] = [node for node in ast.walk(tree) if getattr(node, "name", "") == "_is_signed"]
    assert "hmac.compare_digest(" in ast.unparse(check)
    hasty = ast.Compare | ast.BoolOp | ast.Break | ast.If | ast.IfExp | ast.Match
    assert not [ast.unparse(node) for node in ast.walk(check) if isinstance(node, hasty)]


async def test_every_secret_is_tried_whichever_fits_so_that_time_does_not_tell_which(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def noted(given: bytes, expected: bytes) -> bool:
        compared.append(expected)
        return compare(given, expected)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    async with opened(Door(secrets=(SECRET, "second", "third"))) as door:
        for signature in (RIGHT, sign(BODY, "third"), "sha256=0", ""):
            compared.clear()
            await door.deliver(signature=signature)
            assert len(compared) == 3


async def test_nothing_is_parsed_before_it_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def dispatch(_event: str, _delivery: str, body: bytes) -> bool:
        heard.append(body)
        return True

    async with opened(Door()) as door:
        monkeypatch.setattr(door.webhook, "_dispatch", dispatch)
        for signature in (None, "", "sha256=" + "0" * 64, sign(BODY + b" ")):
            assert (await door.deliver(signature=signature)).status == 401
        assert heard == []
        assert (await door.deliver()).status == 202
        assert heard == [BODY]


@pytest.mark.parametrize("first_is_right", [True, False])
async def test_of_two_signatures_only_the_first_counts(door: Door, *, first_is_right: bool) -> None:
    wrong = "sha256=" + "0" * 64
    two = (RIGHT, wrong) if first_is_right else (wrong, RIGHT)
    answer = await raw(
        door,
        f"Content-Length: {len(BODY)}\r\nX-Hub-Signature-256: {two[0]}",
        BODY,
        signature=two[1].encode(),
    )
    assert (b" 202 " in answer) is first_is_right
    assert bool(door.notes.told) is first_is_right


# -- headers ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_quickly")
@pytest.mark.parametrize(
    "head",
    [
        "X-Long: " + "x" * 10_000,
        "X" * 10_000 + ": long",
        "\r\n".join(f"X-Many-{number}: x" for number in range(5000)),
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 5_0",
        "Content-Length: \u0665",
        "Content-Length: 0x10",
        "Transfer-Encoding: chunked, identity",
        "X-Null: \0",
        "No colon here",
        " folded: header",
    ],
    ids=lambda head: ascii(head[:40]),
)
async def test_headers_beyond_http_are_a_400(door: Door, head: str) -> None:
    assert b" 400 " in await raw(door, head, b"5\r\nabcde\r\n0\r\n\r\n")
    assert door.notes.told == []


@pytest.mark.parametrize("name", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", ["é", "\u2028", "x" * 65, "two words", "tab\there"], ids=ascii)
async def test_a_name_or_an_id_that_github_would_not_send_is_malformed(
    door: Door, name: str, value: str
) -> None:
    with capture_logs() as lines:
        response = await door.deliver(headers={name: value})
    assert response.status == 400
    assert door.notes.told == []
    assert len(lines) == 1


@pytest.mark.parametrize("value", [b"\xff\xfe", b"\xed\xa0\x80", b"\x80" * 200])
async def test_headers_of_any_bytes_are_only_malformed(door: Door, value: bytes) -> None:
    head = f"Content-Length: {len(BODY)}"
    assert b" 400 " in await raw(
        door, head, BODY, signature=RIGHT.encode() + b"\r\nX-GitHub-Delivery: x" + value
    ) or (door.notes.told), "the first of two ids counts, and it is a good one"
    before = list(door.notes.told)
    answer = await raw(door, head, BODY, signature=RIGHT.encode() + b"\r\nContent-Type: " + value)
    assert answer.split()[1] in (b"202", b"400", b"415")
    assert len(door.notes.told) - len(before) == (b" 202 " in answer)


# -- bodies -----------------------------------------------------------------------------------


async def test_who_sends_an_unwanted_body_gets_the_answer_at_once_and_is_soon_hung_up_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "LINGERING_SECONDS", 0.05)
    async with opened(Door()) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        head = b"POST /webhook HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000000000\r\n\r\n"
        writer.write(head + b"the beginning of it")
        answer = await asyncio.wait_for(reader.read(), 5)  # which ends when the other side hangs up
        assert answer.startswith(b"HTTP/1.1 413 ")
        writer.close()


@pytest.mark.usefixtures("_quickly")
@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "x"])
async def test_an_encoded_body_is_never_unpacked(door: Door, pack: object, encoding: str) -> None:
    assert callable(pack)
    bomb = pack(b" " * 2_000_000)
    signed = sign(b" " * 2_000_000)
    answer = await raw(
        door, f"Content-Encoding: {encoding}\r\nContent-Length: {len(bomb)}", bomb, signature=signed.encode()
    )
    assert answer.split()[1] in (b"400", b"415")
    assert door.notes.told == []


@pytest.mark.parametrize(
    "pieces",
    [
        b"zz\r\n",
        b"-5\r\nabcde\r\n0\r\n\r\n",
        b"5\r\nabcdeX\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\nabc",
        b"5;" + b"x" * 20_000 + b"\r\nabcde\r\n0\r\n\r\n",
        b"0\r\nX-GitHub-Event: push\r\n\r\n",
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) - 1, BODY),
    ],
    ids=lambda pieces: ascii(pieces[:20]),
)
async def test_chunks_that_lie_end_in_a_refusal(pieces: bytes) -> None:
    async with opened(Door(body_seconds=0.1)) as door:
        answer = await raw(door, "Transfer-Encoding: chunked", pieces)
        assert answer.split()[1] in (b"400", b"401", b"408", b"413")
        assert door.notes.told == []


async def test_chunks_that_do_not_lie_are_taken(door: Door) -> None:
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    assert b" 202 " in await raw(door, "Transfer-Encoding: chunked", pieces)


async def test_only_so_many_large_bodies_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends more waits, and whoever sends small ones does not."""
    monkeypatch.setattr(webhook, "LARGE_BYTES", 1000)
    async with opened(Door(body_seconds=0.3)) as door:
        hogs = [
            asyncio.create_task(raw(door, "Content-Length: 5000", b" " * 2000)) for _ in range(LARGE_BODIES)
        ]
        await asyncio.sleep(0.05)
        assert door.webhook._large_bodies.locked()
        assert (await door.deliver()).status == 202, "a small one need not wait"
        late = await raw(door, "Content-Length: 5000", b" " * 2000)
        assert b" 408 " in late
        assert {answer.split()[1] for answer in await asyncio.gather(*hogs)} == {b"408"}
        assert not door.webhook._large_bodies.locked()
        large = BODY.ljust(5000)
        assert (await door.deliver(large)).status == 202
        assert (await door.deliver(large, signature="sha256=0")).status == 401
        assert door.webhook._large_bodies._value == LARGE_BODIES, "every place is given back"


def test_what_is_held_at_once_is_bounded() -> None:
    assert LARGE_BODIES * webhook.MOST_BYTES <= 128 * 1024 * 1024
    assert LARGE_BYTES <= 1024 * 1024
    assert inspect.signature(Webhook).parameters["body_seconds"].default == 10.0


# -- JSON -------------------------------------------------------------------------------------

MALFORMED = {
    "ten thousand levels of lists": b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b", " + REPOSITORY + b"}",
    "ten thousand levels of objects": b'{"a": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    "millions of levels, never closed": b"[" * 5_000_000,
    "a number beyond every float for an id": b'{"repository": {"id": 1e999, "full_name": "o/r"}}',
    "a number of a hundred thousand digits for an id": b'{"repository": {"id": %s, "full_name": "o/r"}}'
    % (b"9" * 100_000),
    "a fraction for an id": b'{"repository": {"id": 7.5, "full_name": "o/r"}}',
    "a negative id": b'{"repository": {"id": -1, "full_name": "o/r"}}',
    "a boolean for an id": b'{"repository": {"id": true, "full_name": "o/r"}}',
    "a lone surrogate in a name": b'{"repository": {"id": 7, "full_name": "o/\\ud800"}}',
    "a lone surrogate elsewhere": b'{"a": "\\udc00", ' + REPOSITORY + b"}",
    "a surrogate in UTF-8": b'{"repository": {"id": 7, "full_name": "o/\xed\xa0\x80"}}',
    "an overlong slash": b'{"repository": {"id": 7, "full_name": "o\xc0\xafr"}}',
    "NaN": b'{"a": NaN, ' + REPOSITORY + b"}",
    "Infinity": b'{"a": -Infinity, ' + REPOSITORY + b"}",
    "a byte order mark": b"\xef\xbb\xbf{" + REPOSITORY + b"}",
    "UTF-16": ("{" + REPOSITORY.decode() + "}").encode("utf-16"),
    "UTF-32": ("{" + REPOSITORY.decode() + "}").encode("utf-32-le"),
    "a comment": b"{" + REPOSITORY + b"} // x",
    "single quotes": b"{'repository': {'id': 7}}",
    "a null byte": b"{" + REPOSITORY + b"}\0",
    "a raw line break in a text": b'{"action": "a\nb", ' + REPOSITORY + b"}",
}


@pytest.mark.usefixtures("_quickly")
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_json_beyond_the_bounds_is_a_400(door: Door, body: bytes) -> None:
    response = await door.deliver(body)
    assert response.status == 400
    assert len(await response.text()) < 300
    assert door.notes.told == []


HARMLESS = {
    "a huge number in what is not read": b'{"a": 1e999, ' + REPOSITORY + b', "action": "published"}',
    "endless digits in what is not read": b'{"a": %s, ' % (b"9" * 100_000)
    + REPOSITORY
    + b', "action": "published"}',
    "keys that stand twice": b'{"repository": {"id": 1, "full_name": "x/y"}, "action": "created", '
    + REPOSITORY
    + b', "action": "published"}',
    "a hundred thousand unknown keys": b"{%s, "
    % b", ".join(b'"k%d": 1' % number for number in range(100_000))
    + REPOSITORY
    + b', "action": "published"}',
}


@pytest.mark.usefixtures("_quickly")
@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
async def test_odd_json_that_names_something_names_it_once(door: Door, body: bytes) -> None:
    assert (await door.deliver(body)).status == 202
    assert door.notes.told == [("changed", "o/r", 7, "release published")]


async def test_a_form_is_not_read_even_if_it_is_signed(door: Door) -> None:
    body = b"payload=" + json.dumps({"action": "published"}).encode()
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = await door.deliver(body, headers={"Content-Type": kind})
        assert response.status == 415
    assert door.notes.told == []
