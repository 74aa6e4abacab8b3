"""The progress chart as a picture: where everything stands on it. Pure; the template draws it as SVG.

Lengths are in pixels at the picture's own size, from its upper left corner. Fonts are the reader's
own and differ in width, so a text is cut to what fits in a wide one, and has a box that clips it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from itertools import accumulate
from math import ceil, sqrt
from typing import TYPE_CHECKING

from bot.markdown import visible

if TYPE_CHECKING:
    from bot.chart import Chart, ChartRow

MOST_ROWS = 200
"""A longer chart is cut: with everything in it as long as it may be, it stays below 500 kB."""
WIDEST = 800
NARROWEST = 240
MARGIN = 16
GAP = 16

LABEL_SIZE = 13
SMALL_SIZE = 12
LONGEST_LABEL = 200
LONGEST_COLUMN = 110
LONGEST_HEAD = 100
LONGEST_TEXT = 60
"""In characters: those without a width of their own count too."""
PERCENT_WIDTH = 40
COMPLETE_WIDTH = 72

ROW_HEIGHT, BAR_HEIGHT = 28, 14
DENSE_ROW_HEIGHT, DENSE_BAR_HEIGHT = 20, 10
MANY_ROWS = 40
MORE_HEIGHT = 24
HEAD_HEIGHT = 17

WIDEST_PITCH = 64
NARROW_LADDER = 240
"""A ladder of few columns fills this; with more of them each is as wide as it may be."""
NARROWEST_PITCH = 5
"""Below this there are no cells to be told apart, and the bar is drawn in one piece."""
SLANTED_PITCH = 22
"""How far slanted heads stand apart; where columns are narrower, only some of them have one."""
LEAST_SEEN = 1.5
"""How much of a cell is filled at least once it is begun, and left empty until it is done."""

_SLANT = sqrt(0.5)
_NOT_IN_XML = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


@dataclass(frozen=True)
class Span:
    """A region from its left to its right."""

    x: float
    width: float


@dataclass(frozen=True)
class Head:
    """The label of a column, in a box that begins at ``x``; slanted, its lower left corner is there."""

    text: str
    x: float
    width: float


@dataclass(frozen=True)
class Line:
    """One SIG's row; ``y`` is its upper edge.

    ``done`` is how much of the bar is done columns, ``doing`` what follows of the present one.
    """

    label: str
    column: str
    percent: int
    complete: bool
    y: float
    done: float
    doing: float


@dataclass(frozen=True)
class ChartPicture:
    """Everything on the picture and its place.

    ``words`` says it all once more, a sentence for each line; ``more`` SIGs found no room. ``cells``
    are the columns' parts of every bar, from the bar's left edge.
    """

    width: float
    height: float
    words: tuple[str, ...]
    heads: tuple[Head, ...]
    slanted: bool
    heads_bottom: float
    cells: tuple[Span, ...]
    lines: tuple[Line, ...]
    labels: Span
    ladder: Span
    columns: Span
    percents: Span
    row_height: int
    bar_height: int
    bottom: float
    more: int


@dataclass(frozen=True)
class _Heads:
    """``x`` of each head, and how far they reach, counts from the ladder's left edge."""

    heads: tuple[Head, ...] = ()
    slanted: bool = False
    height: float = 0
    right: float = 0


def chart_picture(chart: Chart) -> ChartPicture:
    """Lay a chart out. Any number of columns and rows fits."""
    rows, count = chart.rows[:MOST_ROWS], len(chart.columns)
    dense = len(rows) > MANY_ROWS
    row_height, bar_height = (DENSE_ROW_HEIGHT, DENSE_BAR_HEIGHT) if dense else (ROW_HEIGHT, BAR_HEIGHT)
    pitch, labels, ladder, columns, percents = _regions(rows, count)
    heads = _heads(chart.columns, pitch)
    top = MARGIN / 2 + heads.height
    bottom = top + len(rows) * row_height
    more = len(chart.rows) - len(rows)
    return ChartPicture(
        width=_px(max(NARROWEST, percents.x + percents.width + MARGIN, ladder.x + heads.right + MARGIN)),
        height=_px(bottom + MORE_HEIGHT * bool(more or not rows) + MARGIN / 2),
        words=tuple(map(_words, rows)),
        heads=tuple(replace(head, x=_px(ladder.x + head.x)) for head in heads.heads),
        slanted=heads.slanted,
        heads_bottom=_px(top),
        cells=_cells(count, pitch),
        lines=tuple(_line(row, _px(top + at * row_height), pitch) for at, row in enumerate(rows)),
        labels=labels,
        ladder=ladder,
        columns=columns,
        percents=percents,
        row_height=row_height,
        bar_height=bar_height,
        bottom=_px(bottom),
        more=more,
    )


def _regions(rows: tuple[ChartRow, ...], count: int) -> tuple[float, Span, Span, Span, Span]:
    """How far columns stand apart; then labels, ladder, columns and percents, from left to right."""
    labels = Span(MARGIN, _widest([row.label for row in rows], LABEL_SIZE, LONGEST_LABEL))
    where = _widest([row.column for row in rows if not row.complete], SMALL_SIZE, LONGEST_COLUMN)
    if any(row.complete for row in rows):
        where = max(where, COMPLETE_WIDTH - PERCENT_WIDTH)
    ladder_x = labels.x + labels.width + GAP
    pitch = _pitch(count, WIDEST - MARGIN - PERCENT_WIDTH - where - GAP - ladder_x)
    ladder = Span(ladder_x, _px(count * pitch))
    columns = Span(_px(ladder.x + ladder.width + GAP * bool(count)), where)
    percents = Span(_px(columns.x + columns.width), PERCENT_WIDTH)
    return pitch, labels, ladder, columns, percents


def _pitch(count: int, room: float) -> float:
    """How far columns stand apart."""
    return min(max(WIDEST_PITCH, NARROW_LADDER / count), room / count) if count else 0


def _cells(count: int, pitch: float) -> tuple[Span, ...]:
    if pitch < NARROWEST_PITCH:
        return (Span(0, _px(count * pitch)),) if count else ()
    return tuple(Span(_px(at * pitch), _px(_cell_width(pitch))) for at in range(count))


def _cell_width(pitch: float) -> float:
    """What the gap between two cells leaves of a column."""
    return pitch - min(3, pitch / 5)


def _heads(labels: tuple[str, ...], pitch: float) -> _Heads:
    """The heads side by side where all of them fit, else slanted, else some of them slanted."""
    texts = [_fitted(label, SMALL_SIZE, LONGEST_HEAD) for label in labels]
    widths = [ceil(_width(text) * SMALL_SIZE) for text in texts]
    if not texts:
        return _Heads()
    cell = _cell_width(pitch)
    if max(widths) <= cell:
        return _Heads(tuple(Head(text, at * pitch, _px(cell)) for at, text in enumerate(texts)), height=24)
    step = ceil(SLANTED_PITCH / pitch)
    heads = [Head(texts[at], at * pitch + cell / 2, widths[at]) for at in range(0, len(texts), step)]
    return _Heads(
        tuple(heads),
        slanted=True,
        height=max(head.width for head in heads) * _SLANT + HEAD_HEIGHT,
        right=max(head.x + head.width * _SLANT for head in heads) + HEAD_HEIGHT / 2,
    )


def _words(row: ChartRow) -> str:
    where = "complete" if row.complete else f"{shown(row.column)}, {row.percent}%"
    return f"{shown(row.label)}: {where}."


def _line(row: ChartRow, y: float, pitch: float) -> Line:
    done, doing = _filled(row.fills, pitch)
    return Line(
        label=_fitted(row.label, LABEL_SIZE, LONGEST_LABEL),
        column=_fitted(row.column, SMALL_SIZE, LONGEST_COLUMN),
        percent=row.percent,
        complete=row.complete,
        y=y,
        done=_px(done),
        doing=_px(doing),
    )


def _filled(fills: tuple[int, ...], pitch: float) -> tuple[float, float]:
    """How much of a bar is done, and how much of the next cell."""
    done = next((at for at, fill in enumerate(fills) if fill < 100), len(fills))  # noqa: PLR2004 - per cent
    if done == len(fills):
        return done * pitch, 0
    cell = pitch if pitch < NARROWEST_PITCH else _cell_width(pitch)
    seen = min(LEAST_SEEN, cell / 3)
    doing = min(max(cell * fills[done] / 100, seen), cell - seen) if fills[done] else 0
    return done * pitch, doing


# -- texts ------------------------------------------------------------------------------------


def shown(text: str) -> str:
    """One line of somebody's text that any XML reader takes."""
    return visible(text, LONGEST_TEXT).translate(_NOT_IN_XML)


def _widest(texts: list[str], size: int, most: int) -> float:
    return ceil(max((_width(_fitted(text, size, most)) * size for text in texts), default=0))


def _fitted(text: str, size: int, most: float) -> str:
    """As much of a text as is no wider than ``most``."""
    line = shown(text)
    widths = list(accumulate(map(_em, line)))
    if not widths or widths[-1] * size <= most:
        return line
    kept = sum(width * size <= most - size for width in widths)
    return line[:kept].rstrip() + "…"


def _width(text: str) -> float:
    """How wide a text is in a wide font, in its size."""
    return sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in "mwMW@%…—+=<>~^#&":
        return 1
    if character in " ,.:;'|!()[]/ijlftrI-":
        return 0.45
    return 0.76 if character.isupper() or not character.isascii() else 0.68


def _px(length: float) -> float:
    """To a tenth of a pixel, without a useless ``.0``."""
    rounded = round(float(length), 1)
    return int(rounded) if rounded.is_integer() else rounded
