"""Many runs by one seed: hypothesis draws the plans, and makes the shortest of one that fails."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from tests.chaos.drawing import MOST_STEPS, drawn
from tests.chaos.plans import Plan, written
from tests.chaos.world import run


class ViolatedError(AssertionError):
    """A run ended in something that must not be; ``plan`` leads there again."""

    def __init__(self, plan: Plan, violations: tuple[str, ...]) -> None:
        super().__init__(
            "\n".join((*violations, "", "The plan, to be kept in tests/chaos/kept:", written(plan)))
        )
        self.plan = plan
        self.violations = violations

    def __reduce__(self) -> tuple[type[ViolatedError], tuple[Plan, tuple[str, ...]]]:
        """Cross from one process to another."""
        return ViolatedError, (self.plan, self.violations)


@dataclass
class Storm:
    """What the runs of one seed have met, and the shortest plan that fails, if one does."""

    seed: int
    runs: int = 0
    calls: int = 0
    met: Counter[str] = field(default_factory=Counter)
    failure: ViolatedError | None = None


def check(plan: Plan) -> tuple[Counter[str], int]:
    """Let a plan happen; gives what was met and the number of calls. Raises ``ViolatedError``."""
    result = run(plan)
    if result.violations:
        raise ViolatedError(plan, result.violations)
    return result.met, result.calls


def storm(number: int, runs: int, most_steps: int = MOST_STEPS) -> Storm:
    """So many runs; the same number gives the same ones."""
    found = Storm(number)

    @seed(number)
    @settings(
        max_examples=runs,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(drawn(most_steps))
    def one(plan: Plan) -> None:
        met, calls = check(plan)
        found.runs += 1
        found.calls += calls
        found.met += met

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            one()
    except ViolatedError as error:
        found.failure = error
    return found


def batch(numbers: tuple[int, int, int]) -> Storm:
    """The same, for a pool of processes."""
    return storm(*numbers)
