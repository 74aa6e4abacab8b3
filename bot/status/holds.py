"""Holds: which ones a proposal carries, and putting them into the source by surgical edits."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import eq

import yaml

from bot.status.datafile import GITHUB_HOSTS, OutputMismatchError, Source, read_source, rows_of
from bot.status.edits import Edit, row_edits, spliced, usual_quotes
from bot.status.entries import Entry, text_of
from bot.status.faults import Fault, FileFaultError
from bot.status.pairs import paired
from bot.status.rows import Row
from bot.status.slots import Slot, slot_of
from bot.status.yamltext import (
    BOM,
    Document,
    children,
    line_at,
    line_end_after,
    next_line_after,
    read_yaml,
)

HOLD = "hold"
LONGEST_REASON = 200
"""In characters: a reason is one line, to be read in a table."""
_ORDER = ("sourceUrl", HOLD)
"""A new hold stands behind the repository, where people look."""
_ITEM_BEFORE = re.compile(r",[ \t]*\Z")
_ITEM_BEHIND = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True)
class Hold:
    """A person's wish that a row be on hold for a ``reason``, or off it (``None``).

    ``label``, ``repository`` and ``component`` say which row is meant, wherever it stands.
    """

    label: str | None
    repository: str | None
    component: str | None
    reason: str | None


def reason_in(text: str) -> str:
    """The reason that somebody gave, as one line that a file can hold; ``""`` where there is none."""
    line = " ".join(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1].rstrip() + "…"


def holds_between(before: Source, after: Source) -> tuple[Hold, ...]:
    """The rows that are on hold in one state of a source and not in the other, or for another reason."""
    pairs = zip(after.sigs, paired(after.sigs, before.sigs), strict=True)
    return tuple(
        Hold(sig.label, sig.repository, sig.component, sig.hold)
        for sig, other in pairs
        if other is not None and before.sigs[other].hold != sig.hold
    )


def with_holds(
    source: Source, holds: Sequence[Hold], hosts: Collection[str] = GITHUB_HOSTS
) -> tuple[Source, tuple[Fault, ...]]:
    """The source with its rows on hold or off it as wished, and why that cannot be where it cannot.

    The last wish for a row counts; one for a row that is there no more is left out. Nothing but the
    holds differs.
    """
    reasons: dict[int, str | None] = {}
    for hold in holds:
        (at,) = paired([hold], source.sigs)
        if at is not None:
            reasons[source.sigs[at].index] = hold.reason
    document = source.document or read_yaml(source.text, source.path)
    rows, quotes = rows_of(source), usual_quotes(document)
    edits: list[Edit] = []
    faults: list[Fault] = []
    for sig in source.sigs:
        reason = reasons.get(sig.index, sig.hold)
        try:
            edits += _edits(document, rows[sig.index], reason, quotes) if reason != sig.hold else []
        except FileFaultError as error:
            del reasons[sig.index]
            faults += error.faults
    if not edits:
        return source, tuple(faults)
    text = spliced(document.text, edits)
    if document.added_end:
        text = text.removesuffix(document.added_end)
    found = read_source(BOM + text if source.text.startswith(BOM) else text, source.path, hosts)
    _read_back(source, found, reasons)
    return replace(found, shifts=tuple(_shifts(document, edits))), tuple(faults)


def _shifts(document: Document, edits: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """From which line on the text has how many lines more than it had before the edits."""
    shift = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        shift += line_at(edit.text, len(edit.text)) - line_at(document.text[edit.start : edit.end], edit.end)
        yield line_at(document.text, edit.end) + shift, shift


def _edits(document: Document, row: Row, reason: str | None, quotes: str) -> list[Edit]:
    """Raises ``FileFaultError`` where the row's ``hold`` stands in a way that rules this out."""
    if reason is not None:
        return row_edits(document, row, {HOLD: reason}, quotes, _ORDER)
    entry = next((entry for entry in row.own if entry.name == HOLD), None)
    if entry is None:
        message = "this row borrows its `hold`: take it off where it is written"
        raise FileFaultError(Fault(document.path, row.line, message))
    slot = slot_of(document, entry)
    if slot is None:
        message = "`hold` cannot be taken off where it stands: remove it by hand"
        raise FileFaultError(Fault(document.path, entry.line, message))
    return [_removal(document, row, entry, slot)]


def _removal(document: Document, row: Row, entry: Entry, slot: Slot) -> Edit:
    """The whole line where the key has one to itself, else the key alone; its value where that is all."""
    text, key = document.text, entry.key.start_mark
    begin = key.index - key.column
    first = not text[begin : key.index].strip(" ")
    if not row.flow:
        if first:
            return Edit(begin, next_line_after(text, slot.end), "")
        return Edit(slot.colon, slot.end, slot.comment)
    behind = _ITEM_BEHIND.match(text, slot.end)
    if first and behind is not None and behind.end() == line_end_after(text, slot.end):
        return Edit(begin, next_line_after(text, slot.end), "")
    if before := _ITEM_BEFORE.search(text, begin, key.index):
        return Edit(before.start(), slot.end, "")
    return Edit(key.index, behind.end(), "") if behind is not None else Edit(slot.colon, slot.end, " null")


def _read_back(source: Source, found: Source, reasons: Mapping[int, str | None]) -> None:
    """The rows are on hold or off it, and the file says what it said beside that."""
    wanted = [reasons.get(sig.index, sig.hold) for sig in source.sigs]
    same = all(map(eq, _said(source), _said(found))) and len(source.sigs) == len(found.sigs)
    if not same or [sig.hold for sig in found.sigs] != wanted:
        raise OutputMismatchError(f"{source.path} does not say what it was to say about holds")


def _said(source: Source) -> Iterator[Hashable]:
    """Everything that a source says but for its holds, in order."""
    document = source.document or read_yaml(source.text, source.path)
    rows = {id(row.node) for row in rows_of(source)}

    def said(node: yaml.Node) -> Iterator[Hashable]:
        if not isinstance(node, yaml.MappingNode) or id(node) not in rows:
            yield node.tag, node.value if isinstance(node, yaml.ScalarNode) else len(node.value)
            for child in children(node):
                yield from said(child)
            return
        for key, value in node.value:
            if text_of(key) != HOLD:
                yield from said(key)
                yield from said(value)

    return said(document.root) if document.root is not None else iter(())
