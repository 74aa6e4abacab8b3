"""Pull requests."""

from __future__ import annotations

from bot.sandbox import mergeability
from bot.sandbox.records import PullRequest, Side
from bot.sandbox.shapes.accounts import association, maybe_user, user
from bot.sandbox.shapes.issues import issue_page, labels, milestone
from bot.sandbox.shapes.repositories import api_url, simple
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso


def side(state: State, shown: Side) -> Json:
    """The head or the base."""
    return {
        "label": shown.label,
        "ref": shown.ref,
        "sha": shown.sha,
        "user": user(state, shown.owner),
        "repo": simple(state, shown.repository) if shown.repository else None,
    }


def auto_merge(state: State, pull: PullRequest) -> Json | None:
    """Who wished it merged once it can be, or null."""
    if pull.auto_merge_by is None:
        return None
    return {
        "enabled_by": user(state, pull.auto_merge_by),
        "merge_method": pull.auto_merge_method,
        "commit_title": f"{pull.title} (#{pull.number})",
        "commit_message": pull.body or "",
    }


def _links(state: State, pull: PullRequest) -> dict[str, str]:
    repository = api_url(state, pull.repository)
    url = f"{repository}/pulls/{pull.number}"
    issue = f"{repository}/issues/{pull.number}"
    return {
        "self": url,
        "html": issue_page(state, pull),
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{repository}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{repository}/statuses/{pull.head.sha}",
    }


def simple_pull(state: State, pull: PullRequest) -> Json:
    """A pull request, as the list gives it."""
    links = _links(state, pull)
    page = links["html"]
    assignees = [user(state, login) for login in pull.assignees]
    return {
        "url": links["self"],
        "id": pull.pull_id,
        "node_id": pull.node_id,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": links["issue"],
        **{f"{name}_url": links[name] for name in ("commits", "review_comments", "review_comment")},
        **{f"{name}_url": links[name] for name in ("comments", "statuses")},
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "active_lock_reason": None,
        "title": pull.title,
        "user": user(state, pull.author),
        "body": pull.body,
        "labels": [{**label, "description": label["description"] or ""} for label in labels(state, pull)],
        "milestone": milestone(state, pull.milestone) if pull.milestone else None,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "closed_at": iso(pull.closed_at),
        "merged_at": iso(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [user(state, login) for login in pull.requested_reviewers],
        "requested_teams": [team(state, pull, slug) for slug in pull.requested_teams],
        "head": side(state, pull.head),
        "base": side(state, pull.base),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(state, pull.author, pull.repository),
        "auto_merge": auto_merge(state, pull),
        "draft": pull.draft,
    }


def full_pull(state: State, pull: PullRequest) -> Json:
    """One pull request, with what it would bring."""
    changes = mergeability.changes(pull)
    able = mergeability.mergeable(pull)
    return {
        **simple_pull(state, pull),
        "merged": pull.merged,
        "mergeable": able,
        "rebaseable": able,
        "mergeable_state": mergeability.mergeable_state(pull),
        "merged_by": maybe_user(state, pull.merged_by),
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(mergeability.commits(pull)),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }


def team(state: State, pull: PullRequest, slug: str) -> Json:
    """A team of the organization that was asked for a review."""
    owner = pull.repository.owner
    url = f"{state.api_url}/organizations/{owner.id}/team/{slug}"
    return {
        "id": sum(slug.encode()),
        "node_id": f"T_{slug}",
        "url": url,
        "html_url": f"{state.url}/orgs/{owner.login}/teams/{slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "name": slug,
        "slug": slug,
        "description": None,
        "permission": "pull",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "parent": None,
        "type": "organization",
        "organization_id": owner.id,
    }
