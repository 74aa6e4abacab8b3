"""What differs between two states of the output, in the words people use."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.status.datafile import OutputRow, Value
from bot.status.holds import Hold
from bot.status.ladder import Column
from bot.status.pairs import paired
from bot.status.versions import Tag, read_tag

COUNTS = frozenset({"openIssues", "closedIssues", "totalIssues", "percent"})
"""The keys that move all day."""

_LINKS = ("milestoneUrl", "releaseUrl")
_COMPLETE = 100
_LEADING_V = re.compile(r"\A[vV][._-]?")
_MOST_NAMES = 2


@dataclass(frozen=True)
class RowChange:
    """How one SIG's row differs. An added row has no ``before``, a removed one no ``after``."""

    label: str
    repository: str
    before: Mapping[str, Value] | None
    after: Mapping[str, Value] | None
    step_back: bool = False
    """The column or the release goes down."""
    counts_only: bool = False
    """Nothing but issue counts (and their percentage) differs."""
    former_label: str | None = field(default=None, kw_only=True)
    """The label that the row had, where it has another one now."""
    former_repository: str | None = field(default=None, kw_only=True)
    """The repository that the row had, where it has another one now."""
    column_back: bool = field(default=False, kw_only=True)
    release_back: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Changes:
    """Every row that differs, in the output's order; rows that are gone come last.

    ``holds`` are those that differ in the source.
    """

    rows: tuple[RowChange, ...]
    holds: tuple[Hold, ...] = ()

    @property
    def counts_only(self) -> bool:
        """True when at least one row differs and all of them in nothing but counts."""
        return bool(self.rows) and not self.holds and all(row.counts_only for row in self.rows)


def changes_between(
    before: Sequence[OutputRow], after: Sequence[OutputRow], columns: Sequence[Column]
) -> Changes:
    """Compare two outputs row by row; rows are matched by repository, then by label."""
    pairs = paired(after, before)
    rows = [
        _added(row) if other is None else _changed(before[other], row, columns)
        for row, other in zip(after, pairs, strict=True)
    ]
    kept = set(pairs)
    gone = [row for index, row in enumerate(before) if index not in kept]
    return Changes((*(row for row in rows if row is not None), *map(_removed, gone)))


def headline(changes: Changes, limit: int = 72) -> str:
    """The changes in one line: ``Python reaches beta; Java 0.3.0 released``, at most ``limit`` long."""
    parts = list(_parts(changes))
    for shown in range(len(parts), 0, -1):
        more = f" and {len(parts) - shown} more" if shown < len(parts) else ""
        line = "; ".join(parts[:shown]) + more
        if len(line) <= limit:
            return line
        if shown == 1:
            return (parts[0][: max(limit - len(more) - 1, 0)].rstrip() + "…" + more)[:limit]
    return ""


def substance(rows: Sequence[OutputRow]) -> str:
    """A digest of everything but the counts: another one means another release, column or row."""
    content = [
        json.dumps([row.label, row.repository, row.component, _without_counts(row.values)], sort_keys=True)
        for row in rows
    ]
    return digest("\n".join(sorted(content)))


def digest(text: str) -> str:
    """The SHA-256 of an output's text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _added(row: OutputRow) -> RowChange:
    return RowChange(row.label, row.repository, None, row.values)


def _removed(row: OutputRow) -> RowChange:
    return RowChange(row.label, row.repository, row.values, None)


def _changed(before: OutputRow, after: OutputRow, columns: Sequence[Column]) -> RowChange | None:
    old, new = before.values, after.values
    renamed = before.label != after.label
    moved = before.repository.casefold() != after.repository.casefold()
    if old == new and not renamed and not moved:
        return None
    column_back = _column_goes_back(old, new, columns)
    release_back = _release_goes_back(old, new)
    return RowChange(
        label=after.label,
        repository=after.repository,
        before=old,
        after=new,
        step_back=column_back or release_back,
        counts_only=not (renamed or moved or _completes(old, new))
        and _without_counts(old) == _without_counts(new),
        former_label=before.label if renamed else None,
        former_repository=before.repository if moved else None,
        column_back=column_back,
        release_back=release_back,
    )


def _column_goes_back(old: Mapping[str, Value], new: Mapping[str, Value], columns: Sequence[Column]) -> bool:
    places: dict[Value | None, int] = {column.label: index for index, column in enumerate(columns)}
    was, now = places.get(old.get("msLabel")), places.get(new.get("msLabel"))
    return was is not None and now is not None and now < was


def _release_goes_back(old: Mapping[str, Value], new: Mapping[str, Value]) -> bool:
    """Whether the release is gone, or has a lower version than the one before of the same component."""
    was, now = _tag(old), _tag(new)
    if was is None or now is None:
        return was is not None and not new.get("releaseTag")
    return was.component.casefold() == now.component.casefold() and now.version < was.version


def _completes(old: Mapping[str, Value], new: Mapping[str, Value]) -> bool:
    """Whether the last column gets done: no other stays on the page with all of its issues closed."""
    stood = old.get("percent") == _COMPLETE and old.get("msLabel") == new.get("msLabel")
    return new.get("percent") == _COMPLETE and not stood


def _tag(values: Mapping[str, Value]) -> Tag | None:
    return read_tag(str(values.get("releaseTag", "")))


def _without_counts(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in COUNTS}


def _parts(changes: Changes) -> Iterator[str]:
    """What happened, the weightiest first."""
    told: set[int] = set()
    for tell in (_told_of_column, _told_of_release, _told_of_row):
        for index, row in enumerate(changes.rows):
            if part := tell(row):
                told.add(index)
                yield part
    for hold in changes.holds:
        held = "put on" if hold.reason is not None else "taken off"
        yield f"{_one_line(hold.label or '')} {held} hold"
    rest = [row for index, row in enumerate(changes.rows) if index not in told]
    weighty = [row for row in rest if not row.counts_only]
    if weighty:
        what = "links" if all(map(_has_other_links_alone, weighty)) else "release notes"
        yield f"{'' if told or changes.holds else 'Update '}{what} of {_names(weighty)}"
    elif rest and not told and not changes.holds:
        yield f"Update issue counts of {_names(rest)}"


def _has_other_links_alone(row: RowChange) -> bool:
    before, after = row.before or {}, row.after or {}
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return differing <= {*_LINKS, *COUNTS}


def _told_of_column(row: RowChange) -> str:
    if row.before is None or row.after is None:
        return ""
    was, now = (values.get("msLabel") for values in (row.before, row.after))
    column = _one_line(str(now))
    if row.column_back:
        return f"{_name(row)} back to {column}"
    if _completes(row.before, row.after):
        return f"{_name(row)} completes {column}"
    return f"{_name(row)} reaches {column}" if now != was else ""


def _told_of_release(row: RowChange) -> str:
    if row.before is None or row.after is None:
        return ""
    was, now = (values.get("releaseTag") or "" for values in (row.before, row.after))
    if was == now:
        return ""
    if not now:
        return f"{_name(row)} without a release"
    tag = _tag(row.after)
    # Only what was read as a version: a tag is somebody's text, and may mention people or issues.
    version = f" {_LEADING_V.sub('', tag.version.text)}" if tag else ""
    if row.release_back and version:
        return f"{_name(row)} back to{version}"
    return f"{_name(row)}{version} released" if version else f"{_name(row)} has a new release"


def _told_of_row(row: RowChange) -> str:
    if row.before is None:
        return f"{_name(row)} added"
    if row.after is None:
        return f"{_name(row)} removed"
    if row.former_label is not None:
        return f"{_one_line(row.former_label)} renamed to {_name(row)}"
    return f"{_name(row)} moved to {row.repository}" if row.former_repository is not None else ""


def _names(rows: Sequence[RowChange]) -> str:
    return " and ".join(map(_name, rows)) if len(rows) <= _MOST_NAMES else f"{len(rows)} SIGs"


def _name(row: RowChange) -> str:
    return _one_line(row.label)


def _one_line(text: str) -> str:
    return " ".join(text.split())
