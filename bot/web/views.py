"""What the pages show: plain values, worded for people, made by whoever knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class RowView:
    """One SIG on the dashboard; ``release`` is ``""`` where it has none."""

    label: str
    column: str
    percent: int
    release: str
    url: str = ""
    release_url: str = ""


@dataclass(frozen=True)
class SiteView:
    """One site on the dashboard.

    ``reconciled_at`` is ``None`` before the first reconcile; ``outcome`` says in one sentence how
    the last one ended. The lists hold one sentence for each row, title or fault.
    """

    full_name: str
    url: str
    reconciled_at: datetime | None
    outcome: str
    proposal_url: str | None
    rows: tuple[RowView, ...] = ()
    held: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    unchecked: str = ""
    """Why pull requests are not checked, one sentence."""


@dataclass(frozen=True)
class Picture:
    """An SVG picture, and the digest by which it is told from others."""

    body: bytes
    digest: str


class Dashboard(Protocol):
    """Who knows the sites."""

    def sites(self) -> Sequence[SiteView]:
        """The sites that anybody may see, in the order in which to show them."""
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
