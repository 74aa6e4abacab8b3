"""What should stand on a site, worked out from what was observed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.notices import faults_digest
from bot.observe import Observation, rows_of
from bot.plan import Desired
from bot.proposal import remarks_digest
from bot.status.changes import Changes, changes_between, substance
from bot.status.datafile import Source
from bot.status.faults import Fault, FileFaultError
from bot.status.holds import holds_between
from bot.status.page import Page, compute_page


@dataclass(frozen=True)
class Desire:
    """The page as it should be, and how it differs from the site's.

    There is no page where faults leave nothing to work it out from, and one that is not proposed where
    they are in the way of that alone.
    """

    page: Page | None
    changes: Changes
    desired: Desired

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that a person has to mend."""
        return self.desired.faults


def desire(seen: Observation) -> Desire:
    """Compute the page from an observation."""
    if seen.source is None:
        return _without_page(seen.faults)
    config = seen.config
    try:
        page = compute_page(seen.source, seen.facts, seen.output, config.header, config.output)
    except FileFaultError as error:
        return _without_page(error.faults)
    base_source = seen.base_source or seen.source
    holds = holds_between(base_source, seen.source)
    if seen.source.shifts:
        page = _with_lines_on_site(page, seen.source)
    rows = rows_of(page.text, config.output)
    columns = seen.source.columns
    since_base = replace(changes_between(seen.output_rows, rows, columns), holds=holds)
    hindrance = seen.hindrance if _takes_a_commit(seen, page.text) else None
    if seen.faults or hindrance is not None:
        faults = (*seen.faults, *page.faults, *((hindrance,) if hindrance else ()))
        return Desire(page, since_base, _nothing_for(faults))
    since_branch = changes_between(rows_of(seen.branch_output, config.output), rows, columns)
    return Desire(
        page,
        since_base,
        Desired(
            text=page.text,
            source=seen.source.text if holds else None,
            substance=substance(rows),
            remarks=remarks_digest(page),
            faults=page.faults,
            faults_digest=faults_digest(page.faults),
            only_counts_since_base=since_base.counts_only,
            only_counts_since_branch=since_branch.counts_only,
        ),
    )


def _with_lines_on_site(page: Page, source: Source) -> Page:
    """The page with faults that name the lines of the source as it stands, where people look them up."""
    faults = (
        replace(fault, line=source.line_on_site(fault.line)) if fault.file == source.path else fault
        for fault in page.faults
    )
    return replace(page, faults=tuple(sorted(faults)))


def _takes_a_commit(seen: Observation, text: str) -> bool:
    """Whether neither the site nor the proposal that stands holds this output, and the source's holds."""
    pull, source = seen.state.open_pull, seen.source
    moved = source is not None and source.shifts != ()
    proposed = pull is not None and not pull.conflicting and seen.branch_output == text
    return (text != seen.output or moved) and not proposed


def _without_page(faults: tuple[Fault, ...]) -> Desire:
    return Desire(None, Changes(rows=()), _nothing_for(faults))


def _nothing_for(faults: tuple[Fault, ...]) -> Desired:
    return Desired(text=None, faults=faults, faults_digest=faults_digest(faults))
