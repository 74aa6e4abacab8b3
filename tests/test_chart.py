"""The chart in characters: aligned, bounded, and right for any number of columns and rows."""

from __future__ import annotations

import pytest

from bot.chart import LADDER_WIDTH, Chart, ChartRow, chart_of, chart_rows, draw, in_words, percent_of
from bot.status.datafile import OutputRow, Value
from bot.status.faults import FileFaultError
from bot.status.ladder import Column

LADDER = tuple(map(Column, ("v0.3", "v0.4", "beta", "v1.0")))


def row(label: str, column: str, percent: int) -> OutputRow:
    return OutputRow(label, f"o/{label}", {"msLabel": column, "percent": percent})


def test_a_bar_is_full_up_to_its_column_and_partly_in_it() -> None:
    (only,) = chart_rows([row("Go", "beta", 50)], LADDER)
    assert only == ChartRow("Go", "o/Go", "beta", 50, (100, 100, 50, 0))
    assert not only.complete


def test_the_chart_is_drawn_in_aligned_characters() -> None:
    rows = chart_rows(
        [row("Go", "v0.3", 0), row("日本語", "beta", 50), row(".NET", "v1.0", 100), row("C", "v0.4", 99)],
        LADDER,
    )
    assert draw(rows, LADDER).split("\n") == [
        "        v0.3 v0.4 beta v1.0",
        "Go      ░░░░ ░░░░ ░░░░ ░░░░  v0.3 0%",
        "日本語  ▇▇▇▇ ▇▇▇▇ ▇▇░░ ░░░░  beta 50%",
        ".NET    ▇▇▇▇ ▇▇▇▇ ▇▇▇▇ ▇▇▇▇  complete",
        "C       ▇▇▇▇ ▇▇▇░ ░░░░ ░░░░  v0.4 99%",
    ]


def test_a_column_that_the_ladder_does_not_have_leaves_the_bar_empty() -> None:
    (only,) = chart_rows([row("Go", "gone", 50)], LADDER)
    assert only.fills == (0, 0, 0, 0)
    assert "░░░░ ░░░░ ░░░░ ░░░░  gone 50%" in draw([only], LADDER)


@pytest.mark.parametrize("count", [1, 2, 7, 19, 20, 21, 50, 99, 100, 101, 300, 5000])
def test_any_number_of_columns_fits(count: int) -> None:
    columns = [Column(f"v0.{index}") for index in range(count)]
    rows = chart_rows([row("a", "v0.0", 0), row("b", columns[-1].label, 100)], columns)
    *_, empty, full = draw(rows, columns).split("\n")
    assert len(empty.split("  ")[1]) == len(full.split("  ")[1]) <= LADDER_WIDTH + 1
    assert "▇" not in empty
    assert "░" not in full
    assert full.endswith("  complete")


def test_in_a_long_ladder_columns_share_a_cell() -> None:
    columns = [Column(f"v0.{index}") for index in range(200)]
    half, just_begun = chart_rows([row("a", "v0.100", 0), row("b", "v0.1", 0)], columns)
    drawn = draw([half, just_begun], columns).split("\n")
    assert drawn[0].count("▇") == drawn[0].count("░") == 50
    assert drawn[1].count("▇") == 0


def test_long_and_strange_labels_keep_the_rows_apart() -> None:
    rows = chart_rows([row("x" * 100, "beta", 1), row("a\nb\u202e", "beta", 1)], LADDER)
    lines = draw(rows, LADDER).split("\n")
    assert len(lines) == 3
    assert {line.index("▇") for line in lines[1:]} == {len("x" * 23 + "…  ")}
    assert r"a b\u202e" in lines[2]


def test_nothing_draws_nothing() -> None:
    assert draw((), ()) == ""
    assert draw(chart_rows([row("Go", "beta", 1)], ()), ()) == "Go    beta 1%"
    assert not ChartRow("Go", "o/Go", "beta", 1, ()).complete


@pytest.mark.parametrize(
    ("values", "percent"),
    [
        ({"percent": 42, "closedIssues": 1, "totalIssues": 2}, 42),
        ({"closedIssues": 1, "totalIssues": 3}, 33),
        ({"closedIssues": 3, "totalIssues": 3}, 99),
        ({"closedIssues": 3, "totalIssues": 0}, 0),
        ({"closedIssues": "many", "totalIssues": 3}, 0),
        ({"percent": 120}, 100),
        ({"percent": -3}, 0),
        ({}, 0),
    ],
)
def test_the_percentage_is_taken_or_worked_out(values: dict[str, Value], percent: int) -> None:
    assert percent_of(values) == percent


def test_the_chart_of_an_output_has_its_own_columns() -> None:
    text = (
        "columns:\n  - label: v0.3\n  - label: beta\n"
        "data:\n  - label: Go\n    sourceUrl: https://github.com/o/Go\n    msLabel: beta\n    percent: 40\n"
    )
    assert chart_of(text, "x.yaml") == Chart(
        (ChartRow("Go", "o/Go", "beta", 40, (100, 40)),), ("v0.3", "beta")
    )
    for broken in ("", "data: []\n", "columns: [\n"):
        with pytest.raises(FileFaultError):
            chart_of(broken, "x.yaml")


def test_in_words_the_chart_says_how_many_are_where() -> None:
    rows = [row("A", "beta", 1), row("B", "v0.3", 1), row("C", "gone", 1), row("D", "beta", 9)]
    assert in_words(chart(*rows, row("E", "v1.0", 100))) == (
        "Progress of 5 SIGs: 1 at v0.3, 2 at beta, 1 at gone, 1 complete."
    )
    assert in_words(chart(row("A", "v1.0", 99))) == "Progress of 1 SIG: 1 at v1.0."
    assert in_words(chart()) == "Progress of 0 SIGs."
    many = [row(str(at), f"c{at:02}", 1) for at in range(20)]
    assert in_words(chart(*many)).endswith(" 1 at c07, 12 elsewhere.")


def chart(*rows: OutputRow) -> Chart:
    """A chart on the ladder."""
    return Chart(chart_rows(rows, LADDER), tuple(column.label for column in LADDER))
