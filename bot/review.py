"""What a reviewer wants to know of a proposal, line by line: values for the templates to word. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chart import percent_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.status.changes import Changes, RowChange
    from bot.status.datafile import Value
    from bot.status.facts import Milestone
    from bot.status.page import Page, PageRow

NO_RELEASE = ("", "n/a")
LONGEST_IN_EXAMPLE = 120
"""Of the names shown in an example of ``match:``, which must stand there in full."""


@dataclass(frozen=True)
class Shown:
    """One value of the page: what it is (``column``, ``release``, …), its name, and where it leads."""

    what: str
    name: str
    url: str = ""
    percent: int | None = None


@dataclass(frozen=True)
class Because:
    """Why: one sentence, and the milestone or release that it speaks of, or ``""``."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Line:
    """One value that changes. A new row's have no ``was``, those of a row taken out no ``now``."""

    label: str
    url: str
    was: Shown | None
    now: Shown | None
    because: Because
    step_back: bool = False

    @property
    def what(self) -> str:
        """What it is: ``column``, ``release``, ``name``, ``repository``, or ``details of`` a release."""
        shown = self.now or self.was
        return shown.what if shown else ""


@dataclass(frozen=True)
class Counts:
    """Issue counts that changed: how many of the issues are closed, and in which column."""

    label: str
    url: str
    column: str
    was: str
    now: str


@dataclass(frozen=True)
class Kept:
    """A row that stays as it stands, and why. ``new`` tells that this proposal says so first."""

    label: str
    repository: str
    url: str
    why: str
    new: bool = False


@dataclass(frozen=True)
class Unmatched:
    """A SIG's milestones whose titles name no column, open ones first."""

    label: str
    url: str
    column: str
    milestones: tuple[Milestone, ...]

    @property
    def example(self) -> Milestone | None:
        """One that could be listed under ``match:``, and be shown there."""
        if max(len(self.label), len(self.column)) > LONGEST_IN_EXAMPLE:
            return None
        return next((each for each in self.milestones if len(each.title) <= LONGEST_IN_EXAMPLE), None)


@dataclass(frozen=True)
class Review:
    """Everything that the page of a proposal is made of, except its chart.

    ``taken_off_hold`` are the rows that move on again by what the proposal changes in the source.
    """

    lines: tuple[Line, ...]
    counts: tuple[Counts, ...]
    held: tuple[Kept, ...]
    unreadable: tuple[Kept, ...]
    renamed: tuple[Kept, ...]
    unmatched: tuple[Unmatched, ...]
    taken_off_hold: tuple[Kept, ...] = ()

    @property
    def put_on_hold(self) -> tuple[Kept, ...]:
        """The rows that the proposal itself puts on hold, or holds for another reason."""
        return tuple(row for row in self.held if row.new)


def review(page: Page, changes: Changes, source: str, web_url: str) -> Review:
    """Work it out. ``source`` is the path of the file people keep, ``web_url`` where GitHub is."""
    lines = _Lines(page, source, web_url)
    new = {(hold.label, hold.repository, hold.component): hold.reason for hold in changes.holds}
    moving = [row for row in page.rows if new.get(_name_of(row), "") is None]
    return Review(
        lines=tuple(line for row in changes.rows for line in lines.of(row)),
        counts=tuple(counts for row in changes.rows for counts in lines.counts_of(row)),
        held=tuple(
            _kept(row, row.held, web_url, new=_name_of(row) in new)
            for row in page.rows
            if row.held is not None
        ),
        unreadable=tuple(
            _kept(row, row.unreadable, web_url) for row in page.rows if row.unreadable is not None
        ),
        renamed=tuple(_renamed(row, row.renamed_to, web_url) for row in page.rows if row.renamed_to),
        unmatched=tuple(_unmatched(row, web_url) for row in page.rows if row.status and row.status.unmatched),
        taken_off_hold=tuple(_kept(row, "", web_url, new=True) for row in moving),
    )


def _name_of(row: PageRow) -> tuple[str, str, str | None]:
    return row.sig.label, row.sig.repository, row.sig.component


def _kept(row: PageRow, why: str | None, web_url: str, *, new: bool = False) -> Kept:
    repository = row.sig.repository
    return Kept(row.sig.label, repository, f"{web_url}/{repository}", why or "", new)


def _renamed(row: PageRow, name: str, web_url: str) -> Kept:
    return Kept(row.sig.label, row.sig.repository, f"{web_url}/{name}", name)


def _unmatched(row: PageRow, web_url: str) -> Unmatched:
    milestones = row.status.unmatched if row.status else ()
    return Unmatched(
        row.sig.label,
        f"{web_url}/{row.sig.repository}/milestones",
        row.status.column if row.status else "",
        tuple(sorted(milestones, key=lambda milestone: milestone.state != "open")),
    )


class _Lines:
    """Takes changed rows to pieces: a line for the column, one for the release, one for counts."""

    def __init__(self, page: Page, source: str, web_url: str) -> None:
        self._rows = {_key(row.sig.label, row.sig.repository): row for row in page.rows}
        self._source = source
        self._web_url = web_url

    def of(self, row: RowChange) -> Iterator[Line]:
        """A row's lines; none where nothing but counts or small print changed."""
        column_was, column_now = _column(row.before), _column(row.after)
        release_was, release_now = _release(row.before), _release(row.after)
        for what, former, present in (
            ("name", row.former_label, row.label),
            ("repository", row.former_repository, row.repository),
        ):
            if former is not None:
                yield self._line(row, Shown(what, former), Shown(what, present))
        if _name(column_was) != _name(column_now) or _finished(column_was) != _finished(column_now):
            yield self._line(row, column_was, column_now, step_back=row.column_back)
        if row.after is not None and _differ(release_was, release_now):
            yield self._line(row, release_was, release_now, step_back=row.release_back)
        elif row.after is not None and row.before is not None and _details_differ(row):
            shown = Shown("details of", _name(release_now) or _name(column_now))
            yield self._line(row, shown, shown)

    def counts_of(self, row: RowChange) -> Iterator[Counts]:
        """The counts of a row whose column stays."""
        if row.before is None or row.after is None:
            return
        was, now = _issues(row.before), _issues(row.after)
        if was != now and row.before.get("msLabel") == row.after.get("msLabel"):
            column = str(row.after.get("msLabel", ""))
            yield Counts(row.label, self._url(row), column, was, f"{now}, {percent_of(row.after)}%")

    def _line(self, row: RowChange, was: Shown | None, now: Shown | None, *, step_back: bool = False) -> Line:
        return Line(row.label, self._url(row), was, now, self._because(row, was, now), step_back)

    def _url(self, row: RowChange) -> str:
        return f"{self._web_url}/{row.repository}"

    def _because(self, row: RowChange, was: Shown | None, now: Shown | None) -> Because:
        if row.after is None:
            return Because(f"`{self._source}` no longer has this row")
        shown = now or was
        if shown is None or shown.what in ("name", "repository"):
            return Because(f"`{self._source}` says so")
        found = self._rows.get(_key(row.label, row.repository))
        if found is None or found.status is None:
            return Because("the row is kept as its file has it")
        if shown.what == "details of":
            return Because("its title, notes, date or links were edited", found.status.release_reason.url)
        is_column = shown.what == "column"
        reason = found.status.column_reason if is_column else found.status.release_reason
        return Because(reason.text.strip().rstrip("."), reason.url or shown.url)


def _key(label: str, repository: str) -> tuple[str, str]:
    return label.casefold(), repository.casefold()


def _column(values: Mapping[str, Value] | None) -> Shown | None:
    if values is None:
        return None
    url = str(values.get("milestoneUrl", ""))
    return Shown("column", str(values.get("msLabel", "")), url, percent_of(values))


def _release(values: Mapping[str, Value] | None) -> Shown | None:
    if values is None:
        return None
    names = (str(values.get(key, "")) for key in ("releaseTag", "releaseName"))
    name = next((name for name in names if name not in NO_RELEASE), "")
    return Shown("release", name, str(values.get("releaseUrl", ""))) if name else None


def _differ(was: Shown | None, now: Shown | None) -> bool:
    # An output that somebody else wrote knows releases by their titles alone; the link tells.
    same_link = was is not None and now is not None and was.url == now.url != ""
    return _name(was) != _name(now) and not same_link


def _details_differ(row: RowChange) -> bool:
    keys = ("releaseName", "releaseDescription", "releaseUrl", "releaseTag", "releasedAt", "prerelease")
    before, after = row.before or {}, row.after or {}
    return any(before.get(key) != after.get(key) for key in keys if key in before)


def _name(shown: Shown | None) -> str:
    return shown.name if shown else ""


def _finished(shown: Shown | None) -> bool:
    return shown is not None and shown.percent == 100  # noqa: PLR2004 - per cent


def _issues(values: Mapping[str, Value]) -> str:
    return f"{values.get('closedIssues', 0)} of {values.get('totalIssues', 0)} closed"
