"""A site as it stands on GitHub at one moment. Pure values; whoever plans looks at nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Wish = Literal["labels", "reviewers", "automerge"]
"""What a site may wish for its proposal."""

_APPS_ADDRESS = re.compile(r"(?:\d+\+)?(?P<slug>.+)\[bot\]@users\.noreply\.\S+")


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
    parents: tuple[str, ...] = ()
    """The first two, which are all that a commit of the bot's has: the branch before it, and the base."""

    committer_email: str = ""

    def is_by(self, slug: str) -> bool:
        """Whether the app of this name made the commit; GitHub gives apps such an address alone.

        Who amends a commit leaves its author as it was. GitHub itself may commit for the app.
        """
        return is_commit_by(slug, self.author_email, self.committer_email)


def is_commit_by(slug: str, author_email: str, committer_email: str) -> bool:
    """Whether the addresses of a commit's author and committer are those of the app of this name's."""
    found = _APPS_ADDRESS.fullmatch(author_email)
    amended = committer_email not in ("", author_email)
    return (
        found is not None
        and found["slug"] == slug
        and (not amended or committer_email.startswith("noreply@"))
    )


@dataclass(frozen=True)
class Pull:
    """A pull request from the bot's branch.

    ``conflicting`` tells that it cannot be merged as it is. ``paths`` are some of the files that it
    changes: all of them where they are no more than two. One that was merged was closed then too.
    """

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
    paths: tuple[str, ...] = ()
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Stray:
    """An open proposal of the bot's from another branch than the present one.

    ``home`` is the full name of the repository that the branch lies in, ``None`` where that is gone.
    """

    number: int
    body: str
    branch_name: str
    head_sha: str
    home: str | None


@dataclass(frozen=True)
class Upstream:
    """The repository of which another is a fork, and its configuration where it has one."""

    full_name: str
    config: str | None


@dataclass(frozen=True)
class Fork:
    """The repository from which a site's proposals come, as it stands.

    ``base`` and ``branch`` are its own branches of the site's names, ``workflows`` is the id of the
    tree of GitHub's workflows on its base. ``parent_id`` is the repository that it was forked from.
    """

    installation_id: int
    repository_id: int
    full_name: str
    parent_id: int | None
    parent: str | None
    archived: bool
    private: bool
    base: Tip | None
    branch: Tip | None
    workflows: str | None
    may_write_workflows: bool


@dataclass(frozen=True)
class SiteState:
    """The site's repository: its branches, and the proposals from the bot's branch, newest first.

    ``base`` is ``None`` where the configured base branch does not exist. ``branch`` lies in the
    ``fork`` where there is one. ``moved_pull`` is an open pull request from the bot's branch to
    another branch than the base. ``workflows`` is the id of the tree of GitHub's workflows on the
    base, ``upstream`` tells whose fork the site itself is.
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
    issues_enabled: bool = True
    workflows: str | None = None
    upstream: Upstream | None = None
    fork: Fork | None = None
    moved_pull: Pull | None = None

    @property
    def home(self) -> str:
        """The full name of the repository in which the bot's branch lies."""
        return self.fork.full_name if self.fork is not None else self.full_name

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
