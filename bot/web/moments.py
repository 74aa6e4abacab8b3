"""Moments as a page says them: how long ago or in how long, and the moment itself for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86_400
UNITS = ((2 * DAY, DAY, "days"), (2 * HOUR, HOUR, "hours"), (2 * MINUTE, MINUTE, "minutes"))
"""From how many seconds on a length is told in which unit."""
ONES = ((DAY, "a day"), (HOUR, "an hour"), (MINUTE, "a minute"))
LONG_AGO = 60 * DAY


@dataclass(frozen=True)
class Moments:
    """Words for moments as seen from ``now``."""

    now: datetime

    def __call__(self, moment: datetime) -> Markup:
        """A ``<time>`` with words, and the whole moment for whoever points at it."""
        exact = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        time = Markup('<time datetime="{}" title="{}">{}</time>')
        return time.format(moment.isoformat(timespec="seconds"), exact, self.words(moment))

    def words(self, moment: datetime) -> str:
        """How long ago, or in how long; the day itself where that says more."""
        seconds = round((self.now - moment).total_seconds())
        if abs(seconds) >= LONG_AGO:
            return f"on {moment.day} {moment:%B %Y}"
        if -MINUTE < seconds < MINUTE:
            return "just now" if seconds >= 0 else "in a moment"
        length = _length(abs(seconds))
        return f"{length} ago" if seconds > 0 else f"in {length}"


def _length(seconds: int) -> str:
    for least, unit, name in UNITS:
        if seconds >= least:
            return f"{seconds // unit} {name}"
        one = next((word for length, word in ONES if length == unit and seconds >= length), "")
        if one:
            return one
    return "a minute"
