"""Issues, milestones, labels, comments and reactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

from bot.sandbox.apps import App
from bot.sandbox.records import Comment, Issue, Label, Milestone, PullRequest, Reaction, Repository
from bot.sandbox.shapes.accounts import account_shape, association, maybe_user, user
from bot.sandbox.shapes.repositories import api_url, html_url
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(state: State, repository: Repository, shown: Label) -> Json:
    """A label."""
    return {
        "id": shown.id,
        "node_id": shown.node_id,
        "url": f"{api_url(state, repository)}/labels/{quote(shown.name)}",
        "name": shown.name,
        "description": shown.description,
        "color": shown.color,
        "default": False,
    }


def labels(state: State, issue: Issue) -> list[Json]:
    """The labels of an issue."""
    known = issue.repository.labels
    return [label(state, issue.repository, known[name.lower()]) for name in issue.labels]


def milestone(state: State, shown: Milestone) -> Json:
    """A milestone with its counts."""
    url = f"{api_url(state, shown.repository)}/milestones/{shown.number}"
    return {
        "url": url,
        "html_url": f"{html_url(state, shown.repository)}/milestone/{shown.number}",
        "labels_url": f"{url}/labels",
        "id": shown.id,
        "node_id": shown.node_id,
        "number": shown.number,
        "title": shown.title,
        "description": shown.description,
        "creator": user(state, shown.author),
        "open_issues": shown.open,
        "closed_issues": shown.closed,
        "state": shown.state,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "due_on": iso(shown.due_on),
        "closed_at": iso(shown.closed_at),
    }


def reaction(state: State, shown: Reaction) -> Json:
    """A reaction."""
    return {
        "id": shown.id,
        "node_id": shown.node_id,
        "user": user(state, shown.author),
        "content": shown.content,
        "created_at": iso(shown.created_at),
    }


def rollup(url: str, reactions: Iterable[Reaction]) -> Json:
    """How often each emoji was given."""
    counts = Counter(given.content for given in reactions)
    return {"url": f"{url}/reactions", "total_count": counts.total(), **{c: counts[c] for c in REACTIONS}}


def app(state: State, shown: App) -> Json:
    """An app, as it stands in issues, comments and check runs."""
    return {
        "id": shown.id,
        "client_id": shown.client_id,
        "slug": shown.slug,
        "node_id": shown.node_id,
        "owner": account_shape(state, shown.owner),
        "name": shown.name,
        "description": shown.description,
        "external_url": shown.homepage or f"{state.url}/apps/{shown.slug}",
        "html_url": f"{state.url}/apps/{shown.slug}",
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.created_at),
        "permissions": {"metadata": "read", **shown.permissions},
        "events": list(shown.events),
    }


def via_app(state: State, number: int | None) -> Json | None:
    """The app that something was made through, or null."""
    return app(state, state.apps[number]) if number in state.apps else None


def comment(state: State, shown: Comment) -> Json:
    """A comment on an issue or a pull request."""
    issue = shown.issue
    url = f"{api_url(state, issue.repository)}/issues"
    mine = f"{url}/comments/{shown.id}"
    return {
        "url": mine,
        "html_url": f"{issue_page(state, issue)}#issuecomment-{shown.id}",
        "issue_url": f"{url}/{issue.number}",
        "id": shown.id,
        "node_id": shown.node_id,
        "user": user(state, shown.author),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "body": shown.body,
        "author_association": association(state, shown.author, issue.repository),
        "reactions": rollup(mine, shown.reaction_records),
        "performed_via_github_app": via_app(state, shown.app_id),
    }


def issue_page(state: State, issue: Issue) -> str:
    """The address of the issue's or pull request's page."""
    kind = "pull" if isinstance(issue, PullRequest) else "issues"
    return f"{html_url(state, issue.repository)}/{kind}/{issue.number}"


def issue(state: State, shown: Issue) -> Json:
    """An issue, or a pull request seen as one."""
    repository = api_url(state, shown.repository)
    url = f"{repository}/issues/{shown.number}"
    assignees = [user(state, login) for login in shown.assignees]
    shape = {
        "url": url,
        "repository_url": repository,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": issue_page(state, shown),
        "id": shown.id,
        "node_id": shown.node_id,
        "number": shown.number,
        "title": shown.title,
        "user": user(state, shown.author),
        "labels": labels(state, shown),
        "state": shown.state,
        "state_reason": shown.state_reason,
        "locked": False,
        "active_lock_reason": None,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": milestone(state, shown.milestone) if shown.milestone else None,
        "comments": len(shown.comments),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "closed_at": iso(shown.closed_at),
        "closed_by": maybe_user(state, shown.closed_by),
        "author_association": association(state, shown.author, shown.repository),
        "body": shown.body,
        "reactions": rollup(url, shown.reaction_records),
        "performed_via_github_app": via_app(state, shown.app_id),
    }
    return shape | _pull_part(state, shown)


def _pull_part(state: State, shown: Issue) -> Json:
    if not isinstance(shown, PullRequest):
        return {}
    page = issue_page(state, shown)
    return {
        "draft": shown.draft,
        "pull_request": {
            "url": f"{api_url(state, shown.repository)}/pulls/{shown.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": iso(shown.merged_at),
        },
    }
