"""A process with a sandbox GitHub in it: says where it listens, then does what each line of input says."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.crowd import Crowd
from benchmarks.oracle import standing
from benchmarks.organization import MAINTAINER, SITE, build, install, publish, sig_name
from benchmarks.sender import Letter
from benchmarks.traffic import Traffic, traffic_of
from bot.observe import FIRST_GUESS
from bot.sandbox import Installation, Sandbox, events
from bot.site import branch_for

PER_ALIAS_SECONDS = 0.005
LOOK_SECONDS = 0.001
BRANCH = branch_for(FIRST_GUESS)
PUBLISHED = sig_name(2)
"""The SIG that publishes a release while its organisation is measured."""


class Ready(msgspec.Struct, frozen=True):
    """The first line: where the sandbox is, and the app's credentials there."""

    api_url: str
    app_id: int
    private_key: str
    built_in_seconds: float


class Report(msgspec.Struct, frozen=True):
    """The answer to every line: monotonic seconds, CPU seconds of this process, traffic since ``mark``."""

    at: float
    cpu_seconds: float
    traffic: Traffic | None = None


class Stage:
    """What can be told to happen on the sandbox, and waited for."""

    def __init__(self, github: Sandbox, installation: Installation, sigs: int) -> None:
        self._github = github
        self._sigs = sigs
        self._crowd: Crowd | None = None
        self._day: asyncio.Task[None] | None = None
        self._installation = installation
        self._site = github.repository(SITE)
        self._seen = 0
        self._tip: str | None = None
        self._releases = 0
        self._deeds: dict[str, Callable[[], None]] = {
            "mark": self._mark,
            "publish": self._publish,
            "resync": self._resync,
            "live": self._live,
            "sleep": self._sleep,
            "refresh": self._refresh,
        }
        self._files: dict[str, Callable[[str], bytes]] = {
            "burst": self._burst,
            "standing": self._standing,
        }
        self._events: dict[str, Callable[[], bool]] = {
            "proposed": lambda: bool(self._site.pulls()),
            "committed": lambda: self._site.tip(BRANCH) != self._tip,
        }

    async def do(self, word: str) -> Report:
        """Do something, wait for something, or (``traffic``) tell what was asked since ``mark``.

        ``burst=COUNT=FILE`` and ``standing==FILE`` write what there is too much of for a line.
        """
        if "=" in word:
            word, argument, file = word.split("=", 2)
            await asyncio.to_thread(Path(file).write_bytes, self._files[word](argument))
            return Report(time.monotonic(), time.process_time())
        if word == "traffic":
            traffic = traffic_of(self._github.requests[self._seen :])
            return Report(time.monotonic(), time.process_time(), traffic)
        if word in self._events:
            happened = self._events[word]
            while not happened():  # noqa: ASYNC110 - the sandbox has no need for such an event
                await asyncio.sleep(LOOK_SECONDS)
            return Report(time.monotonic(), time.process_time())
        report = Report(time.monotonic(), time.process_time())
        self._deeds[word]()
        return report

    def _mark(self) -> None:
        self._seen = len(self._github.requests)
        self._tip = self._site.tip(BRANCH)

    def _publish(self) -> None:
        self._releases += 1
        publish(self._github.repository(PUBLISHED), f"v0.9.{self._releases}")

    @property
    def _people(self) -> Crowd:
        self._crowd = self._crowd or Crowd(self._github, self._sigs)
        return self._crowd

    def _live(self) -> None:
        """Let people act, and requests go wrong, until ``sleep``."""
        people = self._people
        self._github.intercept(people.fault)
        self._day = asyncio.create_task(people.live())

    def _sleep(self) -> None:
        self._github.intercept(None)
        if self._day is None:
            return
        if self._day.done():
            self._day.result()  # people never stop by themselves: what went wrong with them is told
        self._day.cancel()

    def _refresh(self) -> None:
        self._people.ask_for_all()

    def _burst(self, count: str) -> bytes:
        """Signed deliveries that have happened, and were not sent."""
        letters = [
            Letter(one.event, one.guid, one.headers()["X-Hub-Signature-256"], one.body)
            for one in self._people.burst(int(count))
        ]
        return msgspec.msgpack.encode(letters)

    def _standing(self, _argument: str) -> bytes:
        sigs = [self._github.repository(sig_name(number)) for number in range(self._sigs)]
        return msgspec.msgpack.encode(standing(self._github, sigs))

    def _resync(self) -> None:
        """An installation with new permissions is searched and read as a whole, as at each resync."""
        state = self._github.state
        events.installation(state, "new_permissions_accepted", self._installation, MAINTAINER, [])


async def run(sigs: int, webhook_url: str | None, rest_seconds: float, graphql_seconds: float) -> None:
    """Build, serve, and obey until the input ends."""
    began = time.monotonic()
    github = Sandbox()
    build(github, sigs)
    app, installation = install(github, webhook_url)
    per_alias_seconds = PER_ALIAS_SECONDS if graphql_seconds else 0.0
    github.latency(rest_seconds, graphql_seconds, per_alias_seconds)
    async with github.serve() as server:
        built_in_seconds = time.monotonic() - began
        _say(Ready(server.api_url, app.id, app.private_key, built_in_seconds))
        stage = Stage(github, installation, sigs)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            _say(await stage.do(word))


def _say(message: msgspec.Struct) -> None:
    print(msgspec.json.encode(message).decode(), flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sigs", type=int, required=True)
    parser.add_argument("--webhook-url")
    parser.add_argument("--rest-seconds", type=float, default=0.0)
    parser.add_argument("--graphql-seconds", type=float, default=0.0)
    asyncio.run(run(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
