"""The data files: read the source with its faults, and write the output by surgical edits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import yaml

from bot.status.edits import row_edits, spliced, usual_quotes
from bot.status.entries import all_lenders, kind_of, text_of
from bot.status.faults import Fault, FileFaultError
from bot.status.folding import UNPRINTABLE
from bot.status.ladder import Column, Sig
from bot.status.rows import Row, read_columns, read_rows
from bot.status.scalars import Value
from bot.status.sigs import read_sigs
from bot.status.slots import MANAGED, says, whole_number
from bot.status.urls import GITHUB_HOSTS
from bot.status.yamltext import BOM, Document, children, compose, read_yaml

__all__ = [
    "DEFAULT_SOURCE",
    "GITHUB_HOSTS",
    "MANAGED",
    "OutputMismatchError",
    "OutputRow",
    "Source",
    "Value",
    "read_output",
    "read_source",
    "rows_of",
    "write_output",
]

DEFAULT_SOURCE = "data/progress_source.yaml"

_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]")


@dataclass(frozen=True)
class Source:
    """A source file that could be read: its healthy rows, and the faults of the others.

    ``rows`` are all of them, faulty ones included, with what could be read of each. ``shifts`` tell from
    which line on the text has how many lines more than the one that stands on the site.
    """

    path: str
    text: str
    columns: tuple[Column, ...]
    sigs: tuple[Sig, ...]
    faults: tuple[Fault, ...]
    rows: tuple[Row, ...] = field(default=(), kw_only=True, repr=False, compare=False)
    document: Document | None = field(default=None, kw_only=True, repr=False, compare=False)
    shifts: tuple[tuple[int, int], ...] = field(default=(), kw_only=True, repr=False, compare=False)

    def line_on_site(self, line: int) -> int:
        """The number, from 1, that a line has in the text that stands on the site."""
        return line - next((shift for first, shift in reversed(self.shifts) if first <= line), 0)


@dataclass(frozen=True)
class OutputRow:
    """What an output file says of one SIG: its label, repository and the bot's own keys.

    ``loose`` are those of its values that are borrowed, or that some YAML readers take for something else.
    """

    label: str
    repository: str
    values: Mapping[str, Value]
    component: str | None = field(default=None, kw_only=True)
    loose: frozenset[str] = field(default=frozenset(), kw_only=True, compare=False)


class OutputMismatchError(Exception):
    """The output does not read back as what was to be written. Never somebody's mistake but the bot's."""


def read_source(text: str, path: str = DEFAULT_SOURCE, hosts: Collection[str] = GITHUB_HOSTS) -> Source:
    """Read the source. Raises ``FileFaultError`` where the file as a whole cannot be used."""
    document = read_yaml(text, path)
    columns, column_faults = read_columns(document)
    rows = read_rows(document, hosts)
    sigs, row_faults = read_sigs(document, rows, columns, hosts)
    faults = tuple(sorted((*column_faults, *row_faults)))
    return Source(path, text, columns, sigs, faults, rows=rows, document=document)


def read_output(text: str, path: str) -> tuple[OutputRow, ...]:
    """Read an output file that stands. Raises ``FileFaultError`` where it cannot be read.

    A row without a label or a repository's URL is left out, whatever host the URL names.
    """
    document = read_yaml(text, path, by_hand=False)
    if document.root is None:
        return ()
    rows = read_rows(document, None)
    return tuple(
        OutputRow(row.label, row.repository, values_of(row), component=row.component, loose=_loose(row))
        for row in rows
        if row.label is not None and row.repository is not None
    )


def values_of(row: Row) -> dict[str, Value]:
    """The bot's own keys as a row has them. What is no text, number or truth is taken as it is written."""
    found = {name: _value(row.entries[name].value) for name in MANAGED if name in row.entries}
    return {name: value for name, value in found.items() if value is not None}


def kept_values(row: Row, standing: OutputRow) -> dict[str, Value]:
    """What to write into a row of the source so that it stays as it stands.

    What it says already is left out, but for what it says loosely and the output does not.
    """
    own = values_of(row)
    loose = _loose(row) - standing.loose
    return {
        name: value
        for name, value in standing.values.items()
        if name in loose or name not in own or own[name] != value
    }


def write_output(source: Source, values: Mapping[int, Mapping[str, Value]], header: str | None = None) -> str:
    """The source's text under the header, with the values of the rows (by ``Sig.index``) replaced.

    ``header`` may have several lines, and none where it is empty. It stands for the whole of the bot's own
    comment: cspell then reads the file unless the header itself says ``cSpell:disable``. A lone surrogate
    becomes U+FFFD.
    Raises ``FileFaultError`` where a value stands in a way that rules out its replacement, and
    ``OutputMismatchError`` where the text does not read back as intended.
    """
    document, rows = _laid_out(source)
    wanted = {index: {name: _writable(value) for name, value in row.items()} for index, row in values.items()}
    for index, row in _unborrowed(document.path, rows, wanted).items():
        wanted[index] = {**row, **wanted.get(index, {})}
    quotes = usual_quotes(document)
    edits = [edit for index, row in wanted.items() for edit in row_edits(document, rows[index], row, quotes)]
    comment = _header(source.path, header, document.line_end)
    text = spliced(document.text, edits)
    if not text.startswith(comment):
        text = comment + text
    text = _read_back(document, rows, wanted, text)
    return BOM + text if source.text.startswith(BOM) else text


def rows_of(source: Source) -> tuple[Row, ...]:
    """Every row of the source, faulty ones included."""
    return _laid_out(source)[1]


def _laid_out(source: Source) -> tuple[Document, tuple[Row, ...]]:
    """The source's text with its rows, read again where the source was put together by hand."""
    document = source.document or read_yaml(source.text, source.path)
    return document, source.rows or read_rows(document, None)


def _value(node: yaml.Node) -> Value | None:
    kind = kind_of(node)
    if not isinstance(node, yaml.ScalarNode) or kind == "null":
        return None
    text = str(node.value)
    if kind == "bool":
        return text.casefold() in {"true", "yes", "on"}
    number = whole_number(node)
    return text if number is None else number


def _loose(row: Row) -> frozenset[str]:
    firm = {entry.name for entry in row.own}
    return frozenset(
        name
        for name, value in values_of(row).items()
        if name not in firm or not says(row.entries[name].value, value, carefully=True)
    )


def _writable(value: Value) -> Value:
    """The value as a file can hold it."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _unborrowed(
    path: str, rows: Sequence[Row], wanted: Mapping[int, Mapping[str, Value]]
) -> dict[int, dict[str, Value]]:
    """What rows borrow (``<<``) of rows that change and shall keep, to be written out in them.

    Raises ``FileFaultError`` where a row would take over what it does not say at all.
    """
    kept: dict[int, dict[str, Value]] = {}
    index_of = {id(row.node): row.index for row in rows if row.here}
    for row in rows:
        said, settled = values_of(row), {entry.name for entry in row.own} | wanted.get(row.index, {}).keys()
        for lender in all_lenders(row.node) if row.here else ():
            changes = wanted.get(index_of.get(id(lender), -1), {})
            for name in changes.keys() - settled:
                if name not in said:
                    line = rows[index_of[id(lender)]].line
                    message = f"this row would take over the `{name}` of the row on line {line} by its `<<`"
                    raise FileFaultError(Fault(path, row.line, f"{message}: write out what it borrows"))
                if said[name] != changes[name]:
                    kept.setdefault(row.index, {})[name] = said[name]
    return kept


def _header(path: str, header: str | None, line_end: str) -> str:
    if header is None:
        header = f"# Generated by status-bot from {path}: edit that file instead. cSpell:disable"
    lines = (_UNPRINTABLE.sub(" ", line).rstrip() for line in header.splitlines())
    return "".join((line if line.startswith("#") else f"# {line}".rstrip()) + line_end for line in lines)


def _read_back(
    document: Document, rows: Sequence[Row], wanted: Mapping[int, Mapping[str, Value]], text: str
) -> str:
    """Parse the output and compare: the values asked for, and everything else as in the source.

    Returns the text with a final line end, as every tool wants it, though not where the last of people's
    values would take it for its own.
    """
    changed = {id(rows[index].node): values for index, values in wanted.items()}
    for output in dict.fromkeys((text, text.removesuffix(document.added_end))):
        try:
            root = compose(output)
        except yaml.YAMLError as error:
            raise OutputMismatchError(f"the output of {document.path} cannot be read: {error}") from error
        if document.root is not None and root is not None and _is_as_wanted(document.root, root, changed):
            return output
    raise OutputMismatchError(f"the output of {document.path} does not say what it was to say")


def _is_as_wanted(source: yaml.Node, output: yaml.Node, changed: Mapping[int, Mapping[str, Value]]) -> bool:
    if source.tag != output.tag or type(source) is not type(output):
        return False
    if isinstance(source, yaml.ScalarNode):
        return bool(source.value == output.value)
    values = changed.get(id(source), {})
    ours = [list(children(node)) for node in (source, output)]
    if isinstance(source, yaml.MappingNode) and values:
        pairs = [pair for pair in output.value if text_of(pair[0]) in values]
        stood = Counter(text_of(key) for key, _ in source.value if text_of(key) in values)
        if Counter(text_of(key) for key, _ in pairs) != stood | Counter(values.keys()):
            return False
        if not all(says(value, values[str(key.value)]) for key, value in pairs):
            return False
        ours = [
            [part for pair in node.value if text_of(pair[0]) not in values for part in pair]
            for node in (source, output)
        ]
    left, right = ours
    return len(left) == len(right) and all(map(_is_as_wanted, left, right, repeat(changed)))
