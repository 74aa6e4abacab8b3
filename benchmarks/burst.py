"""Measure a burst: ``python -m benchmarks.burst`` sends 5,000 deliveries that all matter as fast as they go.

The sandbox GitHub has a process of its own and takes its time for every answer, as in the other
measures (80 ms for REST, 250 ms and 5 ms a repository for GraphQL). A site names a hundred
repositories, and its proposal is open. In all of these repositories people then publish releases, close
issues, and edit and close milestones, until 5,000 deliveries of it matter; they are signed, and held
back. A client sends them over 32 connections at full speed to the bot, which runs with its default
settings. When the bot has come to rest, what is proposed must be, byte for byte, what ``compute`` makes of
the source and of facts that are taken from the sandbox's records, not through its API.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from benchmarks.deliveries import ACCEPTED
from benchmarks.oracle import Standing
from benchmarks.parts import Bot, FailedError, GitHub, bot, github
from benchmarks.processes import ROOT, free_port, helper_process, keep_off_the_bots_core, usage_of
from benchmarks.reconcile import GRAPHQL_SECONDS, REST_SECONDS
from benchmarks.report import console_of, show_figures
from benchmarks.results import Results, Sample, begin, save
from benchmarks.sender import Errand, Sent
from bot.settings import Settings

CONNECTIONS = 32
LONGEST_SECONDS = 120.0
REST_WITHIN_SECONDS = 3 * Settings.debounce_seconds
WRITES_OF_A_PROPOSAL = 5
"""Tree, commit, branch, pull request, labels."""
MOST_WRITES = 3 * WRITES_OF_A_PROPOSAL
MEASURE = "burst"


async def measure(sigs: int, count: int) -> Sample:
    """One burst before a fresh bot and a fresh sandbox. Raises ``FailedError`` where it ends wrong."""
    port = free_port()
    words = ["--sigs", str(sigs), "--webhook-url", f"http://127.0.0.1:{port}/webhook"]
    words += ["--rest-seconds", str(REST_SECONDS), "--graphql-seconds", str(GRAPHQL_SECONDS)]
    with tempfile.TemporaryDirectory() as folder:
        async with github(*words) as hub, bot(hub, port) as running:
            await hub.do("proposed")
            await running.at_rest(REST_WITHIN_SECONDS)
            await hub.do(f"burst={count}={folder}/letters")
            await running.at_rest(REST_WITHIN_SECONDS)
            before, usage_before = await running.metrics(), usage_of(running.pid)
            await hub.do("mark")
            sent = await _send(running, Path(folder, "letters"))
            committed = await hub.do("committed")
            await running.at_rest(REST_WITHIN_SECONDS)
            sample = await _sample(hub, running, sent, before)
            sample["commit after last, s"] = committed.at - sent.ended
            if usage_before is not None:
                sample["peak MiB, before"] = usage_before.peak_mib
            await check(hub, Path(folder))
    return sample


async def _send(running: Bot, letters: Path) -> Sent:
    errand = Errand(running.port, CONNECTIONS, str(letters), ACCEPTED)
    async with helper_process("benchmarks.sender") as sender:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                printed, _ = await sender.communicate(msgspec.json.encode(errand))
        except TimeoutError:
            raise FailedError("the bot left deliveries unanswered") from None
    if not printed:
        raise FailedError("the bot broke a connection off")
    sent = msgspec.json.decode(printed, type=Sent)
    if sent.wrong:
        raise FailedError(f"{sent.wrong} of {sent.answered} deliveries got another answer")
    return sent


async def _sample(hub: GitHub, running: Bot, sent: Sent, before: Mapping[str, float]) -> Sample:
    traffic, _ = await hub.traffic()
    after, usage = await running.metrics(), usage_of(running.pid)
    writes = traffic.requests["REST writes"]
    if writes > MOST_WRITES:
        raise FailedError(f"{writes} writes, where {MOST_WRITES} are the most")
    sample: Sample = {
        "deliveries": sent.answered,
        "seconds": sent.ended - sent.began,
        "deliveries/s": sent.answered / (sent.ended - sent.began),
        "p50 ms": sent.p50_ms,
        "p99 ms": sent.p99_ms,
        "longest ms": sent.longest_ms,
        "runs": _runs(after) - _runs(before),
        **{kind: float(number) for kind, number in traffic.requests.items()},
        "repositories read": len(traffic.repositories),
        "points": traffic.points,
        "dearest query": traffic.dearest,
    }
    if usage is not None:
        sample |= {"RSS MiB": usage.rss_mib, "peak MiB": usage.peak_mib}
    return sample


def _runs(metrics: Mapping[str, float]) -> float:
    return metrics['status_bot_runs_total{kind="site",outcome="done"}']


async def check(hub: GitHub, folder: Path) -> Standing:
    """What is proposed, held against what ``compute`` says. Raises ``FailedError`` where they differ."""
    await hub.do(f"standing=={folder}/standing")
    stands = msgspec.msgpack.decode((folder / "standing").read_bytes(), type=Standing)
    (folder / "source.yaml").write_text(stands.source, encoding="utf-8")
    (folder / "facts.json").write_text(stands.facts, encoding="utf-8")
    command = ("-m", "bot", "compute", "--source", f"{folder}/source.yaml", "--facts", f"{folder}/facts.json")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    computed, _ = await process.communicate()
    if computed.decode() != stands.output or not stands.output:
        raise FailedError("what is proposed is not what compute makes of the facts")
    if stands.open_pulls > 1:
        raise FailedError(f"{stands.open_pulls} proposals are open")
    return stands


async def run(sigs: int, count: int, rounds: int) -> Results:
    """So many bursts, one after the other."""
    began = time.monotonic()
    results = await begin(rounds, 0.0, {})
    for number in range(rounds):
        click.echo(f"burst {number + 1} of {rounds}", err=True)
        results.add(MEASURE, await measure(sigs, count))
    return msgspec.structs.replace(results, seconds=time.monotonic() - began)


@click.command()
@click.option("--sigs", default=100, show_default=True, help="How many repositories.")
@click.option("--deliveries", default=5000, show_default=True, help="How many deliveries.")
@click.option("--rounds", default=3, show_default=True, help="How many bursts.")
def main(sigs: int, deliveries: int, rounds: int) -> None:
    """Measure a burst of deliveries that all matter."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keep_off_the_bots_core()
    try:
        results = asyncio.run(run(sigs, deliveries, rounds))
    except FailedError as error:
        click.echo(f"Failed: {error}.", err=True)
        sys.exit(1)
    console = console_of()
    show_figures(console, f"A burst of {deliveries} deliveries over {sigs} repositories", results, MEASURE)
    console.print("Each ended in one proposal, which says what compute says.")
    console.print(f"Kept as {save(results, MEASURE)}")


if __name__ == "__main__":
    main()
