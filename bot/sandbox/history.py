"""Questions to the graph of commits: ancestry, logs, merge bases and three-way merges."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.sandbox.git import Commit, ObjectStore, TreeEntry


def ancestors(store: ObjectStore, sha: str) -> set[str]:
    """A commit and everything before it."""
    seen: set[str] = set()
    waiting = [sha]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(store.commit(current).parents)
    return seen


def is_ancestor(store: ObjectStore, old: str, new: str) -> bool:
    """Whether ``new`` can be reached from ``old`` by a fast-forward (a commit is its own ancestor)."""
    lowest = store.generation(old)
    seen: set[str] = set()
    waiting = [new]
    while waiting:
        current = waiting.pop()
        if current == old:
            return True
        if current not in seen and store.generation(current) > lowest:
            seen.add(current)
            waiting.extend(store.commit(current).parents)
    return False


def merge_base(store: ObjectStore, one: str, other: str) -> str | None:
    """The best common ancestor, or None for unrelated histories."""
    if is_ancestor(store, one, other):
        return one
    common = ancestors(store, one) & ancestors(store, other)
    return max(common, key=lambda sha: (store.generation(sha), sha), default=None)


def log(store: ObjectStore, start: str, without: str | None = None) -> Iterator[Commit]:
    """Commits reachable from ``start`` but not from ``without``, newest first."""
    hidden = ancestors(store, without) if without else set()
    seen = {start}
    waiting = [_newest_first(store, start)] if start not in hidden else []
    while waiting:
        commit = store.commit(heapq.heappop(waiting)[-1])
        yield commit
        for parent in commit.parents:
            if parent not in seen and parent not in hidden:
                seen.add(parent)
                heapq.heappush(waiting, _newest_first(store, parent))


def _newest_first(store: ObjectStore, sha: str) -> tuple[float, int, str]:
    return -store.commit(sha).committer.date.timestamp(), -store.generation(sha), sha


@dataclass(frozen=True, slots=True)
class Merge:
    """The files of a three-way merge, and the paths that both sides changed differently."""

    files: Mapping[str, TreeEntry]
    conflicts: tuple[str, ...]


def merge_trees(store: ObjectStore, base: str | None, ours: str, theirs: str) -> Merge:
    """Merge file by file: a file that both sides changed, each in another way, is a conflict."""
    before = store.files(base) if base else {}
    mine, yours = store.files(ours), store.files(theirs)
    merged = dict(mine)
    conflicts = []
    for path in sorted({*before, *yours}):
        was, now, here = before.get(path), yours.get(path), mine.get(path)
        if now in (was, here):
            continue
        if here != was:
            conflicts.append(path)
        elif now is None:
            del merged[path]
        else:
            merged[path] = now
    return Merge(merged, tuple(conflicts))
