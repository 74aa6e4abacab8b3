"""What is said of a commit, and what must be said before a branch takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

PASSED = ("success", "neutral", "skipped")


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
    annotations: int = 0


@dataclass(frozen=True, slots=True)
class Protection:
    """What a branch asks of a pull request: checks that passed, by name, and so many approvals."""

    checks: tuple[str, ...] = ()
    approvals: int = 0
