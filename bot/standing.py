"""A site's rows as they stand and as they would be, why, and the difference as a diff. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chart import percent_of
from bot.observe import rows_of
from bot.reconcile import Sight
from bot.review import NO_RELEASE
from bot.status.datafile import OutputRow, Value
from bot.status.page import PageRow
from bot.status.pairs import paired
from bot.status.progress import RULES, Reason, SigStatus
from bot.status.rows import Row


@dataclass(frozen=True)
class Cell:
    """What a page says of one SIG: where it is, and what it released last (``""``: nothing)."""

    column: str
    percent: int
    closed: str
    total: str
    milestone_url: str
    release: str
    release_url: str


@dataclass(frozen=True)
class Line:
    """One row as it stands and as it would be; ``None`` where the page does not have it.

    ``note`` says why it is kept as it stands, ``same`` that nothing of it would change.
    """

    label: str
    url: str
    stands: Cell | None
    would_be: Cell | None
    same: bool
    note: str = ""


@dataclass(frozen=True)
class Explained:
    """One value with its reason; ``rule`` is its short name and ``meaning`` what that stands for."""

    what: str
    value: str
    text: str
    url: str
    rule: str
    meaning: str


@dataclass(frozen=True)
class Explanation:
    """One row with every value explained, or why it is kept as it stands and what to do about it."""

    label: str
    url: str
    component: str
    values: tuple[Explained, ...]
    kept: str
    advice: str
    renamed_to: str
    unmatched: tuple[tuple[str, str], ...]
    line: Line | None


def lines_of(sight: Sight) -> Iterator[tuple[Line, Row | None]]:
    """Every row as it stands and as it would be, with its row of the source; those taken out come last."""
    page, source, state = sight.wish.page, sight.seen.source, sight.seen.state
    if page is None or source is None:
        return
    web_url = state.url.removesuffix(f"/{state.full_name}")
    standing = sight.seen.output_rows
    wanted = rows_of(page.text, sight.seen.config.output)
    before, rows = paired(wanted, standing), paired(wanted, source.rows)
    notes = {row.sig.index: _why_kept(row) for row in page.rows}
    for row, other, at in zip(wanted, before, rows, strict=True):
        own = source.rows[at] if at is not None else None
        old = standing[other] if other is not None else None
        note = notes.get(own.index, "it has a fault") if own is not None else ""
        yield _line(row.label, f"{web_url}/{row.repository}", old, row, note), own
    for index, old in enumerate(standing):
        if index not in before:
            yield _line(old.label, f"{web_url}/{old.repository}", old, None, ""), None


def _line(label: str, url: str, old: OutputRow | None, new: OutputRow | None, note: str) -> Line:
    same = old is not None and new is not None and old.values == new.values and old.label == new.label
    return Line(label, url, _cell(old), _cell(new), same, note)


def _cell(row: OutputRow | None) -> Cell | None:
    if row is None:
        return None
    values = row.values
    return Cell(
        _text(values, "msLabel"),
        percent_of(values),
        _text(values, "closedIssues"),
        _text(values, "totalIssues"),
        _text(values, "milestoneUrl"),
        next((name for key in ("releaseTag", "releaseName") if (name := _text(values, key))), ""),
        _text(values, "releaseUrl"),
    )


def _text(values: Mapping[str, Value], key: str) -> str:
    value = str(values.get(key, ""))
    return "" if value in NO_RELEASE else value


def _why_kept(row: PageRow) -> str:
    if row.held is not None:
        return f"on hold: {row.held}"
    return f"it could not be read: {row.unreadable}" if row.unreadable is not None else ""


def explanations_of(sight: Sight, rows: Sequence[Row]) -> list[Explanation]:
    """Some rows with every value explained."""
    page = sight.wish.page
    pages = {row.sig.index: row for row in page.rows} if page is not None else {}
    lines = {row.index: line for line, row in lines_of(sight) if row is not None}
    return [_explanation(sight, row, pages.get(row.index), lines.get(row.index)) for row in rows]


def _advice(page_row: PageRow | None) -> str:
    if page_row is None:
        return "Mend it in"
    if page_row.held is None:
        return ""
    return f"To let it move on, comment `/status resume {page_row.sig.label}`, or take its `hold:` out of"


def _explanation(sight: Sight, row: Row, page_row: PageRow | None, line: Line | None) -> Explanation:
    state = sight.seen.state
    status = page_row.status if page_row else None
    return Explanation(
        label=row.label or row.repository or "",
        url=f"{state.url.removesuffix(f'/{state.full_name}')}/{row.repository}" if row.repository else "",
        component=row.component or "",
        values=tuple(_values(status)) if status else (),
        kept=_why_kept(page_row) if page_row else "; ".join(_faults_of(sight, row)),
        advice=_advice(page_row),
        renamed_to=(page_row.renamed_to or "") if page_row else "",
        unmatched=tuple((each.title, each.url or "") for each in status.unmatched) if status else (),
        line=line,
    )


def _values(status: SigStatus) -> Iterator[Explained]:
    complete = ", complete" if status.complete else ""
    yield _explained("Column", f"{status.column}{complete}", status.column_reason)
    counts = f"{status.closed_issues} of {status.total_issues} closed, {status.percent}%"
    yield _explained("Issues", counts, status.counts_reason)
    yield _explained("Release", status.release.tag if status.release else "none", status.release_reason)


def _explained(what: str, value: str, reason: Reason) -> Explained:
    return Explained(what, value, reason.text, reason.url, reason.rule, RULES[reason.rule])


def _faults_of(sight: Sight, row: Row) -> Iterable[str]:
    """What is wrong with a row that is kept for its faults, which stand between its line and the next's."""
    source = sight.seen.source
    following = [each.line for each in source.rows if each.line > row.line] if source else []
    until = min(following, default=None)
    for fault in sight.wish.faults:
        of_source = source is not None and fault.file == source.path
        if of_source and row.line <= fault.line and (until is None or fault.line < until):
            yield fault.message


def diff_of(sight: Sight) -> Iterator[str]:
    """The lines of a unified diff from the page that stands to the one that should."""
    if sight.wish.page is None:
        return
    path, before = sight.seen.config.output, sight.seen.output
    yield from difflib.unified_diff(
        (before or "").splitlines(),
        sight.wish.page.text.splitlines(),
        f"a/{path}" if before is not None else "/dev/null",
        f"b/{path}",
        lineterm="",
    )
