"""Histories of releases, and what the page would have shown after each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from bot.status.facts import Release
from bot.status.ladder import Sig
from bot.status.progress import Reason, latest_release

HISTORIES = Path(__file__).parent / "histories"


@dataclass(frozen=True)
class Tagged:
    """A tag and its day; ``merged`` are the days on which people's changes brought the page to it."""

    day: str
    tag: str
    merged: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True)
class Shown:
    """What the page shows when a tag has just been released."""

    after: Tagged
    tag: str | None
    reason: Reason


def history_of(name: str) -> tuple[Tagged, ...]:
    """The recorded history of one repository, in the order in which its versions were released."""
    lines = (HISTORIES / f"{name}.txt").read_text().splitlines()[1:]
    return tuple(Tagged(day, tag, tuple(merged)) for day, tag, *merged in map(str.split, lines))


def with_what_else_is_tagged(history: Sequence[Tagged]) -> Iterator[Tagged]:
    """The history between the nightlies, the drafts and the other components' tags of a big repository."""
    for number, tagged in enumerate(history, start=1):
        stamp = tagged.day.replace("-", "")
        yield Tagged(tagged.day, f"{tagged.tag}-nightly.{stamp}0235")
        yield Tagged(tagged.day, f"v99.{number}.0", draft=True)
        yield tagged
        yield Tagged(tagged.day, f"cmd/builder/v{number}.0.0")
        yield Tagged(tagged.day, f"v98.0.0-nightly.{stamp}0235")


def replay(tags: Iterable[Tagged], sig: Sig, *, flagged: bool = False) -> Iterator[Shown]:
    """Release one tag after the other, and ask after each for the latest release."""
    releases: list[Release] = []
    for tagged in tags:
        releases.append(Release(tag=tagged.tag, draft=tagged.draft, prerelease=flagged))
        release, reason = latest_release(sig, releases)
        yield Shown(tagged, None if release is None else release.tag, reason)


_PLAIN = re.compile(r"(?:(?P<component>.*?[a-z].*?)[-/])?v?(?P<version>\d+\.\d+.*)")


def component_and_version(tag: str) -> tuple[str, Version] | None:
    """A second opinion on a tag, by packaging alone; ``None`` where it has none."""
    match = _PLAIN.fullmatch(tag)
    if match is None:
        return None
    try:
        return match["component"] or "", Version(match["version"])
    except InvalidVersion:
        return None
