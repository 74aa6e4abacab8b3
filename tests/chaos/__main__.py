"""Let chaos loose for a while, on all cores: ``python -m tests.chaos --runs 2000 --seed 1``.

Each seed stands for a batch of runs, which are the same every time. A seed that fails prints itself, what
was wrong and the shortest plan that leads there. ``--plan FILE`` repeats one plan and shows what the bot did.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import time
from pathlib import Path

import click
import msgspec

from benchmarks.results import Results, begin, save
from tests.chaos import plans
from tests.chaos.drawing import MOST_STEPS
from tests.chaos.machine import Storm, batch
from tests.chaos.report import added, figures, kinds, table
from tests.chaos.world import run

RUNS_A_SEED = 25


@click.command()
@click.option("--runs", default=2000, show_default=True, help="How many, in batches of 25.")
@click.option("--seed", default=1000, show_default=True, help="That of the first batch; the others count on.")
@click.option("--steps", default=MOST_STEPS, show_default=True, help="How many a run has at most.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="How many at once.")
@click.option("--minutes", default=60.0, show_default=True, help="No batch is begun after so long.")
@click.option("--plan", "kept", type=click.Path(exists=True, path_type=Path), help="Repeat this plan alone.")
def main(runs: int, seed: int, steps: int, jobs: int, minutes: float, kept: Path | None) -> None:
    """Run chaos and print what it met."""
    if kept is not None:
        sys.exit(_repeat(kept))
    batches = [
        (seed + index, min(RUNS_A_SEED, runs - done), steps)
        for index, done in enumerate(range(0, runs, RUNS_A_SEED))
    ]
    results = asyncio.run(begin(1, 0.0, {}))
    began, storms = time.monotonic(), list[Storm]()
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for found in pool.imap_unordered(batch, batches):
            storms.append(found)
            if found.failure is not None:
                again = f"--seed {found.seed} --runs {RUNS_A_SEED} --steps {steps}"
                click.echo(f'\nmake chaos ARGS="{again}"\n{found.failure}')
            done = sum(each.runs for each in storms)
            click.echo(f"{len(storms):5}/{len(batches)}  {figures(found)}  ({done} runs so far)")
            if time.monotonic() - began > minutes * 60:
                click.echo(f"stopped after {minutes:g} minutes")
                break
    everything = added(storms)
    failed = sorted(each.seed for each in storms if each.failure is not None)
    click.echo(f"\n{table(everything)}\n")
    click.echo(
        f"{everything.runs} runs in {time.monotonic() - began:.0f} s, {everything.calls} calls of the API"
    )
    click.echo(f"violations: {len(failed)}" + (f", by the seeds {failed}" if failed else ""))
    click.echo(f"Kept as {_keep(results, everything, time.monotonic() - began, len(failed))}")
    sys.exit(bool(failed))


def _keep(results: Results, found: Storm, seconds: float, violations: int) -> Path:
    """Keep the figures as those of the benchmarks are."""
    summary = {"runs": found.runs, "calls": found.calls, "violations": violations}
    for measure, counted in {"chaos": summary, **kinds(found.met)}.items():
        results.add(measure, {name: float(count) for name, count in sorted(counted.items())})
    return save(msgspec.structs.replace(results, seconds=seconds), "chaos")


def _repeat(kept: Path) -> int:
    result = run(plans.read(kept))
    click.echo("\n".join(result.trace))
    click.echo("\n".join(("", *result.violations)) if result.violations else "\nAll is as it should be.")
    return bool(result.violations)


if __name__ == "__main__":
    main()
