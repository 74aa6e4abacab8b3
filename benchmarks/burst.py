"""Measure a burst: ``python -m benchmarks.burst`` sends 5,000 deliveries that all matter as fast as they go.

The sandbox GitHub has a process of its own and takes its time for every answer, as in the other
measures (80 ms for REST, 250 ms and 5 ms a repository for GraphQL). A site names a hundred
repositories, and its proposal is open. In all of these repositories people then publish releases, close
issues, and edit and close milestones, until 5,000 deliveries of it matter; they are signed, and held
back. A client sends them over 32 connections at full speed to the bot, which runs with its default
settings; each connection sends its next when its last was answered, and how long that took is seen from the
client's process. If all came in one moment, the last would wait for as many ``seconds`` as it takes to answer
all. When the bot has come to rest, one proposal must be open and say, byte for byte, what ``compute`` makes
of the source and of facts that are taken from the sandbox's records, not through its API; and each row must
say what the records come to by an arithmetic of the benchmark's own. The sandbox counts the requests, of all
kinds. Where any of it is wrong, or takes more than it may, it fails with status 1.
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
import yaml

from benchmarks.deliveries import ACCEPTED
from benchmarks.oracle import Row, Standing
from benchmarks.parts import Bot, FailedError, GitHub, bot, github
from benchmarks.processes import ROOT, free_port, helper_process, keep_off_the_bots_core, usage_of
from benchmarks.reconcile import GRAPHQL_SECONDS, REST_SECONDS
from benchmarks.report import console_of, show_figures
from benchmarks.results import Results, Sample, begin, save
from benchmarks.sender import Errand, Sent
from bot.settings import Settings

CONNECTIONS = 32
WEB = "https://github.com/"
LONGEST_SECONDS = 120.0
REST_WITHIN_SECONDS = 3 * Settings.debounce_seconds
WRITES_OF_A_PROPOSAL = 5
"""Tree, commit, branch, pull request, labels."""
MOST_WRITES = 3 * WRITES_OF_A_PROPOSAL
LONGEST_ANSWER_MS = 10_000.0
"""GitHub waits no longer."""
MOST_MIB = 150.0
MOST_REQUESTS_PER_RUN = 24
"""For a hundred repositories, some of which have more milestones than a page holds."""
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
            stands = await check(hub, Path(folder))
            if stands.open_pulls != 1:
                raise FailedError("no proposal is open")
    _judge(sample)
    return sample


def _judge(sample: Sample) -> None:
    """Whether it took no more than it may. Raises ``FailedError``."""
    bounds = {
        "REST writes": MOST_WRITES,
        "requests": MOST_REQUESTS_PER_RUN * sample["runs"],
        "longest ms": LONGEST_ANSWER_MS,
        "peak MiB": MOST_MIB,
    }
    for name, most in bounds.items():
        if sample.get(name, 0.0) > most:
            raise FailedError(f"{name}: {sample[name]:.0f}, where {most:.0f} are the most")


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
    sample: Sample = {
        "deliveries": sent.answered,
        "seconds": sent.ended - sent.began,
        "deliveries/s": sent.answered / (sent.ended - sent.began),
        "p50 ms": sent.p50_ms,
        "p99 ms": sent.p99_ms,
        "longest ms": sent.longest_ms,
        "runs": _runs(after) - _runs(before),
        "requests": float(sum(traffic.requests.values())),
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
    said = {
        row["sourceUrl"].removeprefix(WEB): Row(
            row["sourceUrl"].removeprefix(WEB),
            row["msLabel"],
            row["openIssues"],
            row["closedIssues"],
            row["releaseTag"],
        )
        for row in yaml.safe_load(stands.output)["data"]
    }
    for row in stands.rows:
        if said.get(row.repository) != row:
            raise FailedError(f"a row says {said.get(row.repository)}, where {row} is right")
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
    console.print(
        "[green]Passed[/]: each ended in one proposal, which says what compute says and the records come to."
    )
    console.print(f"Kept as {save(results, MEASURE)}")


if __name__ == "__main__":
    main()
