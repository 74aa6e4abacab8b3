"""A quick clock is a clock like any other, but that its time is shorter."""

import time

import pytest

from bot.clock import QuickClock

REAL = 1000.0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the machine's monotonic clock shows."""
    shown = [REAL]
    monkeypatch.setattr(time, "monotonic", lambda: shown[0])
    return shown


def test_its_two_times_pass_together_as_fast_as_was_asked_for(machine: list[float]) -> None:
    clock = QuickClock(20)
    began = clock.now()
    machine[0] += 3
    assert clock.monotonic() == 60
    assert (clock.now() - began).total_seconds() == 60


def test_it_slows_down_without_a_leap(machine: list[float]) -> None:
    clock = QuickClock(20)
    machine[0] += 3
    clock.slow_down()
    assert clock.monotonic() == 60
    machine[0] += 3
    assert clock.monotonic() == 63


async def test_a_sleep_is_over_when_its_seconds_have_passed() -> None:
    clock = QuickClock(1000)
    began = clock.monotonic()
    await clock.sleep(5)
    assert 4.9 <= clock.monotonic() - began < 5000
