"""Surgical edits: only the values that differ are replaced, and missing keys get lines of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from bot.status.entries import Entry
from bot.status.faults import Fault, FileFaultError
from bot.status.rows import Row
from bot.status.scalars import Place, Value, write_scalar
from bot.status.slots import MANAGED, Slot, line_after, line_end, place_of, room_below, says, slot_of
from bot.status.yamltext import Document

Anchor = tuple[Entry, int]
"""An entry with the place where others may be added behind it."""


@dataclass(frozen=True)
class Edit:
    """The text from ``start`` to ``end`` gives way to another."""

    start: int
    end: int
    text: str


def spliced(text: str, edits: list[Edit]) -> str:
    """The text with every edit made. Edits at one place are made in the order in which they come."""
    pieces: list[str] = []
    reached = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[reached : edit.start], edit.text]
        reached = edit.end
    return "".join([*pieces, text[reached:]])


def row_edits(document: Document, row: Row, values: Mapping[str, Value]) -> list[Edit]:
    """What makes a row say ``values``, nothing where it says them already.

    Raises ``FileFaultError`` where a value stands in a way that rules this out.
    """
    anchors: dict[str, Anchor] = {}
    edits: list[Edit] = []
    for entry in row.own:
        if entry.name not in MANAGED:
            continue
        slot = slot_of(document, entry)
        value = values.get(entry.name)
        if anchor := _anchor(document, row, entry, slot):
            anchors[entry.name] = anchor
        if value is None or says(entry.value, value, carefully=True):
            continue
        if slot is None:
            message = f"`{entry.name}` cannot be replaced where it stands: write `{entry.name}: value`"
            raise FileFaultError(Fault(document.path, entry.line, message))
        edits += _replacement(document, row, entry, slot, value)
    own = {entry.name for entry in row.own}
    missing = {name: value for name, value in values.items() if name not in own}
    return [*edits, *_additions(document, row, anchors, missing)]


def _replacement(document: Document, row: Row, entry: Entry, slot: Slot, value: Value) -> Iterator[Edit]:
    gap, place = place_of(document, entry, slot, flow=_is_flow(row))
    written = write_scalar(value, place)
    if written.head.startswith("\n"):
        gap = ""
    yield Edit(slot.colon, slot.end, gap + written.head + slot.comment)
    if written.lines:
        end = line_end(document, slot)
        yield Edit(end, end, written.lines)


def _additions(
    document: Document, row: Row, anchors: Mapping[str, Anchor], values: Mapping[str, Value]
) -> Iterator[Edit]:
    """Missing keys, each behind the one that comes before it by the order of ``MANAGED``.

    Where none does they go before the one that comes next, or behind the keys that people keep.
    """
    first: list[str] = []
    behind: dict[str, list[str]] = {}
    for name in MANAGED:
        if name in anchors:
            behind[name] = []
        elif name in values:
            next(reversed(behind.values()), first).append(name)
    for anchor, names in behind.items():
        yield from _added(document, row, anchors[anchor], {name: values[name] for name in names})
    if first:
        added = {name: values[name] for name in first}
        if behind:
            yield _added_before(document, row, anchors[next(iter(behind))][0], added)
        else:
            yield from _added(document, row, _last_of_people(document, row), added)


def _added(document: Document, row: Row, anchor: Anchor, values: Mapping[str, Value]) -> Iterator[Edit]:
    """New keys behind an entry."""
    entry, start = anchor
    if _is_flow(row):
        yield from (Edit(start, start, f", {_inline(name, value)}") for name, value in values.items())
        return
    indent = entry.key.start_mark.column
    for left, (name, value) in zip(reversed(range(len(values))), values.items(), strict=True):
        room = (True, True) if left else room_below(document.text, start, indent)
        line = _line(document, name, value, indent, room)
        yield Edit(start, start, " " * indent + line + document.line_end)


def _added_before(document: Document, row: Row, entry: Entry, values: Mapping[str, Value]) -> Edit:
    """New keys before an entry, which may be the first of its row and stand behind its dash."""
    start = entry.key.start_mark.index
    if _is_flow(row):
        return Edit(start, start, "".join(f"{_inline(name, value)}, " for name, value in values.items()))
    indent = entry.key.start_mark.column
    lines = [_line(document, name, value, indent, (True, True)) for name, value in values.items()]
    return Edit(start, start, "".join(line + document.line_end + " " * indent for line in lines))


def _line(document: Document, name: str, value: Value, indent: int, room: tuple[bool, bool]) -> str:
    place = Place(
        column=indent + len(name) + 2,
        indent=indent,
        line_end=document.line_end,
        block=room[0],
        keep=room[1],
    )
    written = write_scalar(value, place)
    gap = "" if written.head.startswith("\n") else " "
    return f"{name}:{gap}{written.head}{written.lines}"


def _inline(name: str, value: Value) -> str:
    return f"{name}: {write_scalar(value, Place(column=0, indent=0, inline=True)).head}"


def _last_of_people(document: Document, row: Row) -> Anchor:
    """The last of the row's own keys behind which others may be added."""
    for entry in reversed(row.own):
        if anchor := _anchor(document, row, entry, slot_of(document, entry)):
            return anchor
    message = "there is no place in this row for the bot's keys: write `label: …` on a line of its own"
    raise FileFaultError(Fault(document.path, row.line, message))


def _anchor(document: Document, row: Row, entry: Entry, slot: Slot | None) -> Anchor | None:
    if slot is None:
        return None
    below = slot.end if _is_flow(row) else line_after(document, entry, slot)
    return None if below is None else (entry, below)


def _is_flow(row: Row) -> bool:
    return isinstance(row.node, yaml.MappingNode) and bool(row.node.flow_style)
