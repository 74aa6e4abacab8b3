"""Measure the bot on this machine: ``python -m benchmarks`` prints one table and keeps the figures as JSON.

Method. Everything stays on loopback and ends by itself. The bot is the real one, ``python -m bot
serve`` with its default settings and its log (level ``info``) going to /dev/null, in a process of its
own that is fresh for each measure; where the system can pin processes, it has one core to itself, and
the sandbox GitHub, the client and this process share the others. Each round takes every measure once,
one after the other, so that what else the machine does hits all alike; the table shows medians over
the rounds. CPU time per delivery is the steadier figure where others use the machine, deliveries per
second the plainer one.

Deliveries. After a first reconcile the client sends one signed delivery over and over, each time
under a new id, on 1 and then on 32 connections, after a warm-up; every answer must be the right one,
be counted by the bot, and stand in the queue where a site names the repository. No reconcile falls
into the time measured, for it is never quiet for as long as the debounce.

Reconciles. The sandbox adds its latency to each answer. ``cold`` is from the start of the process
until the proposal is open, and its requests include the search for sites; ``one event`` is from the
publication of a release until its commit stands, less the debounce; ``resync`` is a search and a
reading of everything where nothing has changed, by the bot's own count of seconds, and begun by an
event of the installation, which makes the same work as the timer. The sandbox computes its answers
on one core, one after the other: its CPU seconds are shown, and are part of the bot's seconds.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import msgspec

from benchmarks import intake, reconcile
from benchmarks.deliveries import Recorded, record
from benchmarks.parts import FailedError, github
from benchmarks.processes import keep_off_the_bots_core
from benchmarks.report import compare, console_of, show
from benchmarks.results import Results, begin, load, save

MOST_SECONDS = 480.0
"""No round is begun that would be likely to end later than this."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int
    sizes: Sequence[int]
    load_seconds: float


FULL = Plan(rounds=3, sizes=(9, 100, 400), load_seconds=2.0)
QUICK = Plan(rounds=1, sizes=(9, 100), load_seconds=0.5)


async def measure(plan: Plan, deliveries: Sequence[Recorded]) -> Results:
    """Take every measure, round by round, as many rounds as fit into the time."""
    began = time.monotonic()
    sizes = {delivery.title: len(delivery.body) for delivery in deliveries}
    results = await begin(plan.rounds, 0.0, sizes)
    async with github("--sigs", str(intake.SIGS)) as hub:
        await intake.prime(hub)
        done = 0
        for _ in range(plan.rounds):
            _say(f"round {done + 1} of {plan.rounds}")
            for delivery in deliveries:
                async for name, sample in intake.measure(hub, delivery, plan.load_seconds):
                    results.add(name, sample)
            for sigs in plan.sizes:
                for name, sample in (await reconcile.measure(sigs)).items():
                    results.add(name, sample)
            done += 1
            took = time.monotonic() - began
            if took + took / done > MOST_SECONDS:
                break
    return msgspec.structs.replace(results, rounds=done, seconds=time.monotonic() - began)


def _read(file: Path) -> Results:
    try:
        return load(file)
    except msgspec.MsgspecError as error:
        raise click.BadParameter(f"{file} holds no results of this benchmark: {error}") from error


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


@click.command()
@click.option("--quick", is_flag=True, help="One short round, without the largest organisation.")
@click.option(
    "--compare",
    "other",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also show what differs from this file of benchmarks/results/.",
)
@click.option("--rounds", type=click.IntRange(min=1), help="How many rounds; fewer where time runs out.")
def main(*, quick: bool, other: Path | None, rounds: int | None) -> None:
    """Measure deliveries and reconciles of the bot on this machine."""
    before = _read(other) if other else None
    plan = QUICK if quick else FULL
    plan = replace(plan, rounds=rounds or plan.rounds)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as on Ctrl-C, what was started is ended
    keep_off_the_bots_core()
    try:
        deliveries = asyncio.run(record(intake.SIGS))
        results = asyncio.run(measure(plan, deliveries))
    except FailedError as error:
        _say(f"Not measured: {error}.")
        sys.exit(1)
    console = console_of()
    show(console, results, [delivery.title for delivery in deliveries], plan.sizes)
    if before is not None:
        compare(console, before, results)
    console.print(f"Kept as {save(results)}")


if __name__ == "__main__":
    main()
