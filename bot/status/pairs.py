"""Which row of one file is which row of another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Protocol


class Named(Protocol):
    """What tells a row from others; each part may be missing."""

    @property
    def label(self) -> str | None:
        """What the page calls it."""

    @property
    def repository(self) -> str | None:
        """``owner/name``."""

    @property
    def component(self) -> str | None:
        """What it releases of a repository that releases several things."""


def paired(rows: Sequence[Named], others: Sequence[Named]) -> tuple[int | None, ...]:
    """For each row the index of the other that stands for the same SIG, each other at most once.

    The surest signs decide first: repository and component and label, then the first two, then the
    repository where a single row of it is left, then the label alone. Names on GitHub know no upper
    and lower case.
    """
    pairs: dict[int, int] = {}
    for sign in (_name_and_label, _name, _repository, _label):
        left = _unpaired(rows, pairs.keys(), sign)
        right = _unpaired(others, set(pairs.values()), sign)
        for key, indexes in left.items():
            candidates = right.get(key, [])
            if sign is not _repository or len(indexes) == len(candidates) == 1:
                pairs.update(zip(indexes, candidates, strict=False))
    return tuple(pairs.get(index) for index in range(len(rows)))


_Sign = Callable[[Named], Hashable]


def _unpaired(rows: Sequence[Named], done: Collection[int], sign: _Sign) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for index, row in enumerate(rows):
        key = sign(row)
        if index not in done and key is not None:
            found.setdefault(key, []).append(index)
    return found


def _name_and_label(row: Named) -> Hashable:
    return None if row.label is None or row.repository is None else (_name(row), row.label)


def _name(row: Named) -> Hashable:
    return None if row.repository is None else (row.repository.casefold(), (row.component or "").casefold())


def _repository(row: Named) -> Hashable:
    return None if row.repository is None else row.repository.casefold()


def _label(row: Named) -> Hashable:
    return row.label
