"""Faults that people make in files: each names its file, its line and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


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


class FileFaultError(Exception):
    """A file that cannot be used at all; nothing that depends on it may be changed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
