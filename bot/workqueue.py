"""Keyed work: delayed, coalesced, one run of a key at a time, retried with back-off, never lost."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

import structlog

from bot.pace import Lane, Pace, within
from bot.queued import Entry, Failure, Places

if TYPE_CHECKING:
    from bot.clock import Clock

SHORTEST_LOOK_AGAIN_SECONDS = 1.0
LONGEST_REFUSAL_SECONDS = 7200.0  # GitHub's limits are by the hour: to wait longer was told wrong
CANCELLED_WITHIN_SECONDS = 5.0

log = structlog.get_logger(__name__)

K = TypeVar("K", bound=Hashable)
P = TypeVar("P")
Outcome = Literal["done", "failed", "cut off"]


class WorkQueue(Generic[K, P]):
    """Work to do, by key; bounded by the number of keys, so that no event is dropped for load.

    ``run(key, payload)`` does the work. It may return the seconds after which to look again: that
    later run is brought forward by any event. When it raises, the payload is put back and tried
    again later, without delaying other keys; an exception's ``retry_after_seconds`` is obeyed. A
    payload is anything but ``None``: ``merge(older, newer)`` unites two, and ``again(payload)`` is
    what a look again starts from (the same, if left out). ``on_run`` is told of each run's key,
    outcome and seconds. ``lane_of(key)`` is the lane in which it runs, one for all if left out; it may
    bound the keys that it takes, where what is not taken is found again in another way.
    ``on_start(key, payload, attempt)`` is called in the context that a run has to itself.
    """

    def __init__(  # noqa: PLR0913 - each has a default, and a name at the call
        self,
        run: Callable[[K, P], Awaitable[float | None]],
        *,
        merge: Callable[[P, P], P],
        clock: Clock,
        pace: Pace | None = None,
        again: Callable[[P], P] | None = None,
        on_run: Callable[[K, Outcome, float], None] | None = None,
        lane_of: Callable[[K], Lane] | None = None,
        on_start: Callable[[K, P, int], None] | None = None,
    ) -> None:
        self._run = run
        self._merge = merge
        self._clock = clock
        self._pace = pace or Pace()
        self._again = again or (lambda payload: payload)
        self._on_run = on_run or (lambda _key, _outcome, _seconds: None)
        self._on_start = on_start or (lambda _key, _payload, _attempt: None)
        only = Lane("all", self._pace.concurrency)
        self._lane_of = lane_of or (lambda _key: only)
        self._entries: dict[K, Entry[P]] = {}
        self._heaps: defaultdict[Lane, list[tuple[float, int, K]]] = defaultdict(list)
        self._order = itertools.count()
        self._running: Counter[Lane] = Counter()
        self._places = Places()
        self._timer: asyncio.Task[None] | None = None
        self._timer_at = math.inf
        self._closed = False
        self._context = contextvars.copy_context()  # for runs, which belong to no single delivery

    def add(
        self, key: K, payload: P, *, delay_seconds: float | None = None, immediately: bool = False
    ) -> bool:
        """Ask for a run of the key, by default when it has been quiet for a moment.

        With ``delay_seconds`` the run comes after that delay, or earlier if something else asks for
        it; with ``immediately`` at once, even while the key waits out its own failures. Only where
        the other side named a time to wait, nothing shortens it. False when the queue is closed, or
        the lane of a key that is new to it takes no more.
        """
        entry = None if self._closed else self._entries.get(key) or self._new(key)
        if entry is None:
            return False
        now = self._clock.monotonic()
        entry.payload = payload if entry.payload is None else self._merge(entry.payload, payload)
        if immediately:
            entry.timed_at = now
            entry.backoff_until = -math.inf
        elif delay_seconds is not None:
            entry.timed_at = min(entry.timed_at, now + delay_seconds)
        else:
            if entry.quiet_at == math.inf:
                entry.gathering_since = now
            entry.quiet_at = min(
                now + self._pace.debounce_seconds, entry.gathering_since + self._pace.gather_seconds
            )
        self._enqueue(key, entry)
        self._pump()
        return True

    async def close(self, grace_seconds: float = 25.0) -> tuple[K, ...]:
        """Take and start nothing more, let what runs finish within the grace, then cancel it.

        Returns the keys whose work was left undone. It is safe to be called twice.
        """
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        running = {entry.task for entry in self._entries.values() if entry.task is not None}
        if running:
            try:
                await within(self._clock, grace_seconds, asyncio.wait(running))
            except TimeoutError:
                for task in running:
                    task.cancel()
                with contextlib.suppress(TimeoutError):
                    await within(self._clock, CANCELLED_WITHIN_SECONDS, asyncio.wait(running))
        return tuple(key for key, entry in self._entries.items() if entry.payload is not None)

    def waiting(self, key: K) -> P | None:
        """What a further request for this key would be made one with; ``None`` where nothing waits."""
        entry = self._entries.get(key)
        return entry.payload if entry is not None else None

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed

    @property
    def depth(self) -> int:
        """How many keys wait, whether for a moment or for a day."""
        return sum(entry.payload is not None for entry in self._entries.values())

    @property
    def running(self) -> tuple[K, ...]:
        """The keys that run now."""
        return tuple(key for key, entry in self._entries.items() if entry.task is not None)

    @property
    def failures(self) -> Mapping[K, Failure]:
        """The last failure of every key that has not succeeded since."""
        return {key: entry.failure for key, entry in self._entries.items() if entry.failure is not None}

    def failure_of(self, key: K) -> Failure | None:
        """How a key failed last, if it has not succeeded since."""
        entry = self._entries.get(key)
        return entry.failure if entry is not None else None

    @property
    def oldest_due_seconds(self) -> float:
        """How long the work that should have started first has been waiting for a place; 0 if none does."""
        first = min((entry.due for entry in self._waiting()), default=math.inf)
        return max(0.0, self._clock.monotonic() - first)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing is left but work that was put off on purpose."""
        now = self._clock.monotonic()
        return not self._running.total() and all(
            entry.quiet_at == math.inf and not entry.attempts and entry.due > now for entry in self._waiting()
        )

    def moving(self, limit_seconds: float = 300.0) -> bool:
        """Whether the queue is open and nothing that is due has been waiting for longer than the limit."""
        return not self._closed and self.oldest_due_seconds <= limit_seconds

    def _new(self, key: K) -> Entry[P] | None:
        lane = self._lane_of(key)
        if not self._places.take(lane):
            return None
        entry = self._entries[key] = Entry(lane)
        return entry

    def _drop(self, key: K, lane: Lane) -> None:
        del self._entries[key]
        self._places.leave(lane)

    def _waiting(self) -> list[Entry[P]]:
        return [entry for entry in self._entries.values() if entry.payload is not None and entry.task is None]

    def _enqueue(self, key: K, entry: Entry[P]) -> None:
        """Put the key into the heap, unless it runs or already stands there early enough."""
        due = entry.due
        if entry.task is None and due < entry.queued_at:
            entry.queued_at = due
            heapq.heappush(self._heaps[entry.lane], (due, next(self._order), key))

    def _pump(self) -> None:
        """Start what is due while there is room, and set the timer for what comes next."""
        now = self._clock.monotonic()
        for lane, heap in self._heaps.items():
            while heap and self._running[lane] < lane.concurrency and not self._closed:
                moment, _, key = heap[0]
                if moment > now:
                    self._ring_at(moment, now)
                    break
                heapq.heappop(heap)
                entry = self._entries.get(key)
                if entry is None or entry.queued_at != moment:
                    continue  # it was brought forward, and has been dealt with
                entry.queued_at = math.inf
                if entry.due > now:
                    self._enqueue(key, entry)  # it was put off meanwhile
                else:
                    self._start(key, entry)

    def _ring_at(self, moment: float, now: float) -> None:
        if self._timer is not None:
            if self._timer_at <= moment:
                return
            self._timer.cancel()
        self._timer_at = moment
        self._timer = asyncio.create_task(self._ring(moment - now))

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._timer = None
        self._pump()

    def _start(self, key: K, entry: Entry[P]) -> None:
        payload, entry.payload = entry.payload, None
        if payload is None:
            return
        entry.quiet_at = entry.timed_at = math.inf
        self._running[entry.lane] += 1
        context = self._context.copy()
        context.run(self._on_start, key, payload, entry.attempts + 1)
        entry.task = asyncio.create_task(self._work(key, entry, payload), context=context)

    async def _work(self, key: K, entry: Entry[P], payload: P) -> None:
        """One run and its aftermath. Whatever happens, the payload is done with or put back."""
        started = self._clock.monotonic()
        outcome: Outcome = "failed"
        try:
            again = await within(self._clock, self._pace.run_limit_seconds, self._run(key, payload))
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                outcome = "cut off"
                self._put_back(entry, payload)
                raise
            self._failed(key, entry, payload, error)  # something within the run was cancelled, not the run
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the work is not lost
            self._failed(key, entry, payload, error)
        else:
            outcome = "done"
            self._done(entry, payload, again)
        finally:
            entry.task = None
            self._running[entry.lane] -= 1
            if entry.payload is None:
                self._drop(key, entry.lane)
            else:
                self._enqueue(key, entry)
            self._on_run(key, outcome, self._clock.monotonic() - started)
            if outcome != "cut off":
                self._pump()

    def _put_back(self, entry: Entry[P], payload: P) -> None:
        entry.payload = payload if entry.payload is None else self._merge(payload, entry.payload)

    def _done(self, entry: Entry[P], payload: P, again: float | None) -> None:
        entry.attempts = 0
        entry.failure = None
        if again is not None:
            wait = max(again, SHORTEST_LOOK_AGAIN_SECONDS)
            entry.timed_at = min(entry.timed_at, self._clock.monotonic() + wait)
            self._put_back(entry, self._again(payload))

    def _failed(self, key: K, entry: Entry[P], payload: P, error: BaseException) -> None:
        now = self._clock.monotonic()
        entry.attempts += 1
        entry.timed_at = now
        entry.backoff_until = now + self._pace.retry_seconds(entry.attempts)
        told = getattr(error, "retry_after_seconds", None)
        unexpected = entry.attempts == 1 and not hasattr(error, "plainly")
        if isinstance(told, int | float) and told > 0:
            entry.refused_until = now + min(told, LONGEST_REFUSAL_SECONDS) * (1 + self._pace.chance() / 10)
        self._put_back(entry, payload)
        wait = entry.due - now
        entry.failure = Failure.of(error, self._clock.now(), entry.attempts, wait)
        log.warning(
            "run failed, will be tried again",
            key=key,
            error=entry.failure.error,
            attempts=entry.attempts,
            retry_in_seconds=round(wait, 1),
            exc_info=error if unexpected else None,  # the first time tells it all
        )
