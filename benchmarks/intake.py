"""Measure a delivery's way from the socket to the queue, and how long the bot takes to start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from benchmarks.client import Load, Measured
from benchmarks.deliveries import ACCEPTED, Recorded
from benchmarks.parts import Bot, FailedError, GitHub, bot
from benchmarks.processes import free_port, helper_process, usage_of
from benchmarks.results import Sample
from bot.events import EVENTS

SIGS = 9
CONNECTIONS = (1, 32)
WARM_UP_SECONDS = 0.4
LONGEST_SECONDS = 60.0

START = "start"


def name_of(title: str, connections: int) -> str:
    """A measure's name."""
    return f"{title}, {connections} at once"


async def prime(hub: GitHub) -> None:
    """Let a first bot open the proposal, so that all that are measured find the same."""
    async with bot(hub, free_port()) as running:
        await running.reconciled(1)


async def measure(hub: GitHub, delivery: Recorded, seconds: float) -> AsyncIterator[tuple[str, Sample]]:
    """Start a bot, let it come to rest, and send it one delivery over and over.

    Between the levels it is never quiet for as long as the debounce, so that nothing is reconciled
    while it is measured.
    """
    async with bot(hub, free_port()) as running:
        yield START, {"ms": (running.healthy - running.began) * 1000}
        await running.reconciled(1)
        idle = usage_of(running.pid)
        sent = 0
        for connections in CONNECTIONS:
            measured = await _send(running, delivery, connections, seconds)
            sent += measured.sent
            sample = _sample(measured)
            loaded = usage_of(running.pid)
            if idle is not None and loaded is not None:
                sample |= {"RSS idle MiB": idle.rss_mib, "RSS MiB": loaded.rss_mib}
            yield name_of(delivery.title, connections), sample
        await _check(running, delivery, sent)


def _sample(measured: Measured) -> Sample:
    sample = {
        "deliveries/s": measured.answered / measured.seconds,
        "p50 ms": measured.p50_ms,
        "p99 ms": measured.p99_ms,
        "client's core %": measured.client_cpu_seconds / measured.seconds * 100,
    }
    if measured.bot_cpu_seconds is not None:
        sample["CPU us"] = measured.bot_cpu_seconds / measured.answered * 1e6
    return sample


async def _send(running: Bot, delivery: Recorded, connections: int, seconds: float) -> Measured:
    load = Load(
        port=running.port,
        pid=running.pid,
        connections=connections,
        warm_up_seconds=WARM_UP_SECONDS,
        seconds=seconds,
        event=delivery.event,
        signature=delivery.signature,
        body=delivery.body,
        status=delivery.status,
    )
    async with helper_process("benchmarks.client") as client:
        try:
            async with asyncio.timeout(seconds + LONGEST_SECONDS):
                printed, _ = await client.communicate(msgspec.json.encode(load))
        except TimeoutError:
            raise FailedError(f"{delivery.title}: the bot left deliveries unanswered") from None
    if not printed:
        raise FailedError(f"{delivery.title}: the bot broke a connection off")
    measured = msgspec.json.decode(printed, type=Measured)
    if measured.wrong:
        raise FailedError(f"{delivery.title}: {measured.wrong} of {measured.sent} got another answer")
    return measured


async def _check(running: Bot, delivery: Recorded, sent: int) -> None:
    """What was answered was counted; and what a site names stands in the queue, what none names does not."""
    metrics = await running.metrics()
    known = delivery.event if delivery.event in EVENTS else "other"
    outcome = "accepted" if delivery.status == ACCEPTED else "of no interest"
    counted = metrics.get(f'status_bot_deliveries_total{{event="{known}",outcome="{outcome}"}}', 0)
    waiting = metrics["status_bot_queue_depth"]
    if counted != sent or bool(waiting) != delivery.queued:
        raise FailedError(f"{delivery.title}: {sent} sent, {counted:.0f} counted, {waiting:.0f} in the queue")
