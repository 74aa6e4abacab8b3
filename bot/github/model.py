"""A site as it stands on GitHub at one moment. Pure values; whoever plans looks at nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SiteRef:
    """A repository that is a site, and the installation through which it is reached."""

    installation_id: int
    repository_id: int
    full_name: str


@dataclass(frozen=True)
class Tip:
    """A branch and the commit it points at."""

    name: str
    sha: str
    tree: str
    author_email: str
    committed_at: datetime

    def is_by(self, slug: str) -> bool:
        """Whether the app of this name made the commit; GitHub gives apps such an address alone."""
        return self.author_email.endswith(f"+{slug}[bot]@users.noreply.github.com")


@dataclass(frozen=True)
class Pull:
    """A pull request from the bot's branch."""

    number: int
    node_id: str
    url: str
    title: str
    body: str
    open: bool
    merged: bool
    draft: bool
    conflicting: bool
    head_sha: str


@dataclass(frozen=True)
class SiteState:
    """The site's repository: its branches, and the proposals from the bot's branch, newest first.

    ``base`` is ``None`` where the configured base branch does not exist.
    """

    repository_id: int
    full_name: str
    url: str
    archived: bool
    private: bool
    default: Tip
    base: Tip | None
    branch: Tip | None
    pulls: tuple[Pull, ...]

    @property
    def open_pull(self) -> Pull | None:
        """The proposal that stands."""
        return next((pull for pull in self.pulls if pull.open), None)

    @property
    def last_pull(self) -> Pull | None:
        """The newest proposal that is over."""
        return next((pull for pull in self.pulls if not pull.open), None)


@dataclass(frozen=True)
class Report:
    """An issue in which the bot reported faults."""

    number: int
    url: str
    open: bool
    body: str
