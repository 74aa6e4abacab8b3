"""Faults that people make in files: each names its file, its line and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST = 80


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake in one file, worded for the person who will mend it.

    ``line`` counts from 1; 0 means the file as a whole. ``message`` is one sentence that says
    what is wrong and, where it can be told, what to write instead.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}"


def shown(text: str) -> str:
    """Somebody's text as a message may quote it: on one line, within bounds, and nothing that controls."""
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class FileFaultError(Exception):
    """A file that cannot be used at all; nothing that depends on it may be changed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
