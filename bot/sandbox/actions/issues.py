"""Issues: the life of an issue, and of that half of a pull request which is one."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox import events
from bot.sandbox.errors import ApiError, custom
from bot.sandbox.records import Issue, Label, Milestone, PullRequest, Repository
from bot.sandbox.shapes.issues import label as label_shape
from bot.sandbox.state import State

BODY_LIMIT = 65_536
TITLE_LIMIT = 256


def check_text(resource: str, title: str | None, body: str | None) -> None:
    """Refuse an empty or too long title and a too long body.

    Raises:
        ApiError: 422.
    """
    if title is not None and not title.strip():
        raise ApiError(
            422,
            "Validation Failed",
            errors=[{"resource": resource, "field": "title", "code": "missing_field"}],
        )
    if title and len(title) > TITLE_LIMIT:
        raise custom(resource, f"title is too long (maximum is {TITLE_LIMIT} characters)")
    if body and len(body) > BODY_LIMIT:
        raise custom(resource, f"body is too long (maximum is {BODY_LIMIT} characters)")


def create(state: State, repository: Repository, title: str, body: str | None, by: str) -> Issue:
    """Open an issue."""
    check_text("Issue", title, body)
    app = state.app_of(by)
    repository.last_number += 1
    issue = Issue(
        id=state.ids.number(),
        repository=repository,
        number=repository.last_number,
        title=title,
        body=body,
        author=by,
        created_at=state.now(),
        updated_at=state.now(),
        app_id=app.id if app else None,
    )
    state.somebody(by)
    keep(state, issue)
    events.issue(state, "opened", issue, by)
    return issue


def keep(state: State, issue: Issue) -> None:
    """Put an issue or a pull request where it is found."""
    issue.repository.issues[issue.number] = issue
    state.nodes[issue.node_id] = issue


def edit(state: State, issue: Issue, by: str, *, title: str | None = None, body: str | None = None) -> None:
    """Change the title or the text."""
    check_text("PullRequest" if isinstance(issue, PullRequest) else "Issue", title, body)
    changes = {}
    if title is not None and title != issue.title:
        changes["title"] = {"from": issue.title}
        issue.title = title
    if body is not None and body != (issue.body or ""):
        changes["body"] = {"from": issue.body or ""}
        issue.body = body
    if changes:
        touch(state, issue)
        events.issue(state, "edited", issue, by, lambda: {"changes": changes})


def touch(state: State, issue: Issue) -> None:
    """Note that something about the issue changed now."""
    issue.updated_at = state.now()
    if issue.milestone:
        issue.milestone.updated_at = issue.updated_at


def close(state: State, issue: Issue, by: str, reason: str = "completed") -> None:
    """Close an issue; closing a closed one changes nothing."""
    if issue.state == "open":
        issue.state, issue.state_reason = "closed", reason
        issue.closed_at, issue.closed_by = state.now(), by
        touch(state, issue)
        events.issue(state, "closed", issue, by)


def reopen(state: State, issue: Issue, by: str) -> None:
    """Open a closed issue again."""
    if issue.state == "closed":
        issue.state, issue.state_reason = "open", "reopened"
        issue.closed_at = issue.closed_by = None
        touch(state, issue)
        events.issue(state, "reopened", issue, by)


def set_milestone(state: State, issue: Issue, milestone: Milestone | None, by: str) -> None:
    """Put an issue or a pull request into a milestone, or take it out."""
    before = issue.milestone
    if before is milestone:
        return
    if before:
        touch(state, issue)
        del before.items[issue.number]
    issue.milestone = milestone
    if milestone:
        milestone.items[issue.number] = issue
    touch(state, issue)
    if before:
        events.milestoned(state, "demilestoned", issue, before, by)
    if milestone:
        events.milestoned(state, "milestoned", issue, milestone, by)


def label(state: State, repository: Repository, name: str, color: str = "ededed") -> Label:
    """Find a label, or make it."""
    known = repository.labels.get(name.lower())
    if known is None:
        known = repository.labels[name.lower()] = Label(state.ids.number(), name, color)
    return known


def add_labels(state: State, issue: Issue, names: Iterable[str], by: str) -> None:
    """Give labels to an issue; unknown ones are made."""
    for name in names:
        found = label(state, issue.repository, name)
        if found.name not in issue.labels:
            issue.labels.append(found.name)
            touch(state, issue)
            _labelled(state, "labeled", issue, found, by)


def remove_label(state: State, issue: Issue, name: str, by: str) -> None:
    """Take a label away.

    Raises:
        ApiError: 404, the issue has no such label.
    """
    found = issue.repository.labels.get(name.lower())
    if found is None or found.name not in issue.labels:
        raise ApiError(404, "Label does not exist")
    issue.labels.remove(found.name)
    touch(state, issue)
    _labelled(state, "unlabeled", issue, found, by)


def set_labels(state: State, issue: Issue, names: Iterable[str], by: str) -> None:
    """Make these the labels of an issue."""
    wanted = list(names)
    kept = {name.lower() for name in wanted}
    for name in [name for name in issue.labels if name.lower() not in kept]:
        remove_label(state, issue, name, by)
    add_labels(state, issue, wanted, by)


def _labelled(state: State, action: str, issue: Issue, about: Label, by: str) -> None:
    events.issue(state, action, issue, by, lambda: {"label": label_shape(state, issue.repository, about)})


def delete(state: State, issue: Issue, by: str) -> None:
    """Delete an issue, as an administrator can."""
    del issue.repository.issues[issue.number]
    del state.nodes[issue.node_id]
    for comment in issue.comments:
        issue.repository.comments.pop(comment.id, None)
    if issue.milestone:
        issue.milestone.items.pop(issue.number, None)
    events.issue(state, "deleted", issue, by)
