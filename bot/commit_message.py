"""The message of the proposal's commit: imperative, one line, then each change with its link. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.markdown import plain, safe_url
from bot.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.review import Line, Review

SUBJECT_LIMIT = 72
MOST_ENTRIES = 50
NAME_LIMIT = 60


@dataclass(frozen=True)
class Entry:
    """One change, and the milestone or release behind it, or ``""``."""

    words: str
    url: str = ""


def commit_message(found: Review, source: str) -> str:
    """The whole message, without a line end after its last line."""
    entries = [_entry(line) for line in found.lines]
    entries += [Entry(f"{row.label}: on hold. {row.why}") for row in found.put_on_hold]
    entries += [Entry(f"{row.label}: no longer on hold") for row in found.taken_off_hold]
    if found.counts:
        names = [counts.label for counts in found.counts]
        entries.append(Entry(f"Issue counts of {_listed(names, 10)}"))
    return render(
        "pull/commit.txt.j2",
        subject=_subject(found, source),
        entries=entries[:MOST_ENTRIES],
        more=max(0, len(entries) - MOST_ENTRIES),
    )


def _subject(found: Review, source: str) -> str:
    """As many names as fit; a single one is cut rather than left out."""
    kind, labels = "status", list(dict.fromkeys(line.label for line in found.lines))
    if not labels:
        kind, labels = "holds", [row.label for row in (*found.put_on_hold, *found.taken_off_hold)]
    if not labels:
        kind, labels = "issue counts", [counts.label for counts in found.counts]
    if not labels:
        return plain(f"Follow {source}", SUBJECT_LIMIT)
    for most in range(min(len(labels), SUBJECT_LIMIT // 3), 0, -1):
        subject = plain(f"Update {kind} of {_listed(labels, most)}")
        if len(subject) <= SUBJECT_LIMIT:
            return subject
    return f"Update {kind} of {len(labels)} SIG{'s' if len(labels) > 1 else ''}"


def _listed(names: Sequence[str], most: int) -> str:
    """The first names, as plain text, and how many are left."""
    shown = [plain(name, NAME_LIMIT) for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def _entry(line: Line) -> Entry:
    was, now = (shown.name if shown else "" for shown in (line.was, line.now))
    if line.what == "details of":
        change = f"details of {now}"
    elif was and now and was != now:
        change = f"{line.what} {was} -> {now}"
    elif now:
        change = f"{line.what} {now}"
    else:
        change = f"no {line.what} (was {was})"
    back = ", a step back" if line.step_back else ""
    url = line.because.url if safe_url(line.because.url) else ""
    return Entry(f"{line.label}: {change}{back}. {line.because.text}", url)
