"""Texts kept under tests/snapshots, so that a change of their words shows in review."""

from __future__ import annotations

import os
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"


def assert_snapshot(name: str, text: str) -> None:
    """Compare with the file kept; ``UPDATE_SNAPSHOTS=1`` writes it instead."""
    path = SNAPSHOTS / name
    written = f"{text}\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(written, encoding="utf-8", newline="\n")
    assert path.is_file(), f"{path.name} is not there yet: run the test with UPDATE_SNAPSHOTS=1"
    assert written == path.read_text(encoding="utf-8")
