"""Turns: everybody gets so many in a while, in the order in which they were asked for."""

from __future__ import annotations

import pytest

from bot.pace import Turns
from tests.clocks import FakeClock


@pytest.fixture
def turns(clock: FakeClock) -> Turns:
    return Turns(clock, most=3, window_seconds=60)


async def test_so_many_in_a_while_need_not_wait(turns: Turns, clock: FakeClock) -> None:
    assert [turns.wait_seconds("ada", number, 1) for number in range(4)] == [0, 0, 0, 60]
    await clock.advance(59)
    assert turns.wait_seconds("ada", 3, 1) == 1
    await clock.advance(1)
    assert turns.wait_seconds("ada", 3, 1) == 0


def test_others_do_not_wait_for_that(turns: Turns) -> None:
    for number in range(9):
        turns.wait_seconds("ada", number, 1)
    assert turns.wait_seconds("grace", 9, 1) == 0


def test_who_comes_back_keeps_the_turn_that_was_promised(turns: Turns) -> None:
    for _ in range(5):
        assert [turns.wait_seconds("ada", number, 1) for number in range(8)] == [
            0,
            0,
            0,
            60,
            60,
            60,
            120,
            120,
        ]


def test_what_takes_several_turns_waits_for_all_of_them(turns: Turns) -> None:
    assert turns.wait_seconds("ada", 1, 2) == 0
    assert turns.wait_seconds("ada", 2, 2) == 60
    assert turns.wait_seconds("ada", 3, 100) == 120, "more than there are is as many as there are"


async def test_turns_come_back_as_time_goes_by(turns: Turns, clock: FakeClock) -> None:
    for number in range(3):
        assert turns.wait_seconds("ada", number, 1) == 0
        await clock.advance(10)
    assert turns.wait_seconds("ada", 3, 1) == 30
    await clock.advance(60)
    assert [turns.wait_seconds("ada", number, 1) for number in range(4, 7)] == [0, 0, 30]


async def test_how_far_ahead_somebody_is_promised_turns_can_be_asked(turns: Turns, clock: FakeClock) -> None:
    assert turns.ahead_seconds("ada", 1) <= 0
    for number in range(8):
        turns.wait_seconds("ada", number, 1)
    assert turns.ahead_seconds("ada", 99) == 120
    assert turns.ahead_seconds("ada", 7) == 0, "what was promised is promised"
    await clock.advance(50)
    assert turns.ahead_seconds("ada", 99) == 70
    assert turns.ahead_seconds("grace", 99) <= 0


def test_not_everybody_is_remembered_for_ever(clock: FakeClock) -> None:
    turns = Turns(clock, most=1, people=2)
    for who in ("ada", "grace", "linus"):
        turns.wait_seconds(who, 1, 1)
    assert turns.wait_seconds("linus", 2, 1) == 60
    assert turns.wait_seconds("ada", 2, 1) == 0
