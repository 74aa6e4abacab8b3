"""What differs between two trees, as unified diffs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.sandbox.git import ObjectStore, TreeEntry

_TOO_LONG = 50_000  # lines left after the common start and end are set aside; GitHub shows no patch either
_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that differs; ``sha`` is the blob that stands afterwards (or stood before a removal)."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


def compare(store: ObjectStore, before: str | None, after: str) -> tuple[FileChange, ...]:
    """The files that differ between two trees, by path."""
    old = store.files(before) if before else {}
    new = store.files(after)
    paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    return tuple(_change(store, path, old.get(path), new.get(path)) for path in paths)


def _change(store: ObjectStore, path: str, old: TreeEntry | None, new: TreeEntry | None) -> FileChange:
    status = "added" if old is None else "removed" if new is None else "modified"
    additions, deletions, patch = _diff(_content(store, old), _content(store, new))
    entry = new or old
    return FileChange(path, status, entry.sha if entry else "", additions, deletions, patch)


def _content(store: ObjectStore, entry: TreeEntry | None) -> bytes:
    return store.blob(entry.sha) if entry and entry.kind == "blob" else b""


@lru_cache(maxsize=256)
def _diff(old: bytes, new: bytes) -> tuple[int, int, str | None]:
    if is_binary(old) or is_binary(new):
        return 0, 0, None
    before, after = _lines(old), _lines(new)
    same = _common(before, after)
    tail = _common(before[same:][::-1], after[same:][::-1])
    removed, added = len(before) - same - tail, len(after) - same - tail
    if removed + added > _TOO_LONG:
        return added, removed, None
    start = max(0, same - _CONTEXT)
    end = max(0, tail - _CONTEXT)
    lines = list(_hunks(before[start : len(before) - end], after[start : len(after) - end], start))
    additions = sum(line.startswith("+") for line in lines)
    deletions = sum(line.startswith("-") for line in lines)
    return additions, deletions, "\n".join(lines)


def _hunks(before: Sequence[str], after: Sequence[str], skipped: int) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, before, after)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        old = _range(first[1] + skipped, last[2] + skipped)
        new = _range(first[3] + skipped, last[4] + skipped)
        yield f"@@ -{old} +{new} @@"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[i1:i2])
            else:
                yield from (f"-{line}" for line in before[i1:i2])
                yield from (f"+{line}" for line in after[j1:j2])


def _range(start: int, stop: int) -> str:
    length = stop - start
    return str(start + 1) if length == 1 else f"{start + (length > 0)},{length}"


def _lines(content: bytes) -> list[str]:
    lines = content.decode(errors="replace").split("\n") if content else [""]
    if lines[-1]:
        lines[-1] += "\n\\ No newline at end of file"
        return lines
    return lines[:-1]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def is_binary(content: bytes) -> bool:
    """As git decides it: a NUL in the first 8,000 bytes."""
    return b"\0" in content[:8000]
