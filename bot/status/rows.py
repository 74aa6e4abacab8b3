"""The columns and the rows of a data file as they stand in its YAML, healthy or not."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from bot.status.entries import Entry, all_entries, described, entries_of, kind_of, repeated, text_of
from bot.status.faults import Fault, FileFaultError, shown
from bot.status.ladder import Column
from bot.status.slots import MANAGED
from bot.status.urls import repository_of
from bot.status.versions import plain_numbers, words_of
from bot.status.yamltext import Document, line_at, line_of

READ = ("label", "sourceUrl", "component", "prereleases", "match", "hold")
"""The keys of a row that the bot reads."""

_CLOSE = 0.86
"""Close enough for a slip of the finger: ``componet``, but not ``old`` for ``hold``."""
_ALIAS_ITEM = re.compile(r"[-\[,](?:\s|#[^\r\n]*)*\*")


@dataclass(frozen=True)
class Row:
    """One item of ``data``, whatever it holds.

    ``line`` is where it begins, from 1. ``label``, ``repository`` and ``component`` are ``None``
    where they are missing or cannot be read. ``here`` is ``False`` for an alias of another row.
    """

    index: int
    line: int
    node: yaml.Node
    here: bool
    own: tuple[Entry, ...]
    entries: dict[str, Entry]
    label: str | None
    repository: str | None
    component: str | None

    @property
    def flow(self) -> bool:
        """Whether it is written in braces."""
        return isinstance(self.node, yaml.MappingNode) and bool(self.node.flow_style)


def read_rows(document: Document, hosts: Collection[str] | None) -> tuple[Row, ...]:
    """Every item of ``data``. Raises ``FileFaultError`` where there is no such list."""
    data = _list_of(document, "data", "a row for each SIG")
    rows: list[Row] = []
    reached = data.start_mark.index
    for index, node in enumerate(data.value):
        here = node.start_mark.index >= reached
        alias = None if here else _ALIAS_ITEM.search(document.text, reached)
        reached = alias.end() if alias else node.end_mark.index if here else reached
        line = line_at(document.text, reached) if alias else line_of(node)
        rows.append(_row(index, line, node, hosts, here=here))
    return tuple(rows)


def read_columns(document: Document) -> tuple[tuple[Column, ...], tuple[Fault, ...]]:
    """The ladder, without columns that stand twice, which are faults.

    Every row depends on every column, so any other fault in one raises ``FileFaultError``.
    """
    columns: dict[Hashable, tuple[Column, int]] = {}
    doubtful: list[Fault] = []
    broken: list[Fault] = []
    for node in _list_of(document, "columns", "a column for each step").value:
        try:
            column = _column(node)
        except ValueError as error:
            broken.append(Fault(document.path, line_of(node), str(error)))
            continue
        for line, message, _ in misspelt(node, ("match",)):
            doubtful.append(Fault(document.path, line, message))
        known, line = columns.setdefault(_read_as(column.label), (column, line_of(node)))
        if known is not column:
            message = f"the column `{shown(column.label)}` stands on line {line} already"
            doubtful.append(Fault(document.path, line_of(node), f"{message}: keep one (the first counts)"))
    if broken:
        raise FileFaultError(*broken)
    return tuple(column for column, _ in columns.values()), tuple(doubtful)


def titles_of(node: yaml.Node) -> tuple[str, ...]:
    """The titles of a ``match``: a list of texts, or one text. Raises ``ValueError`` for anything else."""
    titles = (
        [text_of(title) for title in node.value] if isinstance(node, yaml.SequenceNode) else [text_of(node)]
    )
    known = tuple(title for title in titles if title is not None and title.strip())
    if len(known) != len(titles):
        raise ValueError("`match` needs whole titles, each a text: put them in quotes")
    return known


def quoted(node: yaml.Node) -> str:
    """The advice to quote a scalar that YAML takes for something else than a text."""
    if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
        return ""
    text = shown(str(node.value))
    return f', and `{text}` is {described(node)}: write "{text}"'


def near(word: str, candidates: Collection[str]) -> str:
    """A suggestion to end a sentence with, ``""`` where nothing is like the word."""
    folded = {candidate.casefold(): candidate for candidate in candidates}
    found = get_close_matches(word.casefold(), folded, n=1)
    return f" (did you mean `{shown(folded[found[0]])}`?)" if found else ""


def misspelt(mapping: yaml.Node, options: Collection[str]) -> Iterator[tuple[int, str, bool]]:
    """A mapping's own keys that are near an option which it lacks: line, message, and "beyond doubt"."""
    if not isinstance(mapping, yaml.MappingNode):
        return
    present = all_entries(mapping)
    lacking = {_letters(name): name for name in options if name not in present}
    for entry in entries_of(mapping):
        if entry.name is not None and entry.name not in {*READ, *MANAGED}:
            letters = _letters(entry.name)
            for found in get_close_matches(letters, lacking, n=1, cutoff=_CLOSE):
                certain, known = found == letters, lacking[found]
                advice = f": write `{known}`" if certain else f" (did you mean `{known}`?)"
                yield entry.line, f"the bot does not know `{shown(entry.name)}`{advice}", certain


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name.casefold()))


def _list_of(document: Document, name: str, purpose: str) -> yaml.SequenceNode:
    """The list under a key at the top, which holds something and stands there once."""
    root = document.root
    if not isinstance(root, yaml.MappingNode):
        message = (
            f"the file is {'empty' if root is None else described(root)}: it needs `columns:` and `data:`"
        )
        raise FileFaultError(Fault(document.path, 0, message))
    found = [entry for entry in entries_of(root) if entry.name == name]
    if not found:
        hint = near(name, [entry.name for entry in entries_of(root) if entry.name])
        raise FileFaultError(Fault(document.path, 0, f"there is no `{name}:`{hint}: add it, with {purpose}"))
    entry = found[-1]
    if len(found) > 1:
        lines = " and ".join(str(double.line) for double in found)
        message = f"`{name}:` stands on lines {lines}: keep one"
    elif not entry.key_here or not entry.value_here:
        message = f"`{name}:` is an alias: write the list out here"
    elif not isinstance(entry.value, yaml.SequenceNode):
        message = f"`{name}:` is {described(entry.value)}: it needs a list, with {purpose}"
    elif not entry.value.value:
        message = f"`{name}:` is empty: it needs {purpose}"
    else:
        return entry.value
    raise FileFaultError(Fault(document.path, entry.line, message))


def _row(index: int, line: int, node: yaml.Node, hosts: Collection[str] | None, *, here: bool) -> Row:
    own: tuple[Entry, ...] = ()
    entries: dict[str, Entry] = {}
    if isinstance(node, yaml.MappingNode):
        own, entries = entries_of(node), all_entries(node)
    label, url, component = (_plain_text(entries.get(name)) for name in ("label", "sourceUrl", "component"))
    try:
        repository = repository_of(url or "", hosts)
    except ValueError:
        repository = None
    return Row(index, line, node, here, own, entries, label, repository, component)


def _plain_text(entry: Entry | None) -> str | None:
    """A scalar as it is written: ``1.10`` is the label 1.10, although YAML takes it for a number."""
    if entry is None or not isinstance(entry.value, yaml.ScalarNode) or kind_of(entry.value) == "null":
        return None
    return str(entry.value.value).strip() or None


def _column(node: yaml.Node) -> Column:
    if not isinstance(node, yaml.MappingNode):
        raise ValueError(f"a column is {described(node)}: write `- label: v0.1`")  # noqa: TRY004 - a person's
    entries = all_entries(node)
    for _, message in repeated(node):
        raise ValueError(f"{message} in this column: keep one")
    if "label" not in entries:
        raise ValueError(f"this column has no `label`{near('label', entries)}: write `- label: v0.1`")
    label = entries["label"].text
    if label is None or not label.strip():
        raise ValueError(f"a column's label must be a text{quoted(entries['label'].value)}")
    match = entries.get("match")
    return Column(label, () if match is None or kind_of(match.value) == "null" else titles_of(match.value))


def _read_as(label: str) -> Hashable:
    """What titles are compared with: two columns with the same would take each other's milestones."""
    numbers = plain_numbers(label.strip())
    if numbers is None:
        return words_of(label) or label.strip()
    while numbers and not numbers[-1]:
        numbers = numbers[:-1]
    return numbers
