"""Source and facts to the page: every row's status, what was kept and why, and the output text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.status.datafile import (
    OutputRow,
    Source,
    Value,
    kept_values,
    read_output,
    rows_of,
    write_output,
)
from bot.status.facts import Facts, Release, RepositoryFacts
from bot.status.faults import Fault, shown
from bot.status.ladder import Column, Sig
from bot.status.pairs import paired
from bot.status.progress import SigStatus, status_of
from bot.status.rows import Row

NOT_APPLICABLE = "n/a"
"""What the page says of the name and the notes of a release that there is not."""

_RELEASE_KEYS = ("releaseName", "releaseTag", "releasedAt", "prerelease", "releaseUrl", "releaseDescription")


@dataclass(frozen=True)
class PageRow:
    """One healthy row: its status, or why it was kept as it stood (``held`` or ``unreadable``).

    ``renamed_to`` is the repository's name of now where the source still has the old one.
    """

    sig: Sig
    status: SigStatus | None
    held: str | None = None
    unreadable: str | None = None
    renamed_to: str | None = None


@dataclass(frozen=True)
class Page:
    """What the site should say now: the output's text, and the reasons behind it."""

    text: str
    rows: tuple[PageRow, ...]
    faults: tuple[Fault, ...]


def compute_page(
    source: Source,
    facts: Facts,
    previous: str | None = None,
    header: str | None = None,
    output_path: str = "data/progress_generated.yaml",
) -> Page:
    """Compute the output from the source, the facts and the output that stands now.

    A held row, a row whose repository could not be read, and a faulty row keep what ``previous``
    says of them, or what the source says where ``previous`` does not know them. So does the release
    of a row whose component no tag has. Raises ``FileFaultError`` where such a row would have to be
    kept but ``previous`` cannot be read, or where a faulty row's values stand in a way that rules
    out their replacement.
    """
    rows, doubles = _apart(
        source, [_page_row(sig, source.columns, facts.get(sig.repository)) for sig in source.sigs]
    )
    values = {row.sig.index: values_of_status(row.status) for row in rows if row.status}
    misnamed = _misnamed(source, rows)
    if len(values) < len(rows_of(source)) or misnamed:
        standing = _standing(source, previous, output_path)
        for index in misnamed:
            values[index] = _without_release(rows_of(source)[index], values[index])
        for index, kept in standing.items():
            if index not in values:
                values[index] = kept
            elif index in misnamed:
                values[index] |= {name: kept[name] for name in _RELEASE_KEYS if name in kept}
    faults = sorted({*source.faults, *doubles, *misnamed.values()})
    return Page(write_output(source, values, header), rows, tuple(faults))


def values_of_status(status: SigStatus) -> dict[str, Value]:
    """What the output says of a status, by the names of the keys."""
    release = status.release
    return {
        "msLabel": status.column,
        "openIssues": status.open_issues,
        "closedIssues": status.closed_issues,
        "totalIssues": status.total_issues,
        "percent": status.percent,
        "milestoneUrl": status.milestone_url,
        "releaseName": _name_of(release) if release else NOT_APPLICABLE,
        "releaseTag": release.tag if release else "",
        "releasedAt": (release.published_at or "") if release else "",
        "prerelease": release.prerelease if release else False,
        "releaseUrl": (release.url or "") if release else "",
        "releaseDescription": (release.body or "") if release else NOT_APPLICABLE,
    }


def _page_row(sig: Sig, columns: tuple[Column, ...], facts: RepositoryFacts | None) -> PageRow:
    renamed_to = facts.full_name if facts else None
    if renamed_to is not None and renamed_to.casefold() == sig.repository.casefold():
        renamed_to = None
    if sig.hold is not None:
        return PageRow(sig, None, held=sig.hold, renamed_to=renamed_to)
    if facts is None:
        return PageRow(sig, None, unreadable="not in the facts")
    if facts.error is not None:
        return PageRow(sig, None, unreadable=facts.error, renamed_to=renamed_to)
    return PageRow(sig, status_of(sig, columns, facts), renamed_to=renamed_to)


def _standing(source: Source, previous: str | None, path: str) -> dict[int, dict[str, Value]]:
    """What keeps the source's rows as the output that stands has them, by their index; known rows only."""
    known: tuple[OutputRow, ...] = read_output(previous, path) if previous is not None else ()
    rows = [row for row in rows_of(source) if row.here]
    pairs = zip(rows, paired(rows, known), strict=True)
    return {row.index: kept_values(row, known[other]) for row, other in pairs if other is not None}


def _apart(source: Source, rows: Sequence[PageRow]) -> tuple[tuple[PageRow, ...], list[Fault]]:
    """The rows without those whose repository turns out to be another row's, renamed, which are faults."""
    first: dict[tuple[str, str], PageRow] = {}
    faults = []
    for row in rows:
        name = row.renamed_to or row.sig.repository
        other = first.setdefault((name.casefold(), (row.sig.component or "").casefold()), row)
        if other is not row:
            now = shown(row.renamed_to or other.renamed_to or name)
            message = (
                f"the row on line {other.sig.line} ({shown(other.sig.label)}) has this repository already, "
                f"which is {now} now: remove one, or give each its own `component`"
            )
            faults.append(_fault(source, row, "sourceUrl", message))
    return tuple(first.values()), faults


def _misnamed(source: Source, rows: Sequence[PageRow]) -> dict[int, Fault]:
    """The faults of rows that name a component which no tag has, by their index."""
    return {
        row.sig.index: _fault(source, row, "component", row.status.release_reason.text)
        for row in rows
        if row.status is not None
        and row.sig.component is not None
        and row.status.release_reason.rule == "no-such-component"
    }


def _without_release(row: Row, values: dict[str, Value]) -> dict[str, Value]:
    """The values but for those of a release that the row has already."""
    return {
        name: value for name, value in values.items() if name not in _RELEASE_KEYS or name not in row.entries
    }


def _fault(source: Source, row: PageRow, key: str, message: str) -> Fault:
    return Fault(source.path, rows_of(source)[row.sig.index].entries[key].line, message)


def _name_of(release: Release) -> str:
    name = release.name or ""
    return name if name.strip() else release.tag
