"""What happened last that concerned each site, as far as everybody may know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.clock import Clock

MOST_SITES = 4096


@dataclass(frozen=True)
class LastEvent:
    """An event in a public repository: GitHub's names for it and its action, and when it came."""

    event: str
    action: str
    repository: str
    at: datetime


class LastEvents:
    """The newest of each site, by the site's name in any case; what was said of others pushes none out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: LRUCache[str, LastEvent] = LRUCache(MOST_SITES)

    def note(self, event: str, action: str, repository: str, sites: Iterable[str]) -> None:
        """An event in a public repository has concerned these sites."""
        heard = LastEvent(event, action, repository, self._clock.now())
        for site in sites:
            self._events[site.lower()] = heard

    def of(self, site: str) -> LastEvent | None:
        """The newest one that concerned a site, since the process began."""
        return self._events.get(site.lower())
