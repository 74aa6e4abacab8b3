"""Surgical edits: only the values that differ are replaced, and missing keys get lines of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import yaml

from bot.status.entries import Entry
from bot.status.faults import Fault, FileFaultError
from bot.status.folding import LINE_WIDTH, greatest_width
from bot.status.rows import Row
from bot.status.scalars import Place, Value, write_scalar
from bot.status.slots import MANAGED, Slot, line_after, line_end, place_of, room_below, says, slot_of
from bot.status.yamltext import Document, children, line_end_after

Anchor = tuple[Entry, int]
"""An entry with the place where others may be added behind it."""

_FLOW_START = re.compile(r"(?:[&!]\S* )*\{ ")
_ITEM_START = re.compile(r"[ -]*")
_ITEM_END = re.compile(r"(,?)[ \t]*(?:[ \t]#[^\r\n]*)?(?=[\r\n])")


@dataclass(frozen=True)
class Edit:
    """The text from ``start`` to ``end`` gives way to another."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _Layout:
    """How a row stands: in ``flow`` style, between braces, or with each key on a line of its own.

    ``quotes`` are the file's usual ones, ``order`` is that of the keys. ``spread`` is the column for
    the keys of a flow row that is about to get a line for each; ``None`` leaves them where they stand.
    """

    flow: bool
    quotes: str
    order: Sequence[str]
    spread: int | None = None

    def indent_of(self, text: str, entry: Entry) -> int | None:
        """The column of a key that stands first on its line, ``None`` for another in a flow row."""
        column = int(entry.key.start_mark.column)
        index = entry.key.start_mark.index
        first = column > 0 and not text[index - column : index].strip(" ")
        return column if not self.flow or (first and self.spread is None) else self.spread


def spliced(text: str, edits: list[Edit]) -> str:
    """The text with every edit made. Edits at one place are made in the order in which they come."""
    pieces: list[str] = []
    reached = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[reached : edit.start], edit.text]
        reached = edit.end
    return "".join([*pieces, text[reached:]])


def usual_quotes(document: Document) -> str:
    """The quotes of the first text of the file that could have either, ``"`` where there is none."""
    seen: set[int] = set()
    left = [document.root] if document.root else []
    while left:
        node = left.pop()
        if id(node) not in seen:
            seen.add(id(node))
            if quotes := _chosen_quotes(document, node):
                return quotes
            left += reversed(list(children(node)))
    return '"'


def _chosen_quotes(document: Document, node: yaml.Node) -> str:
    """The quotes around a text that would need no escape in the others either, else ``""``."""
    if not isinstance(node, yaml.ScalarNode) or node.style not in {"'", '"'}:
        return ""
    inside = document.text[node.start_mark.index + 1 : node.end_mark.index - 1]
    return "" if re.search(r"['\"\\]", inside) else str(node.style)


def row_edits(
    document: Document,
    row: Row,
    values: Mapping[str, Value],
    quotes: str = '"',
    order: Sequence[str] = MANAGED,
) -> list[Edit]:
    """What makes a row say ``values``, nothing where it says them already.

    ``quotes`` are those for new texts. ``order`` names the keys that are looked at; one that is missing
    goes behind the one before it. A flow row that no longer fits on its line gets one for each key, as
    Prettier has it. Raises ``FileFaultError`` where a value stands in a way that rules its replacement out.
    """
    layout = _Layout(row.flow, quotes, order)
    edits = _edits(document, row, values, layout)
    if layout.flow and _outgrows_its_line(document, row, edits) and (breaks := _line_breaks(document, row)):
        spread = replace(layout, spread=row.node.start_mark.column + 2)
        return [*_edits(document, row, values, spread), *breaks]
    return edits


def _edits(document: Document, row: Row, values: Mapping[str, Value], layout: _Layout) -> list[Edit]:
    anchors: dict[str, Anchor] = {}
    edits: list[Edit] = []
    for entry in row.own:
        if entry.name is None or entry.name not in layout.order:
            continue
        slot = slot_of(document, entry)
        value = values.get(entry.name)
        if anchor := _anchor(document, layout, entry, slot):
            anchors[entry.name] = anchor
        if value is None or says(entry.value, value, carefully=True):
            continue
        if slot is None:
            message = f"`{entry.name}` cannot be replaced where it stands: write `{entry.name}: value`"
            raise FileFaultError(Fault(document.path, entry.line, message))
        edits += _replacement(document, layout, entry, slot, value)
    own = {entry.name for entry in row.own}
    missing = {name: value for name, value in values.items() if name not in own}
    return [*edits, *_additions(document, row, layout, anchors, missing)]


def _outgrows_its_line(document: Document, row: Row, edits: list[Edit]) -> bool:
    """Whether a flow row has a line for itself, fits there, and would not with the edits."""
    text, start, end = document.text, row.node.start_mark.index, row.node.end_mark.index
    begin = start - row.node.start_mark.column
    rest = _ITEM_END.match(text, end)
    if rest is None or line_end_after(text, start) < end or not _ITEM_START.fullmatch(text, begin, start):
        return False
    width = greatest_width(text[begin:end]) + len(rest[1])
    more = sum(greatest_width(edit.text) - greatest_width(text[edit.start : edit.end]) for edit in edits)
    return width <= LINE_WIDTH < width + more


def _line_breaks(document: Document, row: Row) -> list[Edit]:
    """What gives each key of a flow row on one line its own; nothing where it is not spaced as usual."""
    text, last = document.text, row.node.end_mark.index - 1
    slots = [slot_of(document, entry) for entry in row.own]
    starts = [int(entry.key.start_mark.index) for entry in row.own]
    ends = [slot.end for slot in slots if slot]
    gaps = [text[end:start] for end, start in zip(ends, [*starts[1:], last], strict=False)]
    usual = _FLOW_START.match(text, row.node.start_mark.index) and gaps == [", "] * (len(starts) - 1) + [" "]
    if not usual:
        return []
    pad = document.line_end + " " * row.node.start_mark.column
    return [*(Edit(start - 1, start, f"{pad}  ") for start in starts), Edit(last - 1, last, f",{pad}")]


def _replacement(
    document: Document, layout: _Layout, entry: Entry, slot: Slot, value: Value
) -> Iterator[Edit]:
    indent = layout.indent_of(document.text, entry)
    gap, place = place_of(document, entry, slot, flow=indent is None)
    quote = place.quote and (_chosen_quotes(document, entry.value) or layout.quotes)
    place = replace(place, quote=quote, usual=layout.quotes)
    if indent is not None:
        place = replace(place, column=place.column - place.indent + indent, indent=indent)
        commented = bool(slot.comment) or "#" in document.text[slot.end : line_end(document, slot)]
        if layout.flow:
            place = replace(place, block=False, comma=True)
        elif commented and str(value).startswith("\n"):
            place = replace(place, block=False)  # Prettier adds a blank line to such a text
        if "#" in gap:
            place = replace(place, column=indent + 2, inline=False, block=False)
    written = write_scalar(value, place)
    if written.head.startswith("\n"):
        gap = ""
    yield Edit(slot.colon, slot.end, gap + written.head + slot.comment)
    if written.lines:
        end = line_end(document, slot)
        yield Edit(end, end, written.lines)


def _additions(
    document: Document,
    row: Row,
    layout: _Layout,
    anchors: Mapping[str, Anchor],
    values: Mapping[str, Value],
) -> Iterator[Edit]:
    """Missing keys, each behind the one that comes before it by the layout's order.

    Where none does they go before the one that comes next, or behind the keys that people keep.
    """
    first: list[str] = []
    behind: dict[str, list[str]] = {}
    for name in layout.order:
        if name in anchors:
            behind[name] = []
        elif name in values:
            next(reversed(behind.values()), first).append(name)
    for anchor, names in behind.items():
        yield from _added(document, layout, anchors[anchor], {name: values[name] for name in names})
    if first:
        added = {name: values[name] for name in first}
        if behind:
            yield _added_before(document, layout, anchors[next(iter(behind))][0], added)
        else:
            yield from _added(document, layout, _last_of_people(document, row, layout), added)


def _added(
    document: Document, layout: _Layout, anchor: Anchor, values: Mapping[str, Value]
) -> Iterator[Edit]:
    """New keys behind an entry."""
    entry, start = anchor
    if not values:
        return
    indent = layout.indent_of(document.text, entry)
    if indent is None:
        yield from (Edit(start, start, f", {_inline(layout, name, value)}") for name, value in values.items())
    elif layout.flow:
        yield from _added_in_flow(document, layout, start, indent, values)
    else:
        for left, (name, value) in zip(reversed(range(len(values))), values.items(), strict=True):
            room = (True, True) if left else room_below(document.text, start, indent)
            line = _line(document, layout, name, value, indent, room)
            yield Edit(start, start, " " * indent + line + document.line_end)


def _added_in_flow(
    document: Document, layout: _Layout, start: int, indent: int, values: Mapping[str, Value]
) -> Iterator[Edit]:
    """New keys with lines of their own, behind an entry's comma and comment where these end its line."""
    pad = document.line_end + " " * indent
    lines = [pad + _line(document, layout, name, value, indent) for name, value in values.items()]
    rest = _ITEM_END.match(document.text, start)
    if rest is None:
        yield Edit(start, start, "".join(f",{line}" for line in lines))
    elif rest[1]:
        yield Edit(rest.end(), rest.end(), "".join(f"{line}," for line in lines))
    else:
        yield Edit(start, start, ",")
        yield Edit(rest.end(), rest.end(), ",".join(lines))


def _added_before(document: Document, layout: _Layout, entry: Entry, values: Mapping[str, Value]) -> Edit:
    """New keys before an entry, which may be the first of its row and stand behind its dash."""
    start = entry.key.start_mark.index
    indent = layout.indent_of(document.text, entry)
    if indent is None:
        return Edit(
            start, start, "".join(f"{_inline(layout, name, value)}, " for name, value in values.items())
        )
    end = ("," if layout.flow else "") + document.line_end + " " * indent
    lines = [_line(document, layout, name, value, indent) for name, value in values.items()]
    return Edit(start, start, "".join(line + end for line in lines))


def _line(
    document: Document,
    layout: _Layout,
    name: str,
    value: Value,
    indent: int,
    room: tuple[bool, bool] = (True, True),
) -> str:
    place = Place(
        column=indent + len(name) + 2,
        indent=indent,
        line_end=document.line_end,
        quote=layout.quotes,
        block=room[0] and not layout.flow,
        keep=room[1],
        comma=layout.flow,
    )
    written = write_scalar(value, place)
    gap = "" if written.head.startswith("\n") else " "
    return f"{name}:{gap}{written.head}{written.lines}"


def _inline(layout: _Layout, name: str, value: Value) -> str:
    place = Place(column=0, indent=0, quote=layout.quotes, inline=True)
    return f"{name}: {write_scalar(value, place).head}"


def _last_of_people(document: Document, row: Row, layout: _Layout) -> Anchor:
    """The last of the row's own keys behind which others may be added."""
    for entry in reversed(row.own):
        if anchor := _anchor(document, layout, entry, slot_of(document, entry)):
            return anchor
    message = "there is no place in this row for the bot's keys: write `label: …` on a line of its own"
    raise FileFaultError(Fault(document.path, row.line, message))


def _anchor(document: Document, layout: _Layout, entry: Entry, slot: Slot | None) -> Anchor | None:
    if slot is None:
        return None
    below = slot.end if layout.flow else line_after(document, entry, slot)
    return None if below is None else (entry, below)
