"""A least-recently-used cache bounded by the memory that it holds, not by how many pieces that is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextlib import suppress
from math import inf
from sys import getsizeof
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def size_of(value: object) -> int:
    """Bytes of memory, near enough, of what JSON is read into; a text with an emoji takes four each."""
    own = getsizeof(value)
    if isinstance(value, dict):
        return own + sum(map(size_of, value.values()))  # names are shared by the items of an answer
    if isinstance(value, list | tuple):
        return own + sum(map(size_of, value))
    return own


class Recent(Generic[K, V]):
    """Which few versions of each thing were asked for last: a cache need not keep the others.

    Without it what is outdated would stay until the cache is full, and memory seem to grow for hours.
    """

    def __init__(self, most_things: int) -> None:
        self._versions: LRUCache[K, tuple[int, tuple[V, ...]]] = LRUCache(most_things)

    def asked_for(self, thing: K, versions: Iterable[V], keep: int) -> tuple[V, ...]:
        """Note that these versions are in use; gives those that no longer belong to the last ``keep``.

        Whoever wanted to keep the most of a thing so far is heeded: others may want fewer of it.
        """
        now = tuple(versions)
        most, before = self._versions.get(thing, (0, ()))
        most = max(most, keep)
        known = (*now, *(each for each in before if each not in now))
        self._versions[thing] = most, known[:most]
        return known[most:]


class BoundedCache(LRUCache[K, V]):
    """Holds at most so many bytes. What would fill half of it alone is not kept at all."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes, getsizeof=self._size_within)

    def __setitem__(self, key: K, value: V) -> None:
        with suppress(ValueError):  # too large
            super().__setitem__(key, value)

    def _size_within(self, value: V) -> float:
        size = size_of(value)
        return size if size <= self.maxsize / 2 else inf
