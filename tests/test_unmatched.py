"""Why a milestone's title names no column, in words that help its SIG to rename it."""

from __future__ import annotations

import pytest

from bot.status.ladder import Column, Sig, column_of, why_unmatched

LADDER = tuple(map(Column, ("v0.1", "v0.2", "beta", "rc", "v1.0")))
SIG = Sig("Java", "open-telemetry/java")


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("Backlog", "has neither a version nor the name of a column"),
        ("", "has neither a version nor the name of a column"),
        ("Release 7.4", "has a version that no column has"),
        ("v0.1 and v0.2", "names more than one column: v0.1 and v0.2"),
        ("Beta or RC", "names more than one column: beta and rc"),
        ("Instrumentation-1.0.0", "names v1.0 for another component"),
    ],
)
def test_the_reason_fits_the_title(title: str, why: str) -> None:
    assert column_of(title, SIG, LADDER) is None
    assert why_unmatched(title, SIG, LADDER) == why


def test_a_title_that_is_listed_twice_names_neither() -> None:
    columns = (Column("a", ("Ours",)), Column("b", ("ours",)))
    assert column_of("OURS", SIG, columns) is None
    assert why_unmatched("OURS", SIG, columns) == "is listed for more than one column"
