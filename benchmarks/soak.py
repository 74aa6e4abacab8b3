"""Let the bot work for ten minutes and watch its memory: ``python -m benchmarks.soak [--minutes 2]``.

People act on a sandbox organisation all the time, a few seconds on and a few off: they close and reopen
issues and milestones, publish releases, give commands, chat, merge the proposal. One in fifty of the
bot's requests goes wrong (500, 502, 503, 504, a secondary limit, a connection that breaks off). Everything
is looked at anew every minute, and whenever the app's permissions change, which they do too. The
organisation stays as large as it is. At the end the faults stop, somebody says ``/status refresh``, and what
is proposed must be what ``compute`` says.

The bot's resident memory is looked at every two seconds. While it works, a run holds some megabytes for a
moment, so that it is never twice the same. Therefore nobody acts for a while at half-time and at the end, in
which everything is still looked at anew and what was freed goes back to the system; the least memory of these
two rests is compared. By half-time there have been over 3,000 deliveries, and what is kept to save asking is
full. Flat is what grows by less than 2 MiB from one rest to the other: Python takes memory from the system in
arenas of 1 MiB, and whether a few living objects keep one more of them is chance. So 700 bytes kept of each
delivery would not pass. Less than ten minutes tell whether what is proposed is right, but not whether memory
is flat; many more at this pace use up what GitHub grants in an hour, and then the bot rests.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import click
import msgspec

from benchmarks.burst import check
from benchmarks.parts import Bot, FailedError, GitHub, bot, github
from benchmarks.processes import free_port, keep_off_the_bots_core, usage_of
from benchmarks.report import console_of, show_figures
from benchmarks.results import Results, Sample, begin, save

REST_SECONDS = 0.02
GRAPHQL_SECONDS = 0.05
LOOK_SECONDS = 2.0
QUIET_SECONDS = 75.0
"""How long nobody acts; everything is looked at anew once a minute."""
RESYNC_EVERY_SECONDS = 25.0
REST_WITHIN_SECONDS = 5.0
MOST_MIB = 2.0
"""Memory that grows by less than this from half-time to the end is flat: two of Python's arenas."""
LONG_ENOUGH_MINUTES = 10.0
SETTINGS = {"RESYNC_MINUTES": "1", "DEBOUNCE_SECONDS": "1"}
MEMORY, SUMMARY = "memory", "soak"

Look = tuple[float, float]
"""Seconds since the beginning, and MiB."""


async def measure(sigs: int, minutes: float) -> tuple[list[Look], Sample]:
    """Memory over time, and what went on meanwhile. Raises ``FailedError`` where it ends wrong."""
    port = free_port()
    words = ["--sigs", str(sigs), "--webhook-url", f"http://127.0.0.1:{port}/webhook"]
    words += ["--rest-seconds", str(REST_SECONDS), "--graphql-seconds", str(GRAPHQL_SECONDS)]
    with tempfile.TemporaryDirectory() as folder:
        async with github(*words) as hub, bot(hub, port, **SETTINGS) as running:
            await hub.do("proposed")
            await running.at_rest(REST_WITHIN_SECONDS)
            began, looks, rests = time.monotonic(), list[Look](), list[float]()
            for half in (1, 2):
                await hub.do("live")
                looks += await _watch(hub, running, began, minutes * 30 * half - QUIET_SECONDS)
                await hub.do("sleep")
                quiet = await _watch(hub, running, began, minutes * 30 * half)
                rests.append(min(mib for _, mib in quiet))
                looks += quiet
            await running.at_rest(REST_WITHIN_SECONDS)
            await hub.do("refresh")
            await running.at_rest(REST_WITHIN_SECONDS)
            await check(hub, Path(folder))
            counted = _counted(await running.metrics())
    values = [mib for _, mib in looks]
    return looks, {
        "minutes": minutes,
        **counted,
        "first MiB": values[0],
        "last MiB": values[-1],
        "median MiB": median(values),
        "most MiB": max(values),
        "at rest, half-time": rests[0],
        "at rest, end": rests[1],
        "growth MiB": rests[1] - rests[0],
    }


async def _watch(hub: GitHub, running: Bot, began: float, until_seconds: float) -> list[Look]:
    looks: list[Look] = []
    resynced = time.monotonic()
    while (since := time.monotonic() - began) < until_seconds:
        usage = usage_of(running.pid)
        if usage is None:
            raise FailedError("the bot is gone, or this system does not tell what a process uses")
        looks.append((since, usage.rss_mib))
        if time.monotonic() - resynced > RESYNC_EVERY_SECONDS:
            resynced = time.monotonic()
            await hub.do("resync")
        await asyncio.sleep(LOOK_SECONDS)
    return looks


def _counted(metrics: Mapping[str, float]) -> Sample:
    """Deliveries, runs and requests in all, with those that failed."""

    def total(name: str, words: str = "") -> float:
        return sum(count for series, count in metrics.items() if series.startswith(name) and words in series)

    deliveries, runs, calls = (f"status_bot_{name}_total" for name in ("deliveries", "runs", "api_calls"))
    return {
        "deliveries": total(deliveries),
        "runs of sites": total(runs, 'kind="site"'),
        "searches": total(runs, 'kind="installation"'),
        "runs of comments": total(runs, 'kind="comment"'),
        "runs failed": total(runs, 'outcome="failed"'),
        "requests": total(calls),
        "requests failed": total(calls, 'status="5')
        + total(calls, 'status="0"')
        + total(calls, 'status="403"'),
    }


async def run(sigs: int, minutes: float) -> Results:
    """The soak, as results that can be kept: every look, and the summary."""
    results = await begin(1, 0.0, {})
    began = time.monotonic()
    looks, summary = await measure(sigs, minutes)
    for at, mib in looks:
        results.samples.setdefault(MEMORY, []).append({"s": round(at, 1), "MiB": round(mib, 2)})
    results.add(SUMMARY, summary)
    return msgspec.structs.replace(results, seconds=time.monotonic() - began)


@click.command()
@click.option("--sigs", default=30, show_default=True, help="How many repositories.")
@click.option("--minutes", default=10.0, show_default=True, help="How long.")
def main(sigs: int, minutes: float) -> None:
    """Let the bot work for a while, and say whether its memory stays flat."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keep_off_the_bots_core()
    try:
        results = asyncio.run(run(sigs, minutes))
    except FailedError as error:
        click.echo(f"Failed: {error}.", err=True)
        sys.exit(1)
    grown = results.medians[SUMMARY]["growth MiB"]
    console = console_of()
    show_figures(console, f"{minutes:g} minutes of steady work for {sigs} repositories", results, SUMMARY)
    console.print("What is proposed at its end is right.")
    measured = f"{grown:+.2f} MiB at rest from half-time to the end"
    long_enough, flat = minutes >= LONG_ENOUGH_MINUTES, grown < MOST_MIB
    verdict = (
        ("[green]flat[/]" if flat else "[red]not flat[/]") if long_enough else "not judged in so short a time"
    )
    console.print(f"Memory is {verdict}: {measured}, where less than {MOST_MIB:g} is flat.")
    console.print(f"Kept as {save(results, SUMMARY)}")
    sys.exit(long_enough and not flat)


if __name__ == "__main__":
    main()
