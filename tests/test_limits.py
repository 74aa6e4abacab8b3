"""What GitHub's limits leave to one identity: senseless waits are bounded, writes are spaced."""

from __future__ import annotations

import asyncio

import pytest

from bot.github.limits import LONGEST_QUIET_SECONDS, WRITES_AT_ONCE, Limits
from tests.clocks import NOON, FakeClock

RESET = str(int(NOON.timestamp()) + 90)
LATER = "Fri, 20 Mar 2020 12:05:00 GMT"


@pytest.fixture
def limits(clock: FakeClock) -> Limits:
    return Limits(clock)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 1),
        ({"retry-after": LATER}, 300),
        ({"retry-after": "Fri, 20 Mar 2020 11:59:55 GMT"}, 1),
        ({"retry-after": "Fri, 20 Mar 2020 12:05:00"}, 300),
        ({"retry-after": "86400"}, LONGEST_QUIET_SECONDS),
        ({"retry-after": "9" * 400}, LONGEST_QUIET_SECONDS),
        ({"retry-after": "inf"}, LONGEST_QUIET_SECONDS),
        ({"retry-after": "-5"}, 60),
        ({"retry-after": "nan"}, 60),
        ({"retry-after": "soon"}, 60),
        ({"retry-after": "\N{ARABIC-INDIC DIGIT THREE}"}, 60),
        ({"retry-after": "Fri, 20 Mar 2099 12:05:00 GMT"}, 60),
        ({"retry-after": "Fri, 99 Mar 99999999999 12:05:00 GMT"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, 90),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "-7"}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 40}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "tomorrow"}, 60),
        ({"x-ratelimit-remaining": "0"}, 60),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": RESET}, 60),
        ({}, 60),
    ],
)
def test_a_wait_is_what_github_asks_for_as_far_as_that_makes_sense(
    limits: Limits, headers: dict[str, str], seconds: float
) -> None:
    assert limits.obey("rest", headers) == seconds
    assert limits.wait_seconds("rest") == seconds


@pytest.mark.parametrize("ahead_hours", [-5, 5])
def test_the_time_of_a_reset_is_githubs_whatever_this_machine_thinks_it_is(
    limits: Limits, ahead_hours: int
) -> None:
    reset = str(int(NOON.timestamp()) + 300 - ahead_hours * 3600)
    date = f"Fri, 20 Mar 2020 {12 - ahead_hours:02}:00:00 GMT"
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset, "date": date}
    assert limits.obey("graphql", headers) == 300


async def test_without_a_time_the_wait_doubles_until_all_is_well_for_a_while(
    limits: Limits, clock: FakeClock
) -> None:
    waits = []
    for _ in range(7):
        waits.append(limits.obey("rest", {}))
        await clock.advance(waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    await clock.advance(1801)
    assert limits.obey("rest", {}) == 60


def test_a_pool_that_is_used_up_says_nothing_of_the_other_and_any_other_limit_is_for_both(
    limits: Limits,
) -> None:
    limits.obey("graphql", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET})
    assert (limits.wait_seconds("graphql"), limits.wait_seconds("rest")) == (90, 0)
    limits.obey("rest", {"retry-after": "30"})
    assert (limits.wait_seconds("graphql"), limits.wait_seconds("rest")) == (90, 30)


async def written(limits: Limits, clock: FakeClock, times: int, lasting: float = 0.0) -> list[float]:
    """Ask for so many turns at once; gives the moments at which they began."""
    moments: list[float] = []
    inside = 0

    async def write() -> None:
        nonlocal inside
        async with limits.turn_to_write():
            inside += 1
            assert inside == 1, "nothing is written side by side"
            moments.append(clock.monotonic())
            await clock.sleep(lasting)
            inside -= 1

    tasks = [asyncio.ensure_future(write()) for _ in range(times)]
    await clock.advance(100)
    await asyncio.gather(*tasks)
    return moments


async def test_the_first_few_writes_go_out_at_once_and_the_others_a_second_apart(
    limits: Limits, clock: FakeClock
) -> None:
    assert await written(limits, clock, WRITES_AT_ONCE + 4) == [0] * WRITES_AT_ONCE + [1, 2, 3, 4]
    assert await written(limits, clock, WRITES_AT_ONCE + 1) == [100] * WRITES_AT_ONCE + [101]
    in_a_minute = [moment for moment in await written(limits, clock, 100) if moment < 260]
    assert len(in_a_minute) < 80


async def test_a_slow_write_is_waited_for(limits: Limits, clock: FakeClock) -> None:
    assert await written(limits, clock, 4, lasting=3) == [0, 3, 6, 9]


async def test_two_installations_do_not_wait_for_each_other(limits: Limits, clock: FakeClock) -> None:
    other = Limits(clock)
    async with limits.turn_to_write(), other.turn_to_write():
        assert clock.monotonic() == 0


async def test_what_creates_nothing_is_not_spaced(clock: FakeClock) -> None:
    free = Limits(clock, paced=False)
    for _ in range(20):
        async with free.turn_to_write(), free.turn_to_write():
            assert clock.monotonic() == 0


async def test_who_looks_before_writing_holds_one_turn_for_both(limits: Limits, clock: FakeClock) -> None:
    done: list[str] = []

    async def write() -> None:
        async with limits.turn_to_write():
            done.append("another wrote")

    async with limits.turn_to_write():
        other = asyncio.ensure_future(write())
        await clock.settle()
        async with limits.turn_to_write():
            done.append("wrote")
        await clock.settle()
        done.append("looked on")
    await other
    assert done == ["wrote", "looked on", "another wrote"]


async def test_a_write_that_fails_or_is_cancelled_lets_the_next_one_go(
    limits: Limits, clock: FakeClock
) -> None:
    async def fail() -> None:
        async with limits.turn_to_write():
            raise ConnectionResetError

    async def hang() -> None:
        async with limits.turn_to_write():
            await clock.sleep(1000)

    with pytest.raises(ConnectionResetError):
        await fail()
    hanging = asyncio.ensure_future(hang())
    await clock.settle()
    hanging.cancel()
    assert await written(limits, clock, 1) == [0]
