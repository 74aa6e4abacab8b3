"""A least-recently-used cache bounded by the text it holds, not by how many pieces that is."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

PIECE = 1000
"""What a value that is no text counts for, in characters: an issue, a branch, a page of few."""


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, tuple):
        return sum(map(_size, value))
    if isinstance(value, list):
        return PIECE * (1 + len(value))
    return PIECE


class TextCache(LRUCache[K, V]):
    """Holds at most so many characters. What would fill half of it alone is not kept at all."""

    def __init__(self, max_characters: int) -> None:
        super().__init__(max_characters, getsizeof=_size)

    def __setitem__(self, key: K, value: V) -> None:
        if _size(value) <= self.maxsize / 2:
            super().__setitem__(key, value)
