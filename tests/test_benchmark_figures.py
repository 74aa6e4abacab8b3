"""The figures that are told are those that were measured, and the runs that are kept have passed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TOLD = (BENCHMARKS / "README.md").read_text(encoding="utf-8")


def kept(kind: str) -> dict[str, Any]:
    [path] = (BENCHMARKS / "kept").glob(f"*-{kind}.json")
    found: dict[str, Any] = json.loads(path.read_bytes())["medians"]
    return found


def test_chaos_has_met_every_fault_that_is_told_of_and_broken_no_rule() -> None:
    found = kept("chaos")
    assert (found["chaos"]["runs"], found["chaos"]["violations"]) == (2000, 0)
    assert f"{found['chaos']['calls']:,.0f} calls" in TOLD
    assert f"{sum(found['faults'].values()):,.0f} faults, 0 violations" in TOLD
    for fault, times in found["faults"].items():
        assert f"| {fault} | {times:,.0f} |" in TOLD


@pytest.mark.parametrize(
    ("kind", "measure", "told"),
    [
        ("burst", "p50 ms", "p50 {:.1f} ms"),
        ("burst", "p99 ms", "p99 {:.1f} ms"),
        ("burst", "longest ms", "longest {:.1f} ms"),
        ("burst", "requests", "| {:.0f}: 6 queries"),
        ("burst", "points", "{:.0f} points"),
        ("burst", "commit after last, s", "| {:.1f} s, of which"),
        ("burst", "peak MiB", "{:.0f} MiB at most |"),
        ("soak", "deliveries", "| {:,.0f}, "),
        ("soak", "requests", "| {:,.0f}, of which"),
        ("soak", "most MiB", "{:.0f} MiB at most for a moment"),
        ("soak", "at rest, end", "{:.1f} MiB at the end"),
        ("soak", "growth MiB", "{:+.2f} MiB (flat is below 2)"),
    ],
)
def test_a_figure_is_told_as_it_was_measured(kind: str, measure: str, told: str) -> None:
    assert told.format(kept(kind)[kind][measure]) in TOLD
