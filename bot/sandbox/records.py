"""What the sandbox remembers: accounts, repositories and what lies in them.

People are named by their logins. Tests and the demo are handed these very records, so that what they
hold is always what stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from bot.sandbox.checks import CheckRun, CheckSuite, Protection
from bot.sandbox.git import ObjectStore
from bot.sandbox.identifiers import node_id

State = Literal["open", "closed"]
MergeMethod = Literal["merge", "squash", "rebase"]
Role = Literal["read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("read", "triage", "write", "maintain", "admin")


class Node:
    """What has a global node id; ``KIND`` are the letters that it begins with."""

    __slots__ = ()
    KIND: ClassVar[str]
    id: int

    @property
    def node_id(self) -> str:
        """The global node id."""
        return node_id(self.KIND, self.id)


@dataclass(slots=True, eq=False)
class Account:
    """A user, an organization, or an app's bot."""

    id: int
    login: str
    kind: Literal["User", "Organization", "Bot"]
    created_at: datetime
    owners: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)

    @property
    def node_id(self) -> str:
        """The global node id."""
        return node_id({"User": "U", "Organization": "O", "Bot": "BOT"}[self.kind], self.id)

    @property
    def email(self) -> str:
        """The address that GitHub gives a person who keeps the real one private."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True, eq=False)
class Label(Node):
    """A label of a repository."""

    KIND: ClassVar[str] = "LA"

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, eq=False)
class Milestone(Node):
    """A milestone; its counts are those of the issues and pull requests in it."""

    KIND: ClassVar[str] = "MI"

    id: int
    repository: Repository
    number: int
    title: str
    author: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    state: State = "open"
    due_on: datetime | None = None
    closed_at: datetime | None = None
    items: dict[int, Issue] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many issues and pull requests in it are open."""
        return sum(item.state == "open" for item in self.items.values())

    @property
    def closed(self) -> int:
        """How many issues and pull requests in it are closed."""
        return len(self.items) - self.open


@dataclass(slots=True, eq=False)
class Reaction(Node):
    """An emoji that somebody left."""

    KIND: ClassVar[str] = "REA"

    id: int
    content: str
    author: str
    created_at: datetime


@dataclass(slots=True, eq=False)
class Comment(Node):
    """A comment on an issue or a pull request."""

    KIND: ClassVar[str] = "IC"

    id: int
    issue: Issue
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    app_id: int | None = None
    last_edited_at: datetime | None = None
    reaction_records: list[Reaction] = field(default_factory=list)

    @property
    def reactions(self) -> list[tuple[str, str]]:
        """Who reacted how: ``(content, login)``."""
        return [(reaction.content, reaction.author) for reaction in self.reaction_records]


@dataclass(slots=True, eq=False)
class Issue(Node):
    """An issue, and that half of a pull request which is one."""

    KIND: ClassVar[str] = "I"

    id: int
    repository: Repository
    number: int
    title: str
    body: str | None
    author: str
    created_at: datetime
    updated_at: datetime
    state: State = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    milestone: Milestone | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reaction_records: list[Reaction] = field(default_factory=list)
    app_id: int | None = None

    @property
    def reactions(self) -> list[tuple[str, str]]:
        """Who reacted how: ``(content, login)``."""
        return [(reaction.content, reaction.author) for reaction in self.reaction_records]


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that was done to a pull request: ``kind`` is the name of GitHub's type of it."""

    kind: str
    author: str


@dataclass(slots=True, eq=False)
class Side:
    """The head or the base of a pull request; ``repository`` is None when a fork is gone."""

    repository: Repository | None
    owner: str
    ref: str
    sha: str

    @property
    def label(self) -> str:
        """``owner:branch``."""
        return f"{self.owner}:{self.ref}"


@dataclass(slots=True, eq=False, kw_only=True)
class PullRequest(Issue):
    """A pull request."""

    pull_id: int
    head: Side
    base: Side
    draft: bool = False
    merged: bool = False
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_commit: str | None = None
    maintainer_can_modify: bool = False
    requested_reviewers: list[str] = field(default_factory=list)
    requested_teams: list[str] = field(default_factory=list)
    approved_by: list[str] = field(default_factory=list)
    auto_merge_by: str | None = None
    auto_merge_method: MergeMethod = "merge"
    auto_merge_at: datetime | None = None
    timeline: list[TimelineEvent] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """The global node id."""
        return node_id("PR", self.pull_id)


@dataclass(slots=True, eq=False)
class Release(Node):
    """A release; a draft has no ``published_at``."""

    KIND: ClassVar[str] = "RE"

    id: int
    repository: Repository
    tag: str
    name: str | None
    body: str | None
    author: str
    target: str
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    prerelease: bool = False
    published_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Repository(Node):
    """A repository; ``refs`` are named without ``refs/``: ``heads/main``, ``tags/v1``, ``pull/1/head``."""

    KIND: ClassVar[str] = "R"

    id: int
    owner: Account
    name: str
    default_branch: str
    store: ObjectStore
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    description: str | None = None
    private: bool = False
    archived: bool = False
    deleted: bool = False
    has_issues: bool = True
    allow_auto_merge: bool = True
    delete_branch_on_merge: bool = False
    parent: Repository | None = None
    forks: list[Repository] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    releases: dict[int, Release] = field(default_factory=dict)
    latest_release: Release | None = None
    comments: dict[int, Comment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    check_suites: dict[int, CheckSuite] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    collaborators: dict[str, Role] = field(default_factory=dict)
    last_number: int = 0
    last_milestone: int = 0

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    def pulls(self) -> list[PullRequest]:
        """All pull requests, oldest first."""
        return [issue for issue in self.issues.values() if isinstance(issue, PullRequest)]

    def tip(self, branch: str) -> str | None:
        """The commit that a branch stands at."""
        return self.refs.get(f"heads/{branch}")

    def network(self) -> list[Repository]:
        """The repository, what it was forked from, and all forks."""
        root = self
        while root.parent:
            root = root.parent
        found = [root]
        for repository in found:
            found.extend(repository.forks)
        return [repository for repository in found if not repository.deleted]
