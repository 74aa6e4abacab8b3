"""The healthy rows of the source, and the faults of the others.

A fault takes its row out where it leaves in doubt what the row means, or where the row's values cannot
be replaced for certain; it never takes out another row. What cannot mislead only warns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import yaml

from bot.status.entries import (
    MERGE,
    Entry,
    all_entries,
    described,
    entries_of,
    kind_of,
    lenders_of,
    repeated,
)
from bot.status.faults import Fault, shown
from bot.status.ladder import Column, Sig
from bot.status.rows import READ, Row, misspelt, near, quoted, titles_of
from bot.status.slots import MANAGED, hindrance
from bot.status.urls import repository_of
from bot.status.yamltext import Document, mappings_in

Found = tuple[int, str]
"""A fault's line and message."""


def read_sigs(
    document: Document, rows: Sequence[Row], columns: Sequence[Column], hosts: Collection[str]
) -> tuple[tuple[Sig, ...], tuple[Fault, ...]]:
    """The healthy rows, and every fault; of two rows that exclude each other, the first goes on."""
    sigs: list[Sig] = []
    faults: list[Fault] = []
    known: dict[object, Sig] = {}
    for row in rows:
        serious = list(_shape_faults(document, row))
        if row.here and isinstance(row.node, yaml.MappingNode):
            serious += [*_identity_faults(row, hosts), *_option_faults(row, columns)]
        serious = serious or list(_double_faults(row, known))
        faults += [
            Fault(document.path, line, message) for line, message in (*serious, *_warnings(row, columns))
        ]
        if not serious:
            sigs.append(_sig(row, columns))
            known |= dict.fromkeys(_identity(row), sigs[-1])
    faults += [Fault(document.path, *found) for found in _repeated_elsewhere(document, rows)]
    return tuple(sigs), tuple(faults)


def _shape_faults(document: Document, row: Row) -> Iterator[Found]:
    """What keeps a row from being read or written at all."""
    if not row.here:
        yield row.line, "this row is an alias of another: write it out"
        return
    if not isinstance(row.node, yaml.MappingNode):
        yield row.line, f"this row is {described(row.node)}: write `label:` and `sourceUrl:`, or remove it"
        return
    for line, message in repeated(row.node):
        yield line, f"{message} in this row: keep one"
    for line, message, certain in misspelt(row.node, _OPTION_NAMES):
        if certain:
            yield line, message
    for entry in row.own:
        if entry.name in MANAGED and (why := hindrance(document, entry)):
            yield entry.line, f"the value of `{entry.name}` {why}"
    yield from _merge_faults(row.own)


def _merge_faults(own: Sequence[Entry]) -> Iterator[Found]:
    """Faults of ``<<``: YAML lets the row's own keys win, Hugo whichever comes last."""
    ours = set(MANAGED)
    before: set[str | None] = set()
    for entry in own:
        if entry.name == MERGE:
            lenders = list(lenders_of(entry.value))
            if not lenders:
                yield entry.line, "`<<` needs the alias of a mapping: mend it, or write the keys out"
            borrowed = {name for lender in lenders for name in all_entries(lender)}
            # The keys that the bot adds go behind those of its own that stand there already.
            if borrowed & before or (borrowed & ours and before & ours):
                message = "`<<` must come first in the row: readers differ on which of two values wins"
                yield entry.line, message
        before.add(entry.name)


def _identity_faults(row: Row, hosts: Collection[str]) -> Iterator[Found]:
    label = row.entries.get("label")
    if label is not None and not isinstance(label.value, yaml.ScalarNode):
        yield label.line, f"`label` is {described(label.value)}: write a text"
    elif row.label is None:
        yield _where(row, "label"), f"this row has no `label`{_misspelt(row, 'label')}: add one"
    url = row.entries.get("sourceUrl")
    if url is None or kind_of(url.value) == "null":
        hint = _misspelt(row, "sourceUrl")
        yield (
            _where(row, "sourceUrl"),
            f"this row has no `sourceUrl`{hint}: add https://github.com/OWNER/NAME",
        )
    elif url.text is None:
        yield url.line, f"`sourceUrl` is {described(url.value)}: write https://github.com/OWNER/NAME"
    else:
        try:
            repository_of(url.text, hosts)
        except ValueError as error:
            yield url.line, f"no repository in `sourceUrl`: {error}"


def _option_faults(row: Row, columns: Sequence[Column]) -> Iterator[Found]:
    """Faults of what a row may add; each may be left empty."""
    for option, fits, wanted in _OPTIONS:
        entry = row.entries.get(option)
        if entry is not None and kind_of(entry.value) != "null" and not fits(entry):
            advice = quoted(entry.value) if option == "component" else ""
            yield entry.line, f"`{option}` must be {wanted}{advice}"
    match = row.entries.get("match")
    if match is None or not isinstance(match.value, yaml.MappingNode):
        return
    entries = entries_of(match.value)
    for name, count in Counter(_column_named(entry).casefold() for entry in entries).items():
        if count > 1:
            yield match.line, f"`{shown(name)}` stands {count} times in `match`: keep one"
    labels = {column.label.casefold() for column in columns}
    for entry in entries:
        name = _column_named(entry)
        if name.casefold() not in labels:
            message = f"`match` names `{shown(name)}`, which is no column{_columns_hint(name, columns)}"
            yield entry.line, message
        try:
            titles_of(entry.value)
        except ValueError as error:
            yield entry.line, str(error)


def _columns_hint(name: str, columns: Sequence[Column]) -> str:
    labels = [column.label for column in columns]
    return near(name, labels) or f" (there are {', '.join(map(shown, labels))})"


def _column_named(entry: Entry) -> str:
    """The key of a ``match`` as it is written, although YAML may take it for a number."""
    return str(entry.key.value) if isinstance(entry.key, yaml.ScalarNode) else described(entry.key)


def _identity(row: Row) -> tuple[object, object]:
    """What no two rows may share: the label, and the repository with its component."""
    return row.label, ((row.repository or "").casefold(), (row.component or "").casefold())


def _double_faults(row: Row, known: Mapping[object, Sig]) -> Iterator[Found]:
    """``known`` are the healthy rows before this one by both of what no other may have."""
    others = {sig.index: sig for key in _identity(row) if (sig := known.get(key)) is not None}
    for _, sig in sorted(others.items()):
        if sig.label == row.label:
            message = f"the label `{shown(sig.label)}` is already that of the row on line {sig.line}"
            yield _where(row, "label"), f"{message}: give it another"
        if _same(sig.repository, row.repository) and _same(sig.component, row.component):
            of = f" and component {shown(sig.component)}" if sig.component else ""
            message = f"the row on line {sig.line} ({shown(sig.label)}) has this repository{of} already"
            yield _where(row, "sourceUrl"), f"{message}: remove one, or give each its own `component`"


def _warnings(row: Row, columns: Sequence[Column]) -> Iterator[Found]:
    """What is worth mending although the bot knows what to do."""
    label, column = row.entries.get("label"), row.entries.get("msLabel")
    if label is not None and row.label is not None and label.text is None:
        yield label.line, f"`label` must be a text{quoted(label.value)}"
    if column is not None and isinstance(column.value, yaml.ScalarNode):
        named = str(column.value.value)
        known = any(named == each.label for each in columns)
        if named and kind_of(column.value) != "null" and not known:
            message = f"unknown column: `msLabel` is `{shown(named)}`, which no column has as its label"
            yield column.line, message + _columns_hint(named, columns)
    for line, message, certain in misspelt(row.node, _OPTION_NAMES):
        if not certain:
            yield line, message


def _repeated_elsewhere(document: Document, rows: Sequence[Row]) -> Iterator[Found]:
    """Keys that stand twice where the bot does not look: Hugo reads no file that has any."""
    known = {id(row.node) for row in rows}
    known |= {id(row.entries["match"].value) for row in rows if "match" in row.entries}
    for mapping in mappings_in(document.root) if document.root else ():
        if id(mapping) not in known:
            for line, message in repeated(mapping):
                yield line, f"{message} here: keep one"


def _sig(row: Row, columns: Sequence[Column]) -> Sig:
    labels = {column.label.casefold(): column.label for column in columns}
    match = row.entries.get("match")
    titles = entries_of(match.value) if match and isinstance(match.value, yaml.MappingNode) else ()
    prereleases, hold = row.entries.get("prereleases"), row.entries.get("hold")
    return Sig(
        label=row.label or "",
        repository=row.repository or "",
        index=row.index,
        line=row.line,
        component=row.component,
        prereleases=prereleases is not None and str(prereleases.value.value).casefold() in _YES,
        match={labels[_column_named(entry).casefold()]: titles_of(entry.value) for entry in titles},
        hold=hold.text if hold else None,
    )


_YES = ("true", "yes", "on")
_OPTIONS: tuple[tuple[str, Callable[[Entry], bool], str], ...] = (
    ("component", lambda entry: bool((entry.text or "").strip()), "a text"),
    ("prereleases", lambda entry: kind_of(entry.value) == "bool", "true or false"),
    (
        "match",
        lambda entry: isinstance(entry.value, yaml.MappingNode),
        'a mapping: `match: {beta: ["Title"]}`',
    ),
    ("hold", lambda entry: bool((entry.text or "").strip()), 'the reason, a text: `hold: "why"`'),
)

_OPTION_NAMES = tuple(option for option, *_ in _OPTIONS)


def _same(left: str | None, right: str | None) -> bool:
    return (left or "").casefold() == (right or "").casefold()


def _where(row: Row, name: str) -> int:
    """The line of a key, or where the row begins."""
    entry = row.entries.get(name)
    return entry.line if entry else row.line


def _misspelt(row: Row, name: str) -> str:
    return "" if name in row.entries else near(name, [key for key in row.entries if key not in READ])
