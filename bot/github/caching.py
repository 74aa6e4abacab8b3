"""A least-recently-used cache bounded by the memory that it holds, not by how many pieces that is."""

from __future__ import annotations

from collections.abc import Hashable
from sys import getsizeof
from typing import TypeVar

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


class BoundedCache(LRUCache[K, V]):
    """Holds at most so many bytes. What would fill half of it alone is not kept at all."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes, getsizeof=size_of)

    def __setitem__(self, key: K, value: V) -> None:
        if size_of(value) <= self.maxsize / 2:
            super().__setitem__(key, value)
