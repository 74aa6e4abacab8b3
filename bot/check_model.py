"""What a check works on and comes to: the files of a site as a change leaves them, and the verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from bot.status.datafile import GITHUB_HOSTS, Source
from bot.status.facts import Facts, RepositoryFacts
from bot.status.faults import Fault
from bot.status.page import Page

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.chart import Chart
    from bot.status.ladder import Column

Level = Literal["failure", "warning", "notice"]
"""As GitHub calls them: what the change has to mend, what was wrong before, what is worth knowing."""
Conclusion = Literal["success", "neutral", "failure", "skipped"]

MOST_NEW = 40
"""Repositories that a pull request names and the site does not, of which the facts are read: two queries."""
TOO_MANY = RepositoryFacts(error=f"more than {MOST_NEW} repositories are new here: not read for a check")


@dataclass(frozen=True)
class FileText:
    """One file as the change leaves it.

    ``text`` is ``None`` where there is none, or none to be read, and then ``trouble`` tells why, at the
    line ``trouble_at``; 0 where there is no line to point at. ``brought`` says whether the change has
    anything to do with it: only then can its lines be pointed at.
    """

    path: str
    text: str | None = None
    trouble: str = ""
    brought: bool = True
    trouble_at: int = 0

    @cached_property
    def lines(self) -> int:
        """How many lines there are to point at, at least one."""
        return max(1, self.trouble_at, len((self.text or "").splitlines()))


@dataclass(frozen=True)
class SiteFiles:
    """The files of a site; without a ``source`` there is nothing to be said of it and of the output."""

    config: FileText
    source: FileText | None
    output: FileText


@dataclass(frozen=True, order=True)
class Finding:
    """Something to say of a file. ``brought`` tells whether the change brings that file."""

    fault: Fault
    level: Level
    brought: bool = True
    calls_for_nothing: bool = False
    """It is good to know, and all is well nevertheless."""


@dataclass(frozen=True)
class Verdict:
    """What comes of a change.

    ``chart`` is the page's once the bot has followed, where nothing is in the way; ``changed`` tells in
    one line what becomes different by the change alone.
    """

    findings: tuple[Finding, ...] = ()
    chart: Chart | None = None
    columns: tuple[Column, ...] = ()
    changed: str = ""

    def of(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level, by file and line."""
        return tuple(sorted(finding for finding in self.findings if finding.level == level))

    @property
    def ranked(self) -> tuple[Finding, ...]:
        """All findings, what has to be mended first."""
        return (*self.of("failure"), *self.of("warning"), *self.of("notice"))

    @property
    def conclusion(self) -> Conclusion:
        """A failure only for what the change itself brings."""
        if self.of("failure"):
            return "failure"
        return "success" if all(finding.calls_for_nothing for finding in self.findings) else "neutral"


@dataclass(frozen=True)
class Assessed:
    """Some files by themselves: their faults and, where there is one, the page that they make."""

    faults: tuple[Fault, ...]
    page: Page | None = None
    source: Source | None = None
    broken_output: bool = False


@dataclass(frozen=True)
class Context:
    """What is known besides: facts of the repositories, and which hosts an address may name."""

    facts: Facts = field(default_factory=lambda: Facts(repositories={}))
    hosts: Collection[str] = GITHUB_HOSTS
    by_bot: bool = False
    """The change is the bot's own proposal, so that its output is nobody's edit."""
