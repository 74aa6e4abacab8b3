"""Measure a site's reconciles against a GitHub that takes its time: cold, after one event, and a resync."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.github import PUBLISHED
from benchmarks.parts import Bot, GitHub, bot, github
from benchmarks.processes import free_port, usage_of
from benchmarks.results import Sample
from bot.settings import Settings

REST_SECONDS = 0.080
GRAPHQL_SECONDS = 0.250

COLD = "cold"
EVENT = "one event"
RESYNC = "resync"
STRETCHES = (COLD, EVENT, RESYNC)


def name_of(sigs: int, stretch: str) -> str:
    """A measure's name."""
    return f"{sigs} SIGs, {stretch}"


async def measure(sigs: int) -> dict[str, Sample]:
    """All three, one after the other, with one fresh bot before one fresh sandbox."""
    port = free_port()
    arguments = {
        "--sigs": sigs,
        "--webhook-url": f"http://127.0.0.1:{port}/webhook",
        "--rest-seconds": REST_SECONDS,
        "--graphql-seconds": GRAPHQL_SECONDS,
    }
    words = [str(word) for pair in arguments.items() for word in pair]
    async with github(*words) as hub:
        idle_cpu_seconds = (await hub.do("mark")).cpu_seconds
        async with bot(hub, port) as running:
            samples = (
                await _cold(hub, running, idle_cpu_seconds),
                await _event(hub, running),
                await _resync(hub, running),
            )
    return {name_of(sigs, stretch): sample for stretch, sample in zip(STRETCHES, samples, strict=True)}


async def _cold(hub: GitHub, running: Bot, cpu_seconds: float) -> Sample:
    """From the start of the process until the proposal is there."""
    opened = await hub.do("proposed")
    await running.reconciled(1)
    return await _sample(hub, running, opened.at - running.began, cpu_seconds)


async def _event(hub: GitHub, running: Bot) -> Sample:
    """From a release until its commit stands on the proposal's branch, without the debounce."""
    before = _runs(await running.metrics())
    cpu_seconds = (await hub.do("mark")).cpu_seconds
    published = await hub.do("publish")
    committed = await hub.do("committed")
    await running.reconciled(before + 1)
    seconds = committed.at - published.at - Settings.debounce_seconds
    return await _sample(hub, running, seconds, cpu_seconds)


async def _resync(hub: GitHub, running: Bot) -> Sample:
    """A search for sites and a reading of everything: how long both ran, by the bot's own count."""
    before = await running.metrics()
    cpu_seconds = (await hub.do("mark")).cpu_seconds
    await hub.do("resync")
    after = await running.reconciled(_runs(before) + 1)
    return await _sample(hub, running, _run_seconds(after) - _run_seconds(before), cpu_seconds)


async def _sample(hub: GitHub, running: Bot, seconds: float, cpu_seconds_before: float) -> Sample:
    """The stretch since the sandbox's mark; the peak is that of the process so far."""
    traffic, cpu_seconds = await hub.traffic()
    usage = usage_of(running.pid)
    sample: Sample = {
        **{kind: float(count) for kind, count in traffic.requests.items()},
        "not modified": traffic.not_modified,
        "points": traffic.points,
        "dearest query": traffic.dearest,
        "read": len(traffic.repositories),
        "others read": len(set(traffic.repositories) - {PUBLISHED}),
        "MB from GitHub": traffic.bytes_read / 1e6,
        "MB to GitHub": traffic.bytes_written / 1e6,
        "seconds": seconds,
        "GitHub's CPU s": cpu_seconds - cpu_seconds_before,
    }
    if usage is not None:
        sample["peak MiB"] = usage.peak_mib
    return sample


def _runs(metrics: Mapping[str, float]) -> int:
    return int(metrics['status_bot_runs_total{kind="site",outcome="done"}'])


def _run_seconds(metrics: Mapping[str, float]) -> float:
    summed = "status_bot_run_duration_seconds_sum"
    return sum(value for name, value in metrics.items() if name.startswith(summed))
