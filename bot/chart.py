"""The progress chart: a row for each SIG, a cell for each column; here in plain text and in words.

As a picture it is laid out by bot/chart_picture.py.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.markdown import visible
from bot.status.datafile import read_output
from bot.status.rows import read_columns
from bot.status.yamltext import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.status.datafile import OutputRow, Value
    from bot.status.ladder import Column

FULL = "▇"
EMPTY = "░"
LABEL_WIDTH = 24
CELL_WIDTH = 4
LADDER_WIDTH = 100
MOST_PLACES = 8
"""How many columns the chart in words tells of."""


@dataclass(frozen=True)
class ChartRow:
    """One SIG's bar. ``fills`` gives for each column how much of it is done, 0 to 100.

    ``column`` is where the SIG stands and ``percent`` how far it is there; a column that the
    ladder does not have leaves the bar empty.
    """

    label: str
    repository: str
    column: str
    percent: int
    fills: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Every column is done."""
        return bool(self.fills) and all(fill == 100 for fill in self.fills)  # noqa: PLR2004 - per cent


@dataclass(frozen=True)
class Chart:
    """The bars of an output and the labels of the columns that they cross."""

    rows: tuple[ChartRow, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Ten hexadecimal digits that change with whatever the chart shows."""
        return sha256(repr(self).encode(errors="surrogatepass")).hexdigest()[:10]


def chart_of(text: str, path: str) -> Chart:
    """The chart of an output. Raises ``FileFaultError`` where its text cannot be read."""
    columns, _ = read_columns(read_yaml(text, path, by_hand=False))
    return Chart(chart_rows(read_output(text, path), columns), tuple(column.label for column in columns))


def chart_rows(rows: Sequence[OutputRow], columns: Sequence[Column]) -> tuple[ChartRow, ...]:
    """The bars of an output, in its order."""
    labels = [column.label for column in columns]
    return tuple(_chart_row(row, labels) for row in rows)


def _chart_row(row: OutputRow, labels: list[str]) -> ChartRow:
    column = str(row.values.get("msLabel", ""))
    percent = percent_of(row.values)
    at = labels.index(column) if column in labels else -1
    fills = tuple(100 if i < at else percent if i == at else 0 for i in range(len(labels)))
    return ChartRow(row.label, row.repository, column, percent, fills)


def percent_of(values: Mapping[str, Value]) -> int:
    """How far a row is in its column, 0 to 100; worked out from the counts where it is not given."""
    given = values.get("percent")
    if not isinstance(given, int):
        counts = values.get("closedIssues"), values.get("totalIssues")
        closed, total = (count if isinstance(count, int) else 0 for count in counts)
        # Only the bot itself knows whether a column is done, and then it says so.
        given = min(closed * 100 // total, 99) if total > 0 else 0
    return max(0, min(given, 100))


def in_words(chart: Chart) -> str:
    """How many SIGs are where, in one sentence, in the order of the columns."""
    count = len(chart.rows)
    told = ", ".join(_places(chart))
    return f"Progress of {count} SIG{'' if count == 1 else 's'}{told and ': '}{told}."


def _places(chart: Chart) -> Iterator[str]:
    columns = Counter(row.column for row in chart.rows if not row.complete)
    order = {column: at for at, column in enumerate(chart.columns)}
    places = sorted(columns.items(), key=lambda place: order.get(place[0], len(order)))
    for column, count in places[:MOST_PLACES]:
        yield f"{count} at {_fitted(column)}"
    if more := sum(count for _, count in places[MOST_PLACES:]):
        yield f"{more} elsewhere"
    if complete := sum(row.complete for row in chart.rows):
        yield f"{complete} complete"


def draw(rows: Sequence[ChartRow], columns: Sequence[Column]) -> str:
    """The chart in characters, aligned, one line a row; its width is bounded for any number of columns."""
    label_width = max((_width(_fitted(row.label)) for row in rows), default=0)
    heads = [_fitted(column.label) for column in columns]
    widths = [max(_width(head), CELL_WIDTH) for head in heads]
    lines, gap = [], ""
    if sum(widths) + len(widths) > LADDER_WIDTH:
        widths = _squeezed(len(heads))
    elif heads:
        gap = " "
        lines.append(f"{'':{label_width}}  {gap.join(map(_padded, heads, widths))}")
    for row in rows:
        bar = gap.join(map(_cell, _grouped(row.fills, len(widths)), widths))
        lines.append(f"{_padded(_fitted(row.label), label_width)}  {bar}  {_where(row)}")
    return "\n".join(line.rstrip() for line in lines)


def _where(row: ChartRow) -> str:
    return "complete" if row.complete else f"{_fitted(row.column)} {row.percent}%"


def _squeezed(count: int) -> list[int]:
    """Narrow cells without heads for a long ladder; beyond the width several columns share a cell."""
    return [max(1, LADDER_WIDTH // count)] * min(count, LADDER_WIDTH)


def _grouped(fills: Sequence[int], cells: int) -> list[int]:
    """As many fills as there are cells, each the mean of the columns that share it."""
    bounds = [round(i * len(fills) / cells) for i in range(cells + 1)] if cells else []
    groups = [fills[start:end] for start, end in pairwise(bounds)]
    return [sum(group) // len(group) for group in groups]


def _cell(fill: int, width: int) -> str:
    full = fill * width // 100
    return FULL * full + EMPTY * (width - full)


def _fitted(label: str) -> str:
    return visible(label, LABEL_WIDTH)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """How many cells of a fixed-width font the text takes."""
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
