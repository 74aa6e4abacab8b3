"""The queue coalesces, runs a key once at a time, retries with back-off, and never loses work."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.pace import Lane, Pace, within
from bot.workqueue import Outcome, WorkQueue
from tests.clocks import FakeClock

Payload = frozenset[str]
Behaviour = Callable[[str, Payload], Awaitable[float | None]]


class TroubleError(Exception):
    """Something went wrong, with or without a word on when to come back."""

    def __init__(self, retry_after_seconds: float | None = None) -> None:
        super().__init__("GitHub is down")
        if retry_after_seconds is not None:
            self.retry_after_seconds = retry_after_seconds


@dataclass
class Bench:
    """A queue on a fake clock whose runs are written down: when, which key, with what."""

    pace: Pace = field(default_factory=Pace)
    behaviour: Behaviour | None = None
    again: Callable[[Payload], Payload] | None = None
    chance: float = 1.0
    lane_of: Callable[[str], Lane] | None = None

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.runs: list[tuple[float, str, set[str]]] = []
        self.outcomes: list[tuple[str, Outcome, float]] = []
        self.queue: WorkQueue[str, Payload] = WorkQueue(
            self._run,
            merge=frozenset.union,
            clock=self.clock,
            pace=replace(self.pace, chance=lambda: self.chance),
            again=self.again,
            on_run=lambda *told: self.outcomes.append(told),
            lane_of=self.lane_of,
        )

    async def _run(self, key: str, payload: Payload) -> float | None:
        self.runs.append((self.clock.monotonic(), key, set(payload)))
        return await self.behaviour(key, payload) if self.behaviour else None

    def event(self, *changed: str, key: str = "site") -> None:
        assert self.queue.add(key, frozenset(changed))

    @property
    def moments(self) -> list[float]:
        return [moment for moment, _, _ in self.runs]


async def test_a_key_runs_once_it_has_been_quiet_for_the_debounce_time() -> None:
    bench = Bench()
    bench.event("java")
    await bench.clock.advance(1.9)
    assert bench.runs == []
    await bench.clock.advance(0.1)
    assert bench.runs == [(2, "site", {"java"})]


async def test_each_further_event_puts_the_run_off_and_joins_it() -> None:
    bench = Bench()
    for name in ("java", "python", "go"):
        bench.event(name)
        await bench.clock.advance(1.5)
    await bench.clock.advance(10)
    assert bench.runs == [(5, "site", {"java", "python", "go"})]


async def test_a_burst_that_never_rests_is_gathered_for_a_minute_at_most() -> None:
    bench = Bench()
    for number in range(150):
        bench.event(str(number))
        await bench.clock.advance(1)
    await bench.clock.advance(5)
    assert bench.moments == [60, 120, 151]
    assert set[str]().union(*(payload for _, _, payload in bench.runs)) == set(map(str, range(150)))


async def test_thousands_of_events_become_one_run() -> None:
    bench = Bench()
    for number in range(5000):
        bench.event(f"repository-{number % 100}")
    await bench.clock.advance(60)
    ((moment, _, payload),) = bench.runs
    assert moment == 2
    assert len(payload) == 100


async def test_what_the_queue_keeps_grows_with_its_keys_and_not_with_the_events() -> None:
    bench = Bench()
    for number in range(5000):
        bench.event("java", key=f"site-{number % 3}")
        if number % 100 == 0:
            await bench.clock.advance(0.5)
    assert bench.queue.depth == 3
    assert len(bench.queue._entries) == 3
    assert sum(map(len, bench.queue._heaps.values())) <= 2 * 3
    assert bench.clock.sleeping == 1


async def test_without_debounce_a_key_runs_at_once() -> None:
    bench = Bench(pace=Pace(debounce_seconds=0))
    bench.event("java")
    await bench.clock.settle()
    assert bench.moments == [0]


async def test_immediately_means_without_waiting_for_quiet_and_takes_along_what_waits() -> None:
    bench = Bench()
    bench.event("java")
    bench.queue.add("site", frozenset({"asked"}), immediately=True)
    await bench.clock.advance(30)
    assert bench.runs == [(0, "site", {"java", "asked"})]


async def test_a_delay_is_kept_unless_an_event_comes_first() -> None:
    bench = Bench()
    bench.queue.add("slow", frozenset({"resync"}), delay_seconds=30)
    bench.queue.add("quick", frozenset({"resync"}), delay_seconds=30)
    await bench.clock.advance(10)
    bench.event("java", key="quick")
    await bench.clock.advance(60)
    assert bench.runs == [(12, "quick", {"resync", "java"}), (30, "slow", {"resync"})]


async def test_of_two_delays_the_shorter_counts() -> None:
    bench = Bench()
    bench.queue.add("site", frozenset({"soon"}), delay_seconds=10)
    bench.queue.add("site", frozenset({"later"}), delay_seconds=500)
    await bench.clock.advance(1000)
    assert bench.runs == [(10, "site", {"soon", "later"})]


async def test_a_delay_never_puts_off_what_was_due_earlier() -> None:
    bench = Bench()
    bench.event("java")
    bench.queue.add("site", frozenset({"resync"}), delay_seconds=500)
    await bench.clock.advance(600)
    assert bench.runs == [(2, "site", {"java", "resync"})]


async def test_events_during_a_run_cause_exactly_one_more_run() -> None:
    bench = Bench()

    async def slowly(_key: str, _payload: Payload) -> None:
        await bench.clock.sleep(20)

    bench.behaviour = slowly
    bench.event("java")
    await bench.clock.advance(5)
    for name in ("python", "go", "php"):
        bench.event(name)
        await bench.clock.advance(3)
    await bench.clock.advance(100)
    assert bench.runs == [(2, "site", {"java"}), (22, "site", {"python", "go", "php"})]


async def test_one_key_never_runs_twice_at_the_same_time_but_different_keys_do() -> None:
    bench = Bench(pace=Pace(concurrency=2))
    at_once: list[tuple[str, ...]] = []

    async def slowly(_key: str, _payload: Payload) -> None:
        at_once.append(bench.queue.running)
        await bench.clock.sleep(10)

    bench.behaviour = slowly
    for key in ("a", "b", "c"):
        bench.queue.add(key, frozenset({key}), immediately=True)
    await bench.clock.settle()
    assert bench.queue.running == ("a", "b")
    bench.queue.add("a", frozenset({"again"}), immediately=True)
    await bench.clock.advance(60)
    assert [(moment, key) for moment, key, _ in bench.runs] == [(0, "a"), (0, "b"), (10, "c"), (10, "a")]
    assert all(len(set(keys)) == len(keys) <= 2 for keys in at_once)


async def test_a_moment_that_was_asked_for_before_a_run_began_starts_no_second_one_beside_it() -> None:
    bench = Bench()

    async def slowly(_key: str, _payload: Payload) -> None:
        await bench.clock.sleep(20)

    bench.behaviour = slowly
    bench.queue.add("site", frozenset({"resync"}), delay_seconds=10)
    bench.queue.add("site", frozenset({"asked"}), immediately=True)
    await bench.clock.advance(5)
    bench.event("java")
    await bench.clock.advance(100)
    assert bench.runs == [(0, "site", {"resync", "asked"}), (20, "site", {"java"})]


async def test_a_run_may_ask_to_look_again_and_is_given_the_same_payload() -> None:
    bench = Bench()
    answers = iter([100.0, None])

    async def twice(_key: str, _payload: Payload) -> float | None:
        return next(answers)

    bench.behaviour = twice
    bench.event("java")
    await bench.clock.advance(1000)
    assert bench.runs == [(2, "site", {"java"}), (102, "site", {"java"})]


async def test_an_event_brings_the_look_again_forward_instead_of_adding_to_it() -> None:
    bench = Bench(again=lambda _payload: frozenset())
    answers = iter([3600.0, None])

    async def twice(_key: str, _payload: Payload) -> float | None:
        return next(answers)

    bench.behaviour = twice
    bench.event("java")
    await bench.clock.advance(100)
    bench.event("go")
    await bench.clock.advance(10000)
    assert bench.runs == [(2, "site", {"java"}), (102, "site", {"go"})]


async def test_a_look_again_never_puts_off_what_came_during_the_run() -> None:
    bench = Bench()

    async def slowly(_key: str, _payload: Payload) -> float | None:
        bench.queue.add("site", frozenset({"resync"}), delay_seconds=30)
        return 3600.0 if len(bench.runs) == 1 else None

    bench.behaviour = slowly
    bench.event("java")
    await bench.clock.advance(40)
    assert bench.runs[:2] == [(2, "site", {"java"}), (32, "site", {"java", "resync"})]


async def test_looking_again_after_no_time_at_all_does_not_spin() -> None:
    bench = Bench()

    async def restless(_key: str, _payload: Payload) -> float:
        return 0.0

    bench.behaviour = restless
    bench.event("java")
    await bench.clock.advance(10)
    assert bench.moments == [2, 3, 4, 5, 6, 7, 8, 9, 10]


async def test_a_failed_run_is_repeated_with_longer_and_longer_waits_up_to_ten_minutes() -> None:
    bench = Bench()

    async def failing(_key: str, _payload: Payload) -> None:
        raise TroubleError

    bench.behaviour = failing
    bench.event("java")
    await bench.clock.advance(3600)
    waits = [after - before for before, after in zip(bench.moments, bench.moments[1:], strict=False)]
    assert waits[:10] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    assert set(waits[10:]) == {600}
    assert all(payload == {"java"} for _, _, payload in bench.runs)


@pytest.mark.parametrize(("chance", "waits"), [(0.0, (1, 2, 4)), (0.5, (1.5, 3, 6)), (1.0, (2, 4, 8))])
def test_jitter_spreads_a_wait_over_its_upper_half(chance: float, waits: tuple[float, ...]) -> None:
    assert tuple(Pace(chance=lambda: chance).retry_seconds(attempts) for attempts in (1, 2, 3)) == waits
    assert Pace(chance=lambda: 1.0).retry_seconds(10**6) == 600


async def test_after_a_success_the_waits_begin_anew() -> None:
    bench = Bench()
    fails = iter([True, True, False, True, False])

    async def sometimes(_key: str, _payload: Payload) -> None:
        if next(fails):
            raise TroubleError

    bench.behaviour = sometimes
    bench.event("java")
    await bench.clock.advance(100)
    assert bench.moments == [2, 4, 8]
    assert bench.queue.failures == {}
    bench.event("java")
    await bench.clock.advance(100)
    assert bench.moments == [2, 4, 8, 102, 104]
    assert [outcome for _, outcome, _ in bench.outcomes] == ["failed", "failed", "done", "failed", "done"]


async def test_a_success_that_asks_to_look_again_forgets_the_failures_before_it() -> None:
    bench = Bench()

    async def well_once(_key: str, _payload: Payload) -> float:
        if len(bench.runs) != 3:
            raise TroubleError
        return 100.0

    bench.behaviour = well_once
    bench.event("java")
    await bench.clock.advance(50)
    assert bench.moments == [2, 4, 8]
    assert bench.queue.failures == {}
    await bench.clock.advance(65)
    assert bench.moments == [2, 4, 8, 108, 110, 114]
    assert bench.queue.failures["site"].attempts == 3


async def test_what_failed_and_what_came_meanwhile_are_done_together() -> None:
    bench = Bench()

    async def fails_once(_key: str, _payload: Payload) -> None:
        if len(bench.runs) == 1:
            bench.event("during")
            raise TroubleError

    bench.behaviour = fails_once
    bench.event("before")
    await bench.clock.advance(2.5)
    bench.event("after")
    await bench.clock.advance(100)
    assert [payload for _, _, payload in bench.runs] == [{"before"}, {"before", "during", "after"}]


async def test_events_do_not_shorten_a_back_off_but_a_person_who_asks_does() -> None:
    bench = Bench()

    async def failing(_key: str, _payload: Payload) -> None:
        if len(bench.runs) < 6:
            raise TroubleError

    bench.behaviour = failing
    bench.event("java")
    await bench.clock.advance(32)
    assert bench.moments == [2, 4, 8, 16, 32]
    bench.event("go")
    await bench.clock.advance(10)
    assert len(bench.runs) == 5
    bench.queue.add("site", frozenset({"asked"}), immediately=True)
    await bench.clock.advance(100)
    assert bench.runs[5:] == [(42, "site", {"java", "go", "asked"})]


async def test_a_named_time_to_wait_is_obeyed_whoever_asks() -> None:
    bench = Bench(chance=0.0)

    async def refused_once(_key: str, _payload: Payload) -> None:
        if len(bench.runs) == 1:
            raise TroubleError(retry_after_seconds=90)

    bench.behaviour = refused_once
    bench.event("java")
    await bench.clock.advance(10)
    bench.event("go")
    bench.queue.add("site", frozenset({"asked"}), immediately=True)
    await bench.clock.advance(1000)
    assert bench.runs == [(2, "site", {"java"}), (92, "site", {"java", "go", "asked"})]


@pytest.mark.parametrize(
    ("told", "second_run"), [(float("nan"), 3), (-5.0, 3), (0.0, 3), (float("inf"), 7202), (1e12, 7202)]
)
async def test_a_senseless_time_to_wait_is_bounded(told: float, second_run: float) -> None:
    bench = Bench(chance=0.0)

    async def refused_once(_key: str, _payload: Payload) -> None:
        if len(bench.runs) == 1:
            raise TroubleError(retry_after_seconds=told)

    bench.behaviour = refused_once
    bench.event("java")
    await bench.clock.advance(20000)
    assert bench.moments == [2, second_run]


async def test_one_key_s_trouble_does_not_delay_another() -> None:
    bench = Bench(pace=Pace(concurrency=1))

    async def bad_only(key: str, _payload: Payload) -> None:
        if key == "bad":
            raise TroubleError(retry_after_seconds=3000)

    bench.behaviour = bad_only
    bench.event("java", key="bad")
    bench.event("java", key="good")
    await bench.clock.advance(2)
    assert [key for _, key, _ in bench.runs] == ["bad", "good"]
    bench.event("go", key="good")
    await bench.clock.advance(2)
    assert bench.runs[2:] == [(4, "good", {"go"})]


async def test_work_waits_for_a_place_in_its_own_lane_alone() -> None:
    lanes = {"slow": Lane("slow", 1), "talk": Lane("talk", 2)}
    bench = Bench(lane_of=lambda key: lanes[key.partition(" ")[0]])

    async def slowly(key: str, _payload: Payload) -> None:
        await bench.clock.sleep(100 if key.startswith("slow") else 1)

    bench.behaviour = slowly
    for key in ("slow 1", "slow 2", "talk 1", "talk 2", "talk 3"):
        bench.queue.add(key, frozenset({key}), immediately=True)
    await bench.clock.advance(150)
    assert [(moment, key) for moment, key, _ in bench.runs] == [
        (0, "slow 1"),
        (0, "talk 1"),
        (0, "talk 2"),
        (1, "talk 3"),
        (100, "slow 2"),
    ]
    await bench.clock.advance(100)
    assert bench.queue.idle


async def test_a_lane_that_is_full_turns_new_keys_away_and_says_so_once() -> None:
    small = Lane("questions", 1, most=4)
    bench = Bench(lane_of=lambda key: small if key.startswith("question") else Lane("sites", 1))
    go_on = asyncio.Event()

    async def wait(key: str, _payload: Payload) -> None:
        if key.startswith("question"):
            await go_on.wait()

    bench.behaviour = wait
    with capture_logs() as logs:
        taken = [bench.queue.add(f"question {number}", frozenset({"a"})) for number in range(100_000)]
        assert taken.count(True) == 4
        assert bench.queue.add("question 2", frozenset({"b"})), "what is taken already may be added to"
        bench.event("java", key="site")
        await bench.clock.advance(5)
        assert [key for _, key, _ in bench.runs] == ["question 0", "site"], "and no other lane is full"
        go_on.set()
        await bench.clock.advance(5)
    assert len(bench.queue._entries) == 0
    assert {key for _, key, _ in bench.runs} == {"site", *(f"question {number}" for number in range(4))}
    told = [(line["event"], line.get("turned_away")) for line in logs]
    assert told == [("too much waits, no more is taken", None), ("there is room again", 100_000 - 4)]
    assert bench.queue.add("question 9", frozenset())


async def test_a_run_that_never_ends_is_cut_off_and_tried_again() -> None:
    bench = Bench(pace=Pace(concurrency=1, run_limit_seconds=100))

    async def hangs_once(_key: str, _payload: Payload) -> None:
        if len(bench.runs) == 1:
            await asyncio.get_running_loop().create_future()

    bench.behaviour = hangs_once
    bench.event("java")
    await bench.clock.advance(300)
    assert bench.runs == [(2, "site", {"java"}), (104, "site", {"java"})]
    assert bench.outcomes == [("site", "failed", 100), ("site", "done", 0)]


async def test_something_cancelled_within_a_run_counts_as_a_failure_of_it() -> None:
    bench = Bench()

    async def awaits_the_cancelled(_key: str, _payload: Payload) -> None:
        if len(bench.runs) == 1:
            inner = asyncio.ensure_future(asyncio.sleep(0))
            inner.cancel()
            await inner

    bench.behaviour = awaits_the_cancelled
    bench.event("java")
    await bench.clock.advance(10)
    assert bench.runs == [(2, "site", {"java"}), (4, "site", {"java"})]


async def test_a_failure_is_one_log_line_and_can_be_looked_up_until_it_is_over() -> None:
    bench = Bench()

    async def fails_twice(_key: str, _payload: Payload) -> None:
        if len(bench.runs) <= 2:
            raise TroubleError

    bench.behaviour = fails_twice
    with capture_logs() as lines:
        bench.event("java")
        await bench.clock.advance(5)
        failure = bench.queue.failures["site"]
        await bench.clock.advance(100)
    assert (failure.error, failure.attempts) == ("TroubleError: GitHub is down", 2)
    assert (failure.at - FakeClock().now()).total_seconds() == 4
    assert failure.retry_in_seconds == 4
    assert bench.queue.failures == {}
    assert [(line["key"], line["attempts"], line["retry_in_seconds"]) for line in lines] == [
        ("site", 1, 2.0),
        ("site", 2, 4.0),
    ]
    assert [type(line["exc_info"]) for line in lines] == [TroubleError, type(None)]  # all of it only once


async def test_nothing_is_kept_of_a_key_that_is_done() -> None:
    bench = Bench()
    for number in range(100):
        bench.event("x", key=f"comment-{number}")
    assert bench.queue.depth == 100
    await bench.clock.advance(10)
    assert len(bench.runs) == 100
    assert bench.queue.depth == 0
    assert bench.queue.idle
    assert bench.queue._entries == {}
    assert not any(bench.queue._heaps.values())
    assert bench.clock.sleeping == 0


async def test_depth_age_and_movement_tell_how_the_queue_is_doing() -> None:
    bench = Bench(pace=Pace(concurrency=1, run_limit_seconds=2000))

    async def slowly(_key: str, _payload: Payload) -> None:
        await bench.clock.sleep(1000)

    bench.behaviour = slowly
    assert (bench.queue.depth, bench.queue.oldest_due_seconds, bench.queue.idle) == (0, 0, True)
    bench.event("java", key="first")
    bench.event("java", key="second")
    assert (bench.queue.depth, bench.queue.oldest_due_seconds, bench.queue.idle) == (2, 0, False)
    await bench.clock.advance(102)
    assert bench.queue.running == ("first",)
    assert (bench.queue.depth, bench.queue.oldest_due_seconds) == (1, 100)
    assert bench.queue.moving()
    await bench.clock.advance(201)
    assert bench.queue.oldest_due_seconds == 301
    assert not bench.queue.moving()
    assert bench.queue.moving(limit_seconds=500)
    await bench.clock.advance(3000)
    assert (bench.queue.depth, bench.queue.oldest_due_seconds, bench.queue.idle) == (0, 0, True)


async def test_work_put_off_on_purpose_leaves_the_queue_idle_and_moving() -> None:
    bench = Bench()
    bench.queue.add("site", frozenset({"resync"}), delay_seconds=86400)
    await bench.clock.advance(3600)
    assert (bench.queue.depth, bench.queue.idle, bench.queue.moving()) == (1, True, True)


async def test_closing_an_idle_queue_names_what_was_left_undone_and_takes_nothing_more() -> None:
    bench = Bench()
    bench.event("java")
    assert await bench.queue.close() == ("site",)
    assert bench.queue.add("site", frozenset({"go"})) is False
    assert not bench.queue.moving()
    await bench.clock.advance(1000)
    assert bench.runs == []
    assert bench.clock.sleeping == 0


async def test_what_runs_when_the_queue_closes_may_finish_within_the_grace() -> None:
    bench = Bench(pace=Pace(concurrency=1))

    async def slowly(_key: str, _payload: Payload) -> None:
        await bench.clock.sleep(20)

    bench.behaviour = slowly
    bench.event("java", key="running")
    bench.event("java", key="waiting")
    await bench.clock.advance(3)
    closing = asyncio.ensure_future(bench.queue.close(grace_seconds=25))
    await bench.clock.advance(19)
    assert closing.done()
    assert closing.result() == ("waiting",)
    assert bench.outcomes == [("running", "done", 20)]
    assert [key for _, key, _ in bench.runs] == ["running"]


async def test_what_does_not_finish_within_the_grace_is_cancelled_and_named() -> None:
    bench = Bench()
    cleaned_up: list[str] = []

    async def endless(key: str, _payload: Payload) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned_up.append(key)

    bench.behaviour = endless
    bench.event("java")
    await bench.clock.advance(3)
    closing = asyncio.ensure_future(bench.queue.close(grace_seconds=25))
    await bench.clock.advance(24.9)
    assert not closing.done()
    await bench.clock.advance(0.1)
    assert closing.result() == ("site",)
    assert cleaned_up == ["site"]
    assert bench.outcomes == [("site", "cut off", 26)]
    assert await bench.queue.close() == ("site",)


async def test_a_run_that_fails_while_the_queue_closes_is_not_tried_again() -> None:
    bench = Bench()

    async def failing(_key: str, _payload: Payload) -> None:
        await bench.clock.sleep(1)
        raise TroubleError

    bench.behaviour = failing
    bench.event("java")
    await bench.clock.advance(2)
    closing = asyncio.ensure_future(bench.queue.close())
    await bench.clock.advance(100)
    assert closing.result() == ("site",)
    assert len(bench.runs) == 1


async def test_a_run_does_not_inherit_the_context_of_the_delivery_that_asked_for_it() -> None:
    delivery: contextvars.ContextVar[str] = contextvars.ContextVar("delivery", default="none")
    seen: list[str] = []

    async def look(_key: str, _payload: Payload) -> None:
        seen.append(delivery.get())
        delivery.set("left behind")

    bench = Bench(behaviour=look)
    delivery.set("72d3162e")
    bench.event("java", key="a")
    bench.queue.add("b", frozenset({"asked"}), immediately=True)
    await bench.clock.advance(10)
    assert seen == ["none", "none"]


async def test_work_within_its_time_gives_its_result_and_leaves_no_alarm_behind() -> None:
    clock = FakeClock()

    async def answer() -> int:
        await clock.sleep(5)
        return 42

    waiting = asyncio.ensure_future(within(clock, 10, answer()))
    await clock.advance(5)
    assert waiting.result() == 42
    assert clock.sleeping == 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.sampled_from("abc"), st.integers(0, 9)),
        st.tuples(st.just("ask"), st.sampled_from("abc"), st.integers(0, 9)),
        st.tuples(st.just("delay"), st.sampled_from("abc"), st.integers(0, 90)),
        st.tuples(st.just("pass"), st.sampled_from([0.5, 2.0, 7.0, 61.0]), st.integers(1, 3)),
    ),
    max_size=40,
)
troubles = st.lists(
    st.sampled_from(["well", "well", "fail", "refused", "slow", "hang", "again"]), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(steps=steps, troubles=troubles, concurrency=st.integers(1, 3))
def test_whatever_happens_nothing_is_lost_and_no_key_runs_beside_itself(
    steps: list[tuple[str, str | float, int]], troubles: list[str], concurrency: int
) -> None:
    async def story() -> None:
        bench = Bench(pace=Pace(concurrency=concurrency, run_limit_seconds=50))
        asked: dict[str, set[str]] = {key: set() for key in "abc"}
        done: dict[str, set[str]] = {key: set() for key in "abc"}
        at_work: list[str] = []
        fates = iter(troubles)

        async def run(key: str, payload: Payload) -> float | None:
            assert key not in at_work
            at_work.append(key)
            assert len(at_work) <= concurrency
            try:
                fate = next(fates, "well")
                await bench.clock.sleep({"slow": 10.0, "hang": 1e9}.get(fate, 0.0))
                if fate in ("fail", "refused"):
                    raise TroubleError(retry_after_seconds=30 if fate == "refused" else None)
                done[key] |= payload
                return 45.0 if fate == "again" else None
            finally:
                at_work.remove(key)

        bench.behaviour = run
        for number, (kind, what, amount) in enumerate(steps):
            if kind == "pass":
                await bench.clock.advance(float(what) * amount)
                continue
            key = str(what)
            asked[key].add(str(number))
            bench.queue.add(
                key,
                frozenset({str(number)}),
                immediately=kind == "ask",
                delay_seconds=amount if kind == "delay" else None,
            )
        await bench.clock.advance(30000)
        assert done == asked
        assert bench.queue.idle
        assert bench.queue.depth == 0
        assert bench.clock.sleeping == 0

    asyncio.run(story())


async def test_the_fake_clock_wakes_each_sleeper_at_its_own_moment_and_in_order() -> None:
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    tasks = [asyncio.ensure_future(sleeper("late", 3)), asyncio.ensure_future(sleeper("often", 1, 2, 0, 1))]
    await clock.advance(2.5)
    assert woken == [("often", 1)]
    await clock.advance(10)
    assert woken == [("often", 1), ("late", 3), ("often", 3), ("often", 3), ("often", 4)]
    assert (clock.now() - FakeClock().now()).total_seconds() == clock.monotonic() == 12.5
    await asyncio.gather(*tasks)


async def test_the_fake_clock_goes_on_until_something_has_happened_but_not_for_ever() -> None:
    clock = FakeClock()
    woken: list[float] = []

    async def sleeper() -> None:
        while True:
            await clock.sleep(10)
            woken.append(clock.monotonic())

    task = asyncio.ensure_future(sleeper())
    await clock.until(lambda: len(woken) == 3)
    assert clock.monotonic() == 30
    with pytest.raises(AssertionError, match="did not come true in 50 s"):
        await clock.until(lambda: False, within_seconds=50)
    task.cancel()
    await clock.settle()
    assert clock.sleeping == 0
    assert clock.next_wake_seconds is None
