"""What is freed goes back to the system, where the system's C library has a way."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from bot.memory import give_back, keep_little

GROWS = """
import random
from pathlib import Path
from bot.memory import keep_little

def resident_mib():
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024

assert keep_little()
chance, before, short, texts = random.Random(1), resident_mib(), [], []
for _ in range(400):
    texts = [*texts, "x" * chance.randrange(200_000, 3_000_000)][-6:]
    short = [*short, "y" * chance.randrange(1_000, 100_000)][-40:]
texts.clear()
print(resident_mib() - before - sum(map(len, short)) / 2**20)
"""
HOLES = """
from pathlib import Path
from bot.memory import give_back

def resident_mib():
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024

texts = ["x" * 20_000 + str(number) for number in range(2000)]
kept = texts[::4]
texts.clear()
before = resident_mib()
assert give_back()
print(before - resident_mib())
"""


def mib_told_by(script: str) -> float:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not tell what is resident")
    if not hasattr(ctypes.CDLL(None), "mallopt"):
        pytest.skip("another C library")
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return float(ran.stdout)


def test_large_texts_leave_no_holes() -> None:
    assert mib_told_by(GROWS) < 3, "it would be fifteen, if left to itself"


def test_the_holes_that_small_ones_leave_are_given_back() -> None:
    assert mib_told_by(HOLES) > 15


def test_a_c_library_without_such_ways_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Another: ...

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Another())
    assert not keep_little()
    assert not give_back()
