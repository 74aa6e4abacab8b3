"""Rows of two files are paired by what they stand for, however many there are."""

from __future__ import annotations

import time

from bot.status.datafile import OutputRow
from bot.status.pairs import paired

MANY = 20_000


def rows(component: str | None = None) -> list[OutputRow]:
    return [OutputRow(f"SIG {number}", f"o/r{number}", {}, component=component) for number in range(MANY)]


def test_any_number_of_rows_is_paired_in_time_that_grows_with_their_number_alone() -> None:
    begun = time.process_time()
    assert paired(rows(), rows()[::-1]) == tuple(reversed(range(MANY)))
    assert paired(rows("core"), rows("api")) == tuple(range(MANY))
    assert time.process_time() - begun < 3
