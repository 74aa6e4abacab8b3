"""What the pages show: plain values, worded for people, made by whoever knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class ReasonView:
    """One value of a row: what it is, and why, by which rule; ``url`` leads to what the reason speaks of."""

    what: str
    value: str
    text: str
    rule: str
    url: str = ""


@dataclass(frozen=True)
class UnmatchedView:
    """A milestone that names no column, with the rest of a sentence that says why; its SIG's row."""

    label: str
    anchor: str
    title: str
    why: str
    url: str = ""
    closed: bool = False


@dataclass(frozen=True)
class KeptView:
    """A row that stays as it stands, and why."""

    label: str
    anchor: str
    why: str


@dataclass(frozen=True)
class FaultView:
    """What a person has to mend: file and line, where they are to be seen, and one sentence."""

    where: str
    url: str
    message: str


@dataclass(frozen=True)
class RowView:
    """One SIG as the page will show it; ``release`` is ``""`` where it has none.

    ``anchor`` is its place on the site's own page. ``stands`` is what the site says now, in words, where
    that differs. ``kept`` says why the row stays as it stands, and ``advice`` what to do about it; such a
    row, or one of a page that cannot be worked out, has no ``reasons``.
    """

    label: str
    anchor: str
    column: str
    percent: int
    release: str
    url: str = ""
    release_url: str = ""
    milestone_url: str = ""
    counts: str = ""
    component: str = ""
    source_url: str = ""
    stands: str = ""
    kept: str = ""
    advice: str = ""
    renamed_to: str = ""
    reasons: tuple[ReasonView, ...] = ()
    unmatched: int = 0
    """How many of its milestones name no column."""

    def reason(self, what: str) -> ReasonView | None:
        """That of one value."""
        return next((reason for reason in self.reasons if reason.what == what), None)


@dataclass(frozen=True)
class ProposalView:
    """How the proposal stands: in a word or two, and in a sentence that may end in a moment.

    ``kind`` is ``open``, ``waiting``, ``alone`` (the bot keeps off) or ``none``. ``number`` and ``url`` are
    those of the pull request that it is about, if any, of which ``since`` tells when it came to that.
    """

    kind: str
    badge: str
    words: str
    number: str = ""
    url: str = ""
    since_word: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class ChartView:
    """The address of a chart's picture, its size in pixels, and what it shows in one sentence."""

    url: str
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class EventView:
    """What happened last: what, in which repository, and when the bot was told."""

    words: str
    repository: str
    url: str
    at: datetime


@dataclass(frozen=True)
class FileView:
    """A file of the site, and where it is to be seen."""

    what: str
    path: str
    url: str


@dataclass(frozen=True)
class SiteView:
    """One site. ``outcome`` says in one sentence how the last look ended, ``trouble`` why there is no newer.

    ``path`` is that of its own page here.
    """

    full_name: str
    path: str
    url: str
    reconciled_at: datetime
    outcome: str
    proposal: ProposalView
    chart: ChartView | None = None
    rows: tuple[RowView, ...] = ()
    held: tuple[KeptView, ...] = ()
    unreadable: tuple[KeptView, ...] = ()
    unmatched: tuple[UnmatchedView, ...] = ()
    faults: tuple[FaultView, ...] = ()
    files: tuple[FileView, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    """The rules by which its values were chosen: their short names, and what they mean."""
    unchecked: str = ""
    """Why pull requests are not checked, one sentence."""
    trouble: str = ""
    event: EventView | None = None


@dataclass(frozen=True)
class Picture:
    """An SVG picture, and the digest by which it is told from others."""

    body: bytes
    digest: str


class Dashboard(Protocol):
    """Who knows the sites."""

    async def sites(self) -> Sequence[SiteView]:
        """The sites that anybody may see, in the order in which to show them."""
        ...

    async def site(self, full_name: str) -> SiteView | None:
        """One of them, its name in any case; ``None`` for any other, known or not."""
        ...

    async def chart(self, full_name: str, digest: str) -> Picture | None:
        """The chart of a site that anybody may see; ``None`` for any other, known or not.

        ``digest`` names the chart that is asked for, and is ``""`` or unknown where any will do.
        """
        ...


class Readiness(Protocol):
    """Who knows whether the bot can do its work. Neither answer may wait for anything."""

    def github_trouble(self) -> str:
        """One sentence on why GitHub is out of reach; ``""`` where it is not."""
        ...

    def queue_trouble(self) -> str:
        """One sentence on why the queue does not move; ``""`` where it does."""
        ...
