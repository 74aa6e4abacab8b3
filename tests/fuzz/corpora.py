"""The inputs that are kept: those to begin with, of our own making, and whatever was found with them."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
FINDING = "finding-"
"""What begins the name of an input that once showed a fault."""


def kept(target: str) -> list[Path]:
    """The inputs for a target."""
    return sorted(path for path in (CORPUS / target).iterdir() if path.is_file())
