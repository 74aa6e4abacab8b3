"""What stories begin with: a clock that stands still, and a GitHub whose every word is checked."""

from collections.abc import Iterator

import pytest

from tests.clocks import FakeClock
from tests.conformance.watched import WatchedSandbox, report


@pytest.fixture
def clock() -> FakeClock:
    """Moves only when the test moves it."""
    return FakeClock()


@pytest.fixture
def github(clock: FakeClock) -> Iterator[WatchedSandbox]:
    """A sandbox GitHub; all that was said to it and by it is held against GitHub's descriptions in the end.

    Where these cannot be fetched, the test still counts, and the comparison is what is skipped.
    """
    sandbox = WatchedSandbox(clock)
    yield sandbox
    if deviations := sandbox.deviations():
        pytest.fail(f"not as GitHub describes it:\n{report(deviations)}", pytrace=False)
