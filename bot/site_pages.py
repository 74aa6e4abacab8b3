"""What the pages tell of one site, made of what its last look found. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from bot.actions import LeaveAlone
from bot.chart import chart_of, in_words, percent_of
from bot.chart_picture import chart_picture
from bot.notices import located
from bot.observe import Observation
from bot.proposal_state import proposal_state
from bot.reconcile import Outcome, Sight
from bot.site import CONFIG_PATH
from bot.standing import Cell, Explanation, explanations_of
from bot.status.datafile import Source
from bot.status.faults import FileFaultError
from bot.status.ladder import why_unmatched
from bot.status.page import PageRow
from bot.status.progress import RULES
from bot.status.rows import Row
from bot.web.views import (
    ChartView,
    FaultView,
    FileView,
    KeptView,
    ReasonView,
    RowView,
    SiteView,
    UnmatchedView,
)

COMPLETE = 100
"""Per cent."""
LONGEST_ANCHOR = 60

Anchors = Mapping[int, str]
"""Where each row stands on the page, by its index in the source."""


def site_view(outcome: Outcome) -> SiteView:
    """All that is known of a site since its last look; takes a while for hundreds of rows."""
    seen, page = outcome.observation, outcome.desire.page
    name, source = outcome.site.full_name, seen.source
    rows: tuple[RowView, ...] = ()
    pages, anchors = tuple[PageRow, ...](), dict[int, str]()
    unmatched: dict[int, tuple[UnmatchedView, ...]] = {}
    if page is not None and source is not None:
        names = anchors_of([row.label or row.repository or "" for row in source.rows])
        anchors = {row.index: anchor for row, anchor in zip(source.rows, names, strict=True)}
        pages = page.rows
        unmatched = {row.sig.index: tuple(_unmatched(row, anchors, source)) for row in pages}
        rows = tuple(_rows(outcome, source, anchors, unmatched))
    used = {reason.rule for row in rows for reason in row.reasons}
    return SiteView(
        full_name=name,
        path=f"/sites/{quote(name)}",
        url=seen.state.url,
        reconciled_at=outcome.at,
        outcome=_words(outcome),
        proposal=proposal_state(outcome),
        chart=_chart(outcome),
        rows=rows or tuple(_standing(seen)),
        held=_kept([(row, row.held) for row in pages], anchors),
        unreadable=_kept([(row, row.unreadable) for row in pages], anchors),
        unmatched=tuple(each for found in unmatched.values() for each in found),
        faults=tuple(
            FaultView(fault.where, fault.url, fault.message)
            for fault in located(outcome.desire.faults, seen.state.url, seen.config.base)
        ),
        files=tuple(_files(seen)),
        rules=tuple((rule, meaning) for rule, meaning in RULES.items() if rule in used),
    )


def anchors_of(labels: Sequence[str]) -> tuple[str, ...]:
    """A name for each row that a link can end in: of its label where that has letters, and never twice."""
    found: list[str] = []
    for label in labels:
        plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
        wanted = f"sig-{re.sub('[^a-z0-9]+', '-', plain)[:LONGEST_ANCHOR].strip('-')}".rstrip("-")
        found.append(wanted if wanted != "sig" and wanted not in found else f"row-{len(found) + 1}")
    return tuple(found)


def _rows(
    outcome: Outcome, source: Source, anchors: Anchors, unmatched: Mapping[int, tuple[UnmatchedView, ...]]
) -> Iterator[RowView]:
    sight = Sight(outcome.observation, outcome.desire, outcome.action)
    place = _place(outcome.observation, source.path)
    for row, told in zip(source.rows, explanations_of(sight, source.rows), strict=True):
        line = f"{place}#L{source.line_on_site(row.line)}"
        yield _row(row, told, anchors[row.index], line, len(unmatched.get(row.index, ())))


def _row(row: Row, told: Explanation, anchor: str, source_url: str, unmatched: int) -> RowView:
    line = told.line
    shown = line.would_be if line is not None else None
    cell = shown or Cell("", 0, "", "", "", "", "")
    return RowView(
        label=told.label or f"Row {row.index + 1}",
        anchor=anchor,
        column=cell.column,
        percent=cell.percent,
        release=cell.release,
        url=told.url,
        release_url=cell.release_url,
        milestone_url=cell.milestone_url,
        counts=_counts(cell),
        component=told.component,
        source_url=source_url,
        stands=_stands(line.stands) if line is not None and not line.same and line.stands != shown else "",
        kept=told.kept,
        advice=told.advice.rstrip(),
        renamed_to=told.renamed_to,
        reasons=tuple(
            ReasonView(each.what, each.value, each.text, each.rule, each.url) for each in told.values
        ),
        unmatched=unmatched,
    )


def _counts(cell: Cell) -> str:
    return f"{cell.closed} of {cell.total} closed" if cell.total not in ("", "0") else ""


def _stands(cell: Cell | None) -> str:
    """What the site says of a row, in words."""
    if cell is None:
        return "nothing yet"
    where = "complete" if cell.percent == COMPLETE else f"{cell.column}, {cell.percent}%"
    counts = f" ({_counts(cell)})" if _counts(cell) else ""
    return f"{where}{counts}, {cell.release or 'no release'}"


def _standing(seen: Observation) -> Iterator[RowView]:
    """The rows as the site shows them, where no page can be worked out."""
    github = seen.state.url.removesuffix(f"/{seen.state.full_name}")
    rows = seen.output_rows
    for row, anchor in zip(rows, anchors_of([row.label for row in rows]), strict=True):
        values = {name: value if isinstance(value, str) else "" for name, value in row.values.items()}
        yield RowView(
            label=row.label,
            anchor=anchor,
            column=str(row.values.get("msLabel", "")),
            percent=percent_of(row.values),
            release=values.get("releaseTag", ""),
            url=f"{github}/{row.repository}",
            release_url=values.get("releaseUrl", ""),
        )


def _kept(rows: Sequence[tuple[PageRow, str | None]], anchors: Anchors) -> tuple[KeptView, ...]:
    return tuple(KeptView(row.sig.label, anchors[row.sig.index], why) for row, why in rows if why is not None)


def _unmatched(row: PageRow, anchors: Anchors, source: Source) -> Iterator[UnmatchedView]:
    milestones = row.status.unmatched if row.status is not None else ()
    for milestone in sorted(milestones, key=lambda one: one.state != "open"):
        yield UnmatchedView(
            label=row.sig.label,
            anchor=anchors[row.sig.index],
            title=milestone.title,
            why=why_unmatched(milestone.title, row.sig, source.columns),
            url=milestone.url or "",
            closed=milestone.state == "closed",
        )


def _chart(outcome: Outcome) -> ChartView | None:
    """The chart of the page as it would be, or as it stands where that cannot be told."""
    seen, page = outcome.observation, outcome.desire.page
    try:
        chart = chart_of((page.text if page is not None else seen.output) or "", seen.config.output)
    except FileFaultError:
        return None
    picture = chart_picture(chart)
    url = f"/chart/{quote(outcome.site.full_name)}.svg?v={chart.digest}"
    return ChartView(url, picture.width, picture.height, in_words(chart))


def _files(seen: Observation) -> Iterator[FileView]:
    config = seen.config
    yield FileView("Source", config.source, _place(seen, config.source))
    if seen.output is not None:
        yield FileView("Output", config.output, _place(seen, config.output))
    yield FileView("Configuration", CONFIG_PATH, f"{seen.state.url}/blob/HEAD/{CONFIG_PATH}")


def _place(seen: Observation, path: str) -> str:
    """Where people see a file of the base."""
    return f"{seen.state.url}/blob/{quote(seen.config.base or 'HEAD')}/{quote(path)}"


def _words(outcome: Outcome) -> str:
    if isinstance(outcome.action, LeaveAlone):
        return f"Left alone: {outcome.action.reason}."
    words = outcome.applied.words
    if words != "nothing":
        return f"{words[0].upper()}{words[1:]}."
    return "The proposal is up to date." if outcome.applied.pull_url else "The page is right as it stands."
