"""One repository while its pages come in: what is known of it, and what a rule still needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bot.github.documents import FIRST_PAGE, Ask
from bot.status.facts import Milestone, Release, RepositoryFacts
from bot.status.ladder import Sig
from bot.status.progress import latest_release

MAX_ROUNDS = 10
"""Pages of a hundred read of one repository at most: a thousand milestones, a thousand releases."""


@dataclass(frozen=True)
class Wanted:
    """A repository to read, for these rows, with the tags that the page shows of them now."""

    repository: str
    sigs: tuple[Sig, ...]
    standing_tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Note:
    """Where a release's notes are, and which edition of them."""

    node_id: str
    updated_at: str


@dataclass
class Reading:
    """The state of reading one repository. ``next`` is what to ask for, ``None`` when done."""

    wanted: Wanted
    next: Ask | None = None
    error: str | None = None
    passing: bool = False
    """The error may be gone in a minute: GitHub was not able to answer."""
    full_name: str = ""
    milestones: list[Milestone] = field(default_factory=list)
    releases: dict[str, Release] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    rounds: int = 0

    def __post_init__(self) -> None:
        self.full_name = self.wanted.repository
        self.next = Ask(self.wanted.repository, FIRST_PAGE, FIRST_PAGE)

    def fail(self, error: str, *, passing: bool) -> None:
        """Nothing of this repository can be used: half of its facts would be a guess."""
        self.error = error
        self.passing = passing
        self.next = None

    def take(self, data: Mapping[str, Any]) -> None:
        """Add one answer, and decide what is still needed.

        All milestones are: any of them may name any column. Of the releases, the newest hundred do
        unless a row's component has no final one among them; a release that the page shows now is
        asked for by its tag, so that an old one is not mistaken for a deleted one.
        """
        self.rounds += 1
        self.full_name = data["nameWithOwner"]
        for node in _nodes(data, "milestones"):
            self.milestones.append(_milestone(node))
        singles = [node for name, node in data.items() if name == "latestRelease" or name.startswith("tag")]
        for node in (*_nodes(data, "releases"), *filter(None, singles)):
            self.releases[node["tagName"]] = _release(node)
            self.notes[node["tagName"]] = Note(node["id"], node["updatedAt"])
        more_milestones = _next_page(data, "milestones")
        more_releases = _next_page(data, "releases")
        if more_releases is not None and all(map(self._has_final, self.wanted.sigs)):
            more_releases = None
        missing = tuple(sorted(self.wanted.standing_tags - self.releases.keys())) if self.rounds == 1 else ()
        more = Ask(self.wanted.repository, more_milestones, more_releases, missing)
        done = more == Ask(self.wanted.repository) or self.rounds >= MAX_ROUNDS
        self.next = None if done else more

    def _latest(self, sig: Sig) -> Release | None:
        return latest_release(sig, tuple(self.releases.values()))[0]

    def _has_final(self, sig: Sig) -> bool:
        found = self._latest(sig)
        return found is not None and not found.prerelease

    def chosen_notes(self) -> set[Note]:
        """The notes that the page shows."""
        chosen = filter(None, map(self._latest, self.wanted.sigs))
        return {self.notes[release.tag] for release in chosen}

    def facts(self, notes: Mapping[Note, str]) -> RepositoryFacts:
        """What was read, with the texts of the chosen notes."""
        if self.error is not None:
            return RepositoryFacts(error=self.error)
        return RepositoryFacts(
            milestones=tuple(self.milestones),
            releases=tuple(
                msgspec.structs.replace(release, body=notes.get(self.notes[tag]))
                for tag, release in self.releases.items()
            ),
            full_name=self.full_name if self.full_name != self.wanted.repository else None,
        )


def _nodes(data: Mapping[str, Any], connection: str) -> list[Mapping[str, Any]]:
    page = data.get(connection)
    return [] if page is None else [node for node in page["nodes"] if node is not None]


def _next_page(data: Mapping[str, Any], connection: str) -> str | None:
    page = data.get(connection)
    return page["pageInfo"]["endCursor"] if page and page["pageInfo"]["hasNextPage"] else None


def _milestone(node: Mapping[str, Any]) -> Milestone:
    return Milestone(
        title=node["title"],
        state="open" if node["state"] == "OPEN" else "closed",
        open=node["openIssueCount"],
        closed=node["closedIssueCount"],
        number=node["number"],
        url=node["url"],
    )


def _release(node: Mapping[str, Any]) -> Release:
    return Release(
        tag=node["tagName"],
        name=node["name"],
        draft=node["isDraft"],
        prerelease=node["isPrerelease"],
        latest=node["isLatest"],
        published_at=node["publishedAt"],
        url=node["url"],
    )
