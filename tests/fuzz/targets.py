"""What is fuzzed: each target takes any bytes, and raises where the bot does what it never should."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from unittest import mock

import yaml
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.commands import COMMANDS, MAX_COMMANDS, may_hold_command, parse
from bot.events import EVENTS, Dispatcher
from bot.markdown import code, text, visible
from bot.metrics import Metrics
from bot.site import SiteConfig, read_config
from bot.status.datafile import read_output, read_source
from bot.status.facts import Facts
from bot.status.faults import Fault, FileFaultError
from bot.status.page import compute_page
from bot.web.webhook import Webhook
from tests.attacks import LIVE, assert_harmless
from tests.test_events import Notes

SECRET = "a secret of the fuzzer's"
MOST_SECONDS = 5.0
"""Of one core, for any input of the fuzzer's size; it is slowed down by counting branches."""
LONGEST_FAULT = 2000


class TooSlowError(AssertionError):
    """An input took the time that others wait for."""


def timed(target: Callable[[bytes], None], data: bytes) -> None:
    """Run a target on an input. Raises whatever it finds."""
    begun = time.thread_time()
    target(data)
    taken = time.thread_time() - begun
    if taken > MOST_SECONDS:
        raise TooSlowError(f"{len(data)} bytes took {taken:.1f} s")


# -- the webhook ------------------------------------------------------------------------------

CHECKS = ("check_run", "check_suite")
EVENT_NAMES = (*sorted(EVENTS.difference(CHECKS)), "ping", "check_run", "", "x" * 100, "check_suite")
"""In an order that lasts: the inputs that are kept name them by their places."""
CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded", "text/plain", "")
HEADER_BYTES = 4


class Door:
    """A webhook with a listener that only remembers, and the loop that both run in."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.notes = Notes()
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        self.webhook = Webhook(Dispatcher(self.notes).dispatch, (SECRET,), Metrics())

    async def knock(self, headers: CIMultiDict[str], body: bytes) -> int:
        """Deliver; gives the answer's status."""
        protocol: Any = mock.Mock(_reading_paused=False)
        payload = StreamReader(protocol, 2**16, loop=self.loop)
        payload.feed_data(body)
        payload.feed_eof()
        request = make_mocked_request("POST", "/webhook", headers=headers, payload=payload)
        return (await self.webhook.handle(request)).status


@cache
def door() -> Door:
    """The one that all inputs of a process are brought to."""
    return Door()


def webhook(data: bytes) -> None:
    """The first four bytes choose the headers, the others are the body. Whatever comes is answered."""
    event, kind, signed, odd = data[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0")
    body = data[HEADER_BYTES:]
    good = signed % 4 != 1
    signature = hmac.new(SECRET.encode(), body if good else body + b"x", hashlib.sha256).hexdigest()
    headers = CIMultiDict(
        {
            "Content-Type": CONTENT_TYPES[kind % len(CONTENT_TYPES)],
            "X-GitHub-Event": EVENT_NAMES[event % len(EVENT_NAMES)],
            "X-GitHub-Delivery": "72d3162e" if odd % 8 != 1 else body[:40].decode("latin-1"),
            "X-Hub-Signature-256": f"sha256={signature}",
        }
    )
    if odd % 8 == 2:
        headers["Content-Encoding"] = "gzip"
    bot = door()
    bot.notes.told.clear()
    bot.notes.checks.clear()
    status = bot.loop.run_until_complete(bot.knock(headers, body))
    assert status in (202, 204, 400, 401, 415), status
    assert good or status in (401, 415), "what is not signed gets no further"
    assert (status == 202) == bool(bot.notes.told or bot.notes.checks) or status == 400


# -- the commands -----------------------------------------------------------------------------


def commands(data: bytes) -> None:
    """A comment: each command in it is a word and one line, and what is repeated of it does nothing."""
    body = data.decode("utf-8", "replace")
    requests = parse(body, "status-bot")
    assert len(requests) <= MAX_COMMANDS
    assert not requests or may_hold_command(body)
    for request in requests:
        assert request.word == request.word.lower()
        assert not request.word or request.word.split() == [request.word]
        assert request.rest == " ".join(request.rest.split())
        assert request.command is None or request.command in COMMANDS
        assert not LIVE.search(code(request.word))
        if request.rest:
            assert_harmless(text(request.rest))


# -- the files --------------------------------------------------------------------------------

KINDS = ("config", "source", "output")


def yaml_files(data: bytes) -> None:
    """The first byte says which file the others are: each is read or refused with faults that name lines."""
    kind = KINDS[(data[0] if data else 0) % len(KINDS)]
    content = data[1:].decode("utf-8", "surrogateescape")
    faults: tuple[Fault, ...] = ()
    try:
        {"config": config, "source": source, "output": output}[kind](content)
    except FileFaultError as error:
        faults = error.faults or (Fault("", -1, "nothing was said"),)
    lines = content.count("\n") + content.count("\r") + 1
    for fault in faults:
        assert 0 <= fault.line <= lines
        assert visible(fault.message, LONGEST_FAULT) == " ".join(fault.message.split())


def config(content: str) -> None:
    """What is accepted names files in the repository, and means what any reader of YAML takes it for."""
    read = read_config(content)
    for path in (read.source, read.output):
        parts = path.split("/")
        assert not {"", ".", "..", ".git"} & {part.strip(" .").casefold() or "." for part in parts[:-1]}
        assert parts[:2] not in ([".github", "workflows"], [".github", "actions"])
        assert path.endswith((".yaml", ".yml")) or path.lower().endswith((".yaml", ".yml"))
        assert path.isprintable()
        assert "\\" not in path
    assert read.source != read.output
    meant = yaml.load(content, Loader=yaml.CSafeLoader) or {}  # PyYAML's other parser knows fewer tabs
    for key in ("source", "output", "header", "base"):
        if isinstance(meant.get(key), str):
            assert getattr(read, key) == meant[key]
        else:
            assert getattr(read, key) == getattr(SiteConfig(), key)


def source(content: str) -> None:
    """What is read can be proposed, and read again."""
    read = read_source(content, "source.yaml")
    page = compute_page(read, Facts(repositories={}), None)
    assert len(read_output(page.text, "output.yaml")) <= len(read.rows)


def output(content: str) -> None:
    """Rows have labels and repositories."""
    for row in read_output(content, "output.yaml"):
        assert row.label
        assert row.repository


TARGETS: dict[str, Callable[[bytes], None]] = {"webhook": webhook, "commands": commands, "yaml": yaml_files}
"""By the names of their folders in the corpus."""
