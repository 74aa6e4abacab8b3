"""The events that the rules announce, each with its own part of the payload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.apps import Installation
from bot.sandbox.records import (
    Comment,
    Issue,
    Milestone,
    PullRequest,
    Release,
    Repository,
    TimelineEvent,
)
from bot.sandbox.shapes import issues as shapes
from bot.sandbox.shapes.apps import installation as installation_shape
from bot.sandbox.shapes.pulls import full_pull
from bot.sandbox.shapes.releases import release as release_shape
from bot.sandbox.state import Event, Json, State

_ON_THE_TIMELINE = {"labeled": "LabeledEvent", "review_requested": "ReviewRequestedEvent"}


def release(state: State, action: str, shown: Release, by: str, changes: Json | None = None) -> None:
    """A release was created, published, released and so on."""
    extra = {"changes": changes} if changes is not None else {}
    state.emit(
        Event(
            "release",
            action,
            by,
            lambda: {"release": release_shape(state, shown), **extra},
            shown.repository,
        )
    )


def milestone(state: State, action: str, shown: Milestone, by: str, changes: Json | None = None) -> None:
    """A milestone was created, edited, closed and so on."""
    extra = {"changes": changes} if changes is not None else {}
    state.emit(
        Event(
            "milestone",
            action,
            by,
            lambda: {"milestone": shapes.milestone(state, shown), **extra},
            shown.repository,
        )
    )


def issue(
    state: State, action: str, shown: Issue, by: str, extra: Callable[[], Json] = dict[str, Any]
) -> None:
    """Something happened to an issue or a pull request; pull requests have events of their own name."""

    def fields() -> Json:
        if isinstance(shown, PullRequest):
            return {"number": shown.number, "pull_request": full_pull(state, shown), **extra()}
        return {"issue": shapes.issue(state, shown), **extra()}

    name = "pull_request" if isinstance(shown, PullRequest) else "issues"
    if isinstance(shown, PullRequest) and action in _ON_THE_TIMELINE:
        shown.timeline.append(TimelineEvent(_ON_THE_TIMELINE[action], by))
    state.emit(Event(name, action, by, fields, shown.repository))


def milestoned(state: State, action: str, shown: Issue, about: Milestone, by: str) -> None:
    """An issue or a pull request came into a milestone or left it."""
    issue(state, action, shown, by, lambda: {"milestone": shapes.milestone(state, about)})


def comment(state: State, action: str, shown: Comment, by: str, changes: Json | None = None) -> None:
    """A comment was created, edited or deleted."""
    extra = {"changes": changes} if changes is not None else {}
    state.emit(
        Event(
            "issue_comment",
            action,
            by,
            lambda: {
                "issue": shapes.issue(state, shown.issue),
                "comment": shapes.comment(state, shown),
                **extra,
            },
            shown.issue.repository,
        )
    )


def repository(state: State, action: str, shown: Repository, by: str, changes: Json | None = None) -> None:
    """A repository was renamed, archived, deleted and so on."""
    extra = {"changes": changes} if changes is not None else {}
    state.emit(Event("repository", action, by, lambda: dict(extra), shown))


def installation(
    state: State, action: str, shown: Installation, by: str, repositories: list[Repository] | None = None
) -> None:
    """An app was installed, suspended and so on; the event goes to that app alone."""

    def fields() -> Json:
        listed = [brief(one) for one in repositories or []]
        extra = {"repositories": listed, "requester": None} if repositories is not None else {}
        return {"installation": installation_shape(state, shown), **extra}

    state.emit(Event("installation", action, by, fields, installation=shown))


def installation_repositories(
    state: State, action: str, shown: Installation, by: str, repositories: list[Repository]
) -> None:
    """Repositories were added to an installation, or removed from it."""

    def fields() -> Json:
        listed = [brief(one) for one in repositories]
        return {
            "installation": installation_shape(state, shown),
            "repository_selection": "all" if shown.selected is None else "selected",
            "repositories_added": listed if action == "added" else [],
            "repositories_removed": listed if action == "removed" else [],
            "requester": None,
        }

    state.emit(Event("installation_repositories", action, by, fields, installation=shown))


def brief(shown: Repository) -> Json:
    """A repository, as installation events list it."""
    return {
        "id": shown.id,
        "node_id": shown.node_id,
        "name": shown.name,
        "full_name": shown.full_name,
        "private": shown.private,
    }
