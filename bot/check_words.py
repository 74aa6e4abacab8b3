"""What a check says: its conclusion, a title, a page in Markdown, and remarks on single lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.chart import draw
from bot.markdown import plain
from bot.notices import located
from bot.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.check_model import Conclusion, Finding, Level, Verdict
    from bot.notices import LocatedFault

CHECK_NAME = "Status page data"
TITLE_LIMIT = 200
SUMMARY_BYTES = 65_000
"""GitHub takes 65,535 characters; counted in bytes, so that it does not matter how GitHub counts."""
MESSAGE_LIMIT = 2_000
"""Of the 64 KB that GitHub takes of one annotation."""
MOST_ANNOTATIONS = 300
"""Six requests; nobody reads more, and the page says how many there are."""
_FITS = ((100, 1_000_000), (100, 200), (50, 100), (20, 50), (5, 20), (3, 0))
"""How many faults of each level and rows of the chart the page shows: fewer where it would be too long."""


@dataclass(frozen=True)
class Annotation:
    """A remark on one line, from 1, of a file that the change brings."""

    path: str
    line: int
    level: Level
    message: str


@dataclass(frozen=True)
class Report:
    """Everything that a check run holds; ``digest`` changes with any of it."""

    conclusion: Conclusion
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()

    @property
    def digest(self) -> str:
        """Twenty hexadecimal digits."""
        said = (self.conclusion, self.title, self.summary, self.annotations)
        return sha256(repr(said).encode(errors="surrogatepass")).hexdigest()[:20]


@dataclass(frozen=True)
class Place:
    """Where the files are to be seen: the repository's page, the commit with what is brought, the base."""

    url: str
    head: str
    base: str


def report(verdict: Verdict, place: Place) -> Report:
    """Word a verdict. The same arguments give the same words."""
    return Report(
        conclusion=verdict.conclusion,
        title=plain(_title(verdict), TITLE_LIMIT),
        summary=_summary(verdict, place),
        annotations=tuple(_annotation(finding) for finding in verdict.ranked if finding.brought)[
            :MOST_ANNOTATIONS
        ],
    )


def untouched() -> Report:
    """For a pull request that changes nothing of the page, where somebody waits for a word all the same."""
    return Report("skipped", "Nothing of the status page is touched", render("check/untouched.md.j2"))


def one_line(verdict: Verdict) -> str:
    """The verdict in one line of plain text, for a terminal."""
    return _title(verdict)


def _title(verdict: Verdict) -> str:
    failures = verdict.of("failure")
    if failures:
        return f"{_number(len(failures), 'fault')} in {_files(failures)}"
    warnings, notices = verdict.of("warning"), verdict.of("notice")
    if warnings:
        return f"Nothing new is wrong; {_number(len(warnings), 'fault')} of before in {_files(warnings)}"
    chart = verdict.chart
    good = "Good"
    if chart is not None:
        good = f"Good: {_number(len(chart.rows), 'SIG')}, {_number(len(chart.columns), 'column')}"
    return f"{good}, with {_number(len(notices), 'remark')}" if notices else good


def _files(findings: Sequence[Finding]) -> str:
    files = list(dict.fromkeys(finding.fault.file for finding in findings))
    return files[0] + (f" and {len(files) - 1} more" if len(files) > 1 else "")


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _annotation(finding: Finding) -> Annotation:
    fault = finding.fault
    return Annotation(fault.file, max(1, fault.line), finding.level, plain(fault.message, MESSAGE_LIMIT))


def _summary(verdict: Verdict, place: Place) -> str:
    """The page with as little left out as fits."""
    said = {level: _located(verdict.of(level), place) for level in ("failure", "warning", "notice")}
    text = ""
    for most, rows in _FITS:
        chart = verdict.chart.rows[:rows] if verdict.chart is not None else ()
        text = render(
            "check/summary.md.j2",
            verdict=verdict,
            said=said,
            most=most,
            chart=draw(chart, verdict.columns),
            rows_hidden=len(verdict.chart.rows) - len(chart) if verdict.chart is not None else 0,
        )
        if len(text.encode(errors="surrogatepass")) <= SUMMARY_BYTES:
            break
    return text


def _located(findings: Sequence[Finding], place: Place) -> tuple[LocatedFault, ...]:
    return tuple(
        linked
        for finding in findings
        for linked in located([finding.fault], place.url, place.head if finding.brought else place.base)
    )
