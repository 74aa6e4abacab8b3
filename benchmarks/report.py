"""The table that is printed, and the comparison of two results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import intake, reconcile
from benchmarks.results import Results, Sample

FEWEST_FACTS_REQUESTS = 8
TARGET_SIGS = 100
UNKNOWN = "-"
WIDTH = 160
SHOWN_CHANGE = 0.02
"""Where two results differ by less, a comparison is silent."""


@dataclass(frozen=True)
class Column:
    """A column of the table: its heading, and how its figure reads."""

    heading: str
    figure: Callable[[Sample], str]


def figure(name: str, digits: int = 0) -> Callable[[Sample], str]:
    """A figure with so many digits after the point; a dash where this machine cannot tell."""
    return lambda sample: f"{sample[name]:.{digits}f}" if name in sample else UNKNOWN


INTAKE = (
    Column("deliveries/s", figure("deliveries/s")),
    Column("p50 ms", figure("p50 ms", 2)),
    Column("p99 ms", figure("p99 ms", 2)),
    Column("CPU µs each", figure("CPU us")),
    Column("RSS MiB, idle", figure("RSS idle MiB", 1)),
    Column("after", figure("RSS MiB", 1)),
    Column("client's core %", figure("client's core %")),
)
RECONCILE = (
    Column("facts", figure("facts")),
    Column("notes", figure("notes")),
    Column("site", figure("site")),
    Column("disc.", figure("discovery")),
    Column("reads", figure("REST reads")),
    Column("writes", figure("REST writes")),
    Column("tokens", figure("tokens")),
    Column("points", figure("points")),
    Column("MB in", figure("MB from GitHub", 1)),
    Column("out", figure("MB to GitHub", 1)),
    Column("seconds", figure("seconds", 2)),
    Column("GitHub's CPU s", figure("GitHub's CPU s", 2)),
    Column("peak MiB", figure("peak MiB")),
)


def show(console: Console, results: Results, titles: Sequence[str], sizes: Sequence[int]) -> None:
    """Print everything that was measured, medians of the rounds, with the targets beside them."""
    medians = results.medians
    console.print(_intake(results, titles))
    console.print(_reconcile(medians, sizes))
    if start := medians.get(intake.START):
        console.print(f"From exec to the first 200 of /health: {start['ms']:.0f} ms.")
    console.print(
        f"Medians over the rounds ({results.rounds}, {results.seconds:.0f} s); spread of deliveries/s "
        f"{_spread(results, 'deliveries/s')}, of the reconciles' seconds {_spread(results, 'seconds')}.\n"
        f"{_where(results)}"
    )


def _where(results: Results) -> str:
    return (
        f"{results.machine.processor}, {results.machine.cores} cores, "
        f"{'the bot on one of its own' if results.machine.pinned else 'nothing pinned'}; "
        f"Python {results.machine.python}; "
        f"commit {results.commit[:10]}{' and what is not committed' if results.changed else ''}; "
        f"load average before it began: {results.machine.load_average:.1f}."
    )


def _intake(results: Results, titles: Sequence[str]) -> Table:
    table = _table("A delivery, from socket to queue", ("delivery", "bytes", "at once"), INTAKE)
    for title in titles:
        for connections in intake.CONNECTIONS:
            sample = results.medians.get(intake.name_of(title, connections))
            if sample:
                cells = [column.figure(sample) for column in INTAKE]
                table.add_row(title, str(results.bytes[title]), str(connections), *cells)
    return table


def _reconcile(medians: Mapping[str, Sample], sizes: Sequence[int]) -> Table:
    title = (
        f"A reconcile, with a GitHub that takes {reconcile.REST_SECONDS * 1000:.0f} ms (REST) and "
        f"{reconcile.GRAPHQL_SECONDS * 1000:.0f} ms (GraphQL, and 5 ms a repository): requests by kind"
    )
    table = _table(title, ("SIGs", ""), RECONCILE)
    table.add_column("target")
    for sigs in sizes:
        for stretch in reconcile.STRETCHES:
            sample = medians.get(reconcile.name_of(sigs, stretch))
            if sample:
                cells = [column.figure(sample) for column in RECONCILE]
                table.add_row(str(sigs), stretch, *cells, _target(sigs, stretch, sample))
        table.add_section()
    return table


def _target(sigs: int, stretch: str, sample: Sample) -> str:
    """What the figures are held against, and whether they keep to it."""
    if stretch == reconcile.COLD and sigs == TARGET_SIGS:
        requests = sample["facts"] + sample["notes"]
        return _kept(
            f"facts and notes: {requests:.0f} of {FEWEST_FACTS_REQUESTS}", requests, FEWEST_FACTS_REQUESTS
        )
    if stretch == reconcile.EVENT:
        others = sample["others read"]
        return _kept(f"other repositories read: {others:.0f} of 0", others, 0)
    if stretch == reconcile.RESYNC:
        writes = sample["REST writes"]
        return _kept(f"writes: {writes:.0f} of 0", writes, 0)
    return ""


def _kept(words: str, value: float, limit: float) -> str:
    return f"[green]✓[/] {words}" if value <= limit else f"[red]✗[/] {words}"


def _table(title: str, names: Sequence[str], columns: Sequence[Column]) -> Table:
    table = Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", padding=(0, 1, 0, 0)
    )
    for name in names:
        table.add_column(name)
    for column in columns:
        table.add_column(column.heading, justify="right")
    return table


def _spread(results: Results, name: str) -> str:
    """By how much the rounds differed, as a share of the median: ordinarily, and at worst."""
    shares = [
        (max(values) - min(values)) / results.medians[measure][name]
        for measure, samples in results.samples.items()
        if len(values := [sample[name] for sample in samples if name in sample]) > 1
    ]
    return f"{median(shares):.0%} (at worst {max(shares):.0%})" if shares else "unknown"


def console_of() -> Console:
    """Where results are printed; wide enough for them where it is no terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def show_figures(console: Console, title: str, results: Results, measure: str) -> None:
    """Print the medians of one measure, a line each, with where and when they were taken."""
    table = _table(title, ("",), ())
    several = len(results.samples[measure]) > 1
    table.add_column("median" if several else "", justify="right")
    if several:
        table.add_column("least", justify="right")
        table.add_column("most", justify="right")
    for name, value in results.medians[measure].items():
        values = [sample[name] for sample in results.samples[measure]]
        cells = (value, min(values), max(values)) if several else (value,)
        table.add_row(name, *(f"{cell:.0f}" if float(cell).is_integer() else f"{cell:.2f}" for cell in cells))
    console.print(table)
    console.print(_where(results))


def compare(console: Console, before: Results, now: Results) -> None:
    """Print what differs between two results, figure by figure."""
    table = Table(
        title=f"{before.commit[:10]} → {now.commit[:10]}", box=box.SIMPLE_HEAD, title_justify="left"
    )
    for heading in ("measure", "figure", "before", "now", "now / before"):
        table.add_column(heading, justify="left" if heading in ("measure", "figure") else "right")
    known = {(measure, name): value for measure, name, value in before.figures()}
    for measure, name, value in now.figures():
        was = known.get((measure, name))
        if was is None or abs(value - was) <= SHOWN_CHANGE * abs(was):
            continue
        ratio = f"{value / was:.2f}" if was else UNKNOWN
        table.add_row(measure, name, f"{was:.2f}", f"{value:.2f}", ratio)
    console.print(table)
    if before.machine.processor != now.machine.processor or before.machine.python != now.machine.python:
        console.print("The two were measured on different machines or Pythons: only requests compare.")
