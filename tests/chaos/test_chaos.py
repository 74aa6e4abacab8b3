"""A hundred runs of chaos, the plans that once found a fault, and whether the oracle would see one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos import plans
from tests.chaos.machine import check, storm
from tests.chaos.report import figures
from tests.chaos.world import run

KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))
RUNS = 25
STEPS = 10
"""Half of those at night: a test is to be quick."""


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_whatever_happens_what_stands_in_the_end_is_right(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    found = storm(seed, RUNS, STEPS)
    if found.failure is not None:
        pytest.fail(
            f'make chaos ARGS="--seed {seed} --runs {RUNS} --steps {STEPS}"\n{found.failure}', pytrace=False
        )
    assert found.runs >= RUNS * 0.9
    record_property("figure", figures(found))


@pytest.mark.parametrize("path", KEPT, ids=[path.stem for path in KEPT])
def test_what_went_wrong_once_goes_well(path: Path) -> None:
    plan = plans.read(path)
    assert plan.story, "a kept plan says what it has found"
    check(plan)


def test_the_same_plan_is_the_same_run() -> None:
    plan = plans.Plan(
        steps=(
            plans.Release(sig=1),
            plans.Fail(fault="502, but done", skip=8),
            plans.Say(after=1.0, words="hold", sig=2),
            plans.Die(after=0.2, skip=4, done=True),
            plans.Merge(after=30.0),
        ),
        replicas=2,
        luck=7,
    )
    assert run(plan) == run(plan)
    assert run(plan).met["died after a call"] == 1
