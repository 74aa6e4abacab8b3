"""What is said of a commit, and what must be said before a branch takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

PASSED = ("success", "neutral", "skipped")


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a check run says of some lines of a file; GitHub does not look whether they exist."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(slots=True, eq=False)
class CheckSuite:
    """All check runs of one app on one commit.

    GitHub makes it as a branch is pushed; a fork's pushes are not seen, and it comes with the first run.
    ``waiting`` tells that somebody asked for its checks again and none has been reported since.
    """

    id: int
    app_id: int
    head_sha: str
    created_at: datetime
    updated_at: datetime
    head_branch: str | None = None
    before: str | None = None
    waiting: bool = False


@dataclass(slots=True, eq=False)
class CheckRun:
    """What an app says of a commit."""

    id: int
    suite_id: int
    app_id: int
    name: str
    head_sha: str
    status: str
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Protection:
    """What a branch asks of a pull request: checks that passed, by name, and so many approvals.

    A ``ruleset`` may ask for them, else it is the branch's own rule.
    """

    checks: tuple[str, ...] = ()
    approvals: int = 0
    ruleset: bool = False
