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

PAGE = 100
MAX_ROUNDS = 10
"""Pages read of one repository at most: a thousand milestones, a thousand releases."""
_SETTLED = ("highest-final", "highest-of-all")


@dataclass(frozen=True)
class Wanted:
    """A repository to read, for these rows, with the tags that the page shows of them now."""

    repository: str
    sigs: tuple[Sig, ...]
    standing_tags: frozenset[str] = frozenset()

    @property
    def choices(self) -> frozenset[tuple[str | None, bool]]:
        """By what the rows choose their releases."""
        return frozenset((sig.component, sig.prereleases) for sig in self.sigs)


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
    private: bool = False
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
        for name in ("milestones", "releases"):
            if name in data and data[name] is None:
                self.fail(f"GitHub gave no {name}", passing=True)
                return
        self.rounds += 1
        self.full_name = data["nameWithOwner"]
        self.private = data["isPrivate"]
        for node in _nodes(data, "milestones"):
            self.milestones.append(_milestone(node))
        singles = [node for name, node in data.items() if name == "latestRelease" or name.startswith("tag")]
        for node in (*_nodes(data, "releases"), *filter(None, singles)):
            self._add(node)
        more_milestones = _next_page(data, "milestones")
        more_releases = _next_page(data, "releases")
        if more_releases is not None and all(map(self._is_found, self.wanted.sigs)):
            more_releases = None
        if more_milestones is not None and self.rounds >= MAX_ROUNDS:
            self.fail(f"more than {MAX_ROUNDS * PAGE:,} milestones", passing=False)
            return
        missing = tuple(sorted(self.wanted.standing_tags - self.releases.keys())) if self.rounds == 1 else ()
        more = Ask(self.wanted.repository, more_milestones, more_releases, missing)
        done = more == Ask(self.wanted.repository) or self.rounds >= MAX_ROUNDS
        self.next = None if done else more

    def _add(self, node: Mapping[str, Any]) -> None:
        """Add a release. A draft, of which one tag may have many, never takes the place of a real one."""
        tag = node["tagName"]
        if not node["isDraft"] or tag not in self.releases:
            self.releases[tag] = _release(node)
            self.notes[tag] = Note(node["id"], node["updatedAt"])

    def _latest(self, sig: Sig) -> Release | None:
        return latest_release(sig, tuple(self.releases.values()))[0]

    def _is_found(self, sig: Sig) -> bool:
        """Whether older releases would be passed over: their pages are not read."""
        return latest_release(sig, tuple(self.releases.values()))[1].rule in _SETTLED

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
    return [node for node in data[connection]["nodes"] if node is not None] if connection in data else []


def _next_page(data: Mapping[str, Any], connection: str) -> str | None:
    page = data[connection]["pageInfo"] if connection in data else None
    return page["endCursor"] if page and page["hasNextPage"] else None


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
