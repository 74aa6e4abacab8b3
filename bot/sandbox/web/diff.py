"""A patch, line by line, as a page shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_KINDS = {"+": "added", "-": "removed", "\\": "remark"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: ``kind`` is ``hunk``, ``added``, ``removed``, ``same`` or ``remark``."""

    kind: str
    old: int | None
    new: int | None
    text: str


def lines(patch: str | None) -> Iterator[DiffLine]:
    """The lines of a patch with their numbers on both sides."""
    old = new = 0
    for line in (patch or "").split("\n") if patch else ():
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            yield DiffLine("hunk", None, None, line)
            continue
        kind = _KINDS.get(line[:1], "same")
        before = old if kind in ("removed", "same") else None
        after = new if kind in ("added", "same") else None
        yield DiffLine(kind, before, after, line[1:])
        old += before is not None
        new += after is not None
