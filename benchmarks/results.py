"""What was measured: samples by measure, their medians, and the file that keeps them."""

from __future__ import annotations

import asyncio
import os
import platform
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.processes import PINNED, ROOT

FOLDER = ROOT / "benchmarks" / "results"
PACKAGES = ("aiohttp", "gidgethub", "msgspec", "prometheus-client", "pyyaml", "structlog")

Sample = dict[str, float]
"""Figures of one measure in one round, by name."""


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured; two files compare well only where this is alike."""

    system: str
    processor: str
    cores: int
    pinned: bool
    load_average: float
    python: str
    packages: dict[str, str]


class Results(msgspec.Struct, frozen=True):
    """Everything that was measured in one call; ``samples`` has a list by measure, an item a round."""

    commit: str
    changed: bool
    """Whether the tree held more than the commit."""
    at: datetime
    machine: Machine
    rounds: int
    seconds: float
    bytes: dict[str, int]
    """The size of each kind of delivery."""
    samples: dict[str, list[Sample]] = {}
    medians: dict[str, Sample] = {}

    def add(self, measure: str, sample: Sample) -> None:
        """Keep one more sample, and the medians up to date."""
        kept = self.samples.setdefault(measure, [])
        kept.append(sample)
        names = dict.fromkeys(name for one in kept for name in one)
        self.medians[measure] = {name: median(one[name] for one in kept if name in one) for name in names}

    def figures(self) -> Iterator[tuple[str, str, float]]:
        """Measure, figure and median of everything."""
        for measure, sample in self.medians.items():
            for name, value in sample.items():
                yield measure, name, value


async def begin(rounds: int, seconds: float, sizes: dict[str, int]) -> Results:
    """Empty results of this commit on this machine."""
    commit = await _git("rev-parse", "HEAD")
    return Results(
        commit=commit or "unknown",
        changed=bool(await _git("status", "--porcelain")),
        at=datetime.now(UTC),
        machine=Machine(
            system=platform.platform(),
            processor=_processor(),
            cores=os.cpu_count() or 1,
            pinned=PINNED,
            load_average=os.getloadavg()[0],
            python=platform.python_version(),
            packages={name: version(name) for name in PACKAGES},
        ),
        rounds=rounds,
        seconds=seconds,
        bytes=sizes,
    )


def save(results: Results, kind: str = "") -> Path:
    """Write a file named after the moment, the commit and what was measured; gives its path."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{results.at:%Y%m%d-%H%M%S}-{results.commit[:10]}{kind and f'-{kind}'}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    return path


def load(path: Path) -> Results:
    """Read such a file. Raises ``msgspec.MsgspecError`` where it is none."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


async def _git(*arguments: str) -> str:
    """What git says; nothing where there is no git, or no repository."""
    try:
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=ROOT, stdout=PIPE, stderr=DEVNULL
        )
    except FileNotFoundError:
        return ""
    said, _ = await process.communicate()
    return said.decode().strip() if process.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
