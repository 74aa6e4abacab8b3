"""What stories begin with: a clock that stands still, and a GitHub whose every word is checked."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import Phase, settings

from bot.logs import Plain
from tests.clocks import FakeClock, in_place
from tests.conformance.watched import WatchedSandbox, report
from tests.lasting import lasting

# A mutant is dead at the first example that fails: a smaller one takes seconds to find.
settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate))

# To rewrite the asserts of a hundred files takes each process of the tests four seconds. Containers are told
# to keep no bytecode so that none lies about in images; there is a place for it that is in none.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".cache" / "bytecode")

# What structlog draws unasked takes a second for each traceback, and many failures are staged; and of each
# thousand lines somebody reads one.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S"),
        Plain(structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)),
    ]
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Moves only when the test moves it; nothing goes to a thread meanwhile."""
    monkeypatch.setattr(asyncio, "to_thread", in_place)
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


def pytest_collection_finish() -> None:
    """All that is imported and collected stays; and what a story leaves behind may lie for some others."""
    with lasting():
        gc.set_threshold(7000, 10, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests have measured: a passed test's ``figure``."""
    figures = [
        str(value)
        for test in terminalreporter.stats.get("passed", ())
        for name, value in getattr(test, "user_properties", ())
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(sorted(figures)))
