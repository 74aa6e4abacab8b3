"""Milestones."""

from __future__ import annotations

from datetime import datetime

from bot.sandbox import events
from bot.sandbox.actions import issues
from bot.sandbox.errors import ApiError, invalid
from bot.sandbox.records import Milestone, Repository
from bot.sandbox.records import State as OpenOrClosed
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso


def create(
    state: State, repository: Repository, title: str, by: str, description: str | None = None
) -> Milestone:
    """Open a milestone.

    Raises:
        ApiError: 422, the title is empty or taken.
    """
    _check_title(repository, title)
    repository.last_milestone += 1
    milestone = Milestone(
        id=state.ids.number(),
        repository=repository,
        number=repository.last_milestone,
        title=title,
        author=state.somebody(by).login,
        created_at=state.now(),
        updated_at=state.now(),
        description=description,
    )
    repository.milestones[milestone.number] = milestone
    state.nodes[milestone.node_id] = milestone
    events.milestone(state, "created", milestone, by)
    return milestone


def _check_title(repository: Repository, title: str, but: Milestone | None = None) -> None:
    if not title.strip():
        error = {"resource": "Milestone", "code": "missing_field", "field": "title"}
        raise ApiError(422, "Validation Failed", errors=[error])
    taken = (other.title for other in repository.milestones.values() if other is not but)
    if title in taken:
        raise invalid("Milestone", "title", "already_exists")


def edit(
    state: State,
    milestone: Milestone,
    by: str,
    *,
    title: str | None = None,
    description: str | None = None,
    due_on: datetime | None = None,
) -> None:
    """Change a milestone's title, description or due date."""
    changes: Json = {}
    if title is not None and title != milestone.title:
        _check_title(milestone.repository, title, milestone)
        changes["title"] = {"from": milestone.title}
        milestone.title = title
    if description is not None and description != milestone.description:
        changes["description"] = {"from": milestone.description or ""}
        milestone.description = description
    if due_on is not None and due_on != milestone.due_on:
        changes["due_on"] = {"from": iso(milestone.due_on) or ""}
        milestone.due_on = due_on
    if changes:
        milestone.updated_at = state.now()
        events.milestone(state, "edited", milestone, by, changes)


def set_state(state: State, milestone: Milestone, wanted: OpenOrClosed, by: str) -> None:
    """Close a milestone or open it again; its issues stay as they are."""
    if milestone.state != wanted:
        milestone.state = wanted
        milestone.updated_at = state.now()
        milestone.closed_at = state.now() if wanted == "closed" else None
        events.milestone(state, "closed" if wanted == "closed" else "opened", milestone, by)


def delete(state: State, milestone: Milestone, by: str) -> None:
    """Delete a milestone; its issues stay, without one."""
    for issue in list(milestone.items.values()):
        issues.set_milestone(state, issue, None, by)
    del milestone.repository.milestones[milestone.number]
    del state.nodes[milestone.node_id]
    events.milestone(state, "deleted", milestone, by)
