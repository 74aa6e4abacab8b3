"""The webhook keeps its contract: what is signed and whole is taken, and nothing else leaves a trace."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
from collections.abc import AsyncIterator

import msgspec
import pytest
from structlog.testing import capture_logs

from bot.events import Dispatcher
from bot.metrics import Metrics
from bot.web.webhook import MOST_BYTES, Webhook
from tests.doors import BODY, RIGHT, SECRET, Door, opened, raw, sign
from tests.test_events import JAVA, Notes


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(Door()) as door:
        yield door


async def test_a_delivery_of_interest_is_accepted_and_told(door: Door) -> None:
    response = await door.deliver()
    assert (response.status, await response.text()) == (202, "Accepted.")
    assert response.content_type == "text/plain"
    assert door.notes.told == [("changed", JAVA["full_name"], 7, "release published")]
    assert door.count("release", "accepted") == 1


async def test_a_delivery_of_no_interest_is_answered_with_nothing(door: Door) -> None:
    body = msgspec.json.encode({"action": "labeled", "issue": {"number": 1}, "repository": JAVA})
    response = await door.deliver(body, event="issues")
    assert (response.status, await response.read()) == (204, b"")
    assert door.notes.told == []
    assert door.count("issues", "of no interest") == 1


async def test_the_body_of_an_event_nobody_listens_to_is_never_parsed(door: Door) -> None:
    response = await door.deliver(b"{ no JSON at all", event="workflow_job")
    assert response.status == 204
    assert door.count("other", "of no interest") == 1


async def test_github_s_ping_is_answered(door: Door) -> None:
    response = await door.deliver(b'{"zen": "Design for failure.", "hook_id": 1}', event="ping")
    assert response.status == 204


async def test_a_delivery_that_is_repeated_is_taken_again_for_the_first_may_have_been_lost(
    door: Door,
) -> None:
    for _ in range(3):
        assert (await door.deliver()).status == 202
    assert len(door.notes.told) == 3


async def test_each_of_several_secrets_is_accepted_while_one_replaces_the_other() -> None:
    async with opened(Door(secrets=("new secret", SECRET))) as door:
        for secret, status in ((SECRET, 202), ("new secret", 202), ("older secret", 401)):
            assert (await door.deliver(signature=sign(BODY, secret))).status == status


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(None, id="none, though SHA-1 is there"),
        pytest.param("", id="empty"),
        pytest.param("sha256=", id="no digits"),
        pytest.param(RIGHT[:-1], id="too short"),
        pytest.param(RIGHT + "0", id="too long"),
        pytest.param(RIGHT.removeprefix("sha256="), id="no prefix"),
        pytest.param(RIGHT.replace("sha256", "sha1"), id="other prefix"),
        pytest.param(RIGHT.upper(), id="upper case"),
        pytest.param(f"{RIGHT}, {RIGHT}", id="twice"),
        pytest.param("sha256=" + "0" * 64, id="zeros"),
        pytest.param("sha256=" + "é" * 64, id="no ASCII"),
        pytest.param("sha256=" + "é" * 32 + "0" * 32, id="partly no ASCII"),
        pytest.param(sign(BODY, "another secret"), id="another secret"),
        pytest.param(sign(BODY, ""), id="an empty secret"),
        pytest.param(sign(BODY + b" "), id="another body"),
        pytest.param(sign(b""), id="no body"),
        pytest.param("sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest(), id="SHA-1"),
    ],
)
async def test_a_wrong_signature_leaves_no_trace_but_a_log_line(door: Door, signature: str | None) -> None:
    with capture_logs() as lines:
        response = await door.deliver(signature=signature)
    assert response.status == 401
    assert await response.text() == "X-Hub-Signature-256 does not fit the body and the secret."
    assert door.notes.told == []
    (line,) = lines
    assert (
        line.items()
        >= {
            "event": "delivery refused",
            "log_level": "warning",
            "status": 401,
            "why": "bad signature",
            "event_name": "release",
            "delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        }.items()
    )
    assert door.count("refused", "bad signature") == 1
    assert door.count("release", "accepted") is None


async def test_an_unverified_body_is_not_parsed_and_tells_its_sender_nothing(door: Door) -> None:
    response = await door.deliver(b"{ no JSON at all", event=None, signature=sign(BODY))
    assert response.status == 401


async def test_the_headers_of_the_refused_are_cut_short_in_the_log(door: Door) -> None:
    with capture_logs() as lines:
        await door.deliver(event="x" * 5000, signature="sha256=0", headers={"X-GitHub-Delivery": "y" * 5000})
    assert (lines[0]["event_name"], lines[0]["delivery"]) == ("x" * 64, "y" * 64)


@pytest.mark.parametrize("missing", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", [None, ""])
async def test_a_delivery_without_name_or_id_is_malformed(
    door: Door, missing: str, value: str | None
) -> None:
    response = await door.deliver(headers={missing: value})
    assert (response.status, await response.text()) == (
        400,
        "X-GitHub-Event or X-GitHub-Delivery is missing or malformed.",
    )
    assert door.notes.told == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"action": "published"}', b"payload=%7B%7D"])
async def test_a_signed_body_that_is_not_github_s_json_is_malformed(door: Door, body: bytes) -> None:
    response = await door.deliver(body)
    assert response.status == 400
    assert (await response.text()).startswith("Not understood: the body ")
    assert door.notes.told == []
    assert door.count("refused", "malformed") == 1


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "a;b;c"],
)
async def test_another_content_type_is_refused_with_what_to_set(door: Door, content_type: str | None) -> None:
    response = await door.deliver(headers={"Content-Type": content_type})
    assert (response.status, await response.text()) == (
        415,
        "Set the webhook's content type to application/json.",
    )
    assert door.notes.told == []


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_spelled_in_any_way(door: Door, content_type: str) -> None:
    assert (await door.deliver(headers={"Content-Type": content_type})).status == 202


async def test_a_compressed_body_is_refused_for_the_signature_is_over_the_plain_one(door: Door) -> None:
    packed = gzip.compress(BODY)
    response = await door.deliver(packed, signature=sign(BODY), headers={"Content-Encoding": "gzip"})
    assert response.status == 415
    assert door.notes.told == []


async def test_a_body_of_twenty_five_megabytes_is_taken(door: Door) -> None:
    body = BODY.ljust(MOST_BYTES)
    assert (await door.deliver(body)).status == 202


async def test_a_larger_body_is_refused(door: Door) -> None:
    body = BODY.ljust(MOST_BYTES + 1)
    response = await door.deliver(body)
    assert (response.status, await response.text()) == (413, "The body is larger than 25 MB.")
    assert door.notes.told == []


async def test_a_larger_body_that_comes_in_pieces_is_refused_before_it_is_all_there(door: Door) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(26):
            yield b" " * 1024 * 1024
            sent += 1
            await asyncio.sleep(0)

    response = await door.deliver(pieces())
    assert response.status == 413
    assert door.count("refused", "too large") == 1


async def test_a_signature_of_any_bytes_at_all_is_only_a_wrong_one(door: Door) -> None:
    head = f"Content-Length: {len(BODY)}"
    assert b" 401 " in await raw(door, head, BODY, signature=b"sha256=\xff\xfe" + b"\x80" * 62)
    assert b" 202 " in await raw(door, head, BODY)


async def test_without_any_signature_the_body_is_not_even_waited_for(door: Door) -> None:
    assert b" 401 " in await raw(door, "Content-Length: 1000", b"{", signature=b"")


async def test_a_length_that_is_too_large_is_refused_before_anything_is_read(door: Door) -> None:
    assert b" 413 " in await raw(door, f"Content-Length: {10**15}")
    assert b" 400 " in await raw(door, f"Content-Length: {'9' * 400}")


async def test_a_length_that_is_too_small_cuts_the_body_off_and_so_breaks_the_signature(door: Door) -> None:
    answer = await raw(door, f"Content-Length: {len(BODY) - 5}", BODY)
    assert answer.split()[1] in (b"400", b"401")
    assert door.notes.told == []


async def test_a_body_that_does_not_come_is_waited_for_only_so_long() -> None:
    async with opened(Door(body_seconds=0.02)) as door:
        assert b" 408 " in await raw(door, "Content-Length: 100", b"{")
        assert b" 408 " in await raw(door, "Transfer-Encoding: chunked", b"5\r\nab")
        assert door.notes.told == []


@pytest.mark.parametrize("head", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_a_sender_that_hangs_up_halfway_leaves_one_log_line(door: Door, head: str) -> None:
    with capture_logs() as lines:
        await raw(door, head, b"5\r\nab", hang_up=True)
        for _ in range(100):
            if lines:
                break
            await asyncio.sleep(0.002)
    assert [(line["status"], line["why"]) for line in lines] == [(400, "malformed")]
    assert door.notes.told == []


async def test_while_the_bot_shuts_down_deliveries_are_refused_for_later(door: Door) -> None:
    door.webhook.close()
    response = await door.deliver()
    assert (response.status, await response.text()) == (503, "The bot is shutting down; redeliver later.")
    assert door.notes.told == []


async def test_a_body_that_ends_while_the_bot_shuts_down_is_refused_for_later_too(door: Door) -> None:
    """What is taken now would be in no queue, and GitHub would not send it again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    lines = ["POST /webhook HTTP/1.1", "Host: bot", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(BODY)}", "X-GitHub-Event: release", "X-GitHub-Delivery: 72d3162e"]
    lines += [f"X-Hub-Signature-256: {RIGHT}", "", ""]
    writer.write("\r\n".join(lines).encode() + BODY[:-5])
    await asyncio.sleep(0.02)  # until it is heard
    door.webhook.close()
    writer.write(BODY[-5:])
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 503 ")
    assert door.notes.told == []
    writer.close()


async def test_a_fault_of_ours_is_a_500_without_a_word_of_what_it_was() -> None:
    class Broken(Notes):
        def repository_changed(self, full_name: str, repository_id: int, reason: str) -> None:
            raise RuntimeError(f"secret thing about {full_name}, {repository_id}, {reason}")

    async with opened(Door(notes=Broken())) as door:
        with capture_logs() as lines:
            response = await door.deliver()
        assert response.status == 500
        assert "secret thing" not in await response.text()
        assert "Traceback" not in await response.text()
        assert lines[-1]["event"] == "request failed"


async def test_another_method_is_told_which_one_to_use(door: Door) -> None:
    response = await door.client.get(f"http://127.0.0.1:{door.port}/webhook")
    assert response.status == 405
    assert response.headers["Allow"] == "POST"


async def test_answers_say_little_of_the_server(door: Door) -> None:
    for response in (await door.deliver(), await door.deliver(signature="")):
        assert response.headers["Server"] == "status-bot"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("secrets", [(), ("",), ("good", "")])
def test_a_webhook_without_a_secret_cannot_be_made(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="empty webhook secret"):
        Webhook(Dispatcher(Notes()).dispatch, secrets, Metrics())


async def test_thousands_of_deliveries_side_by_side_are_all_answered(door: Door) -> None:
    responses = await asyncio.gather(*(door.deliver() for _ in range(500)))
    assert {response.status for response in responses} == {202}
    assert len(door.notes.told) == 500
