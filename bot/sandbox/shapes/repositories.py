"""Repositories, with the many links that GitHub gives them."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.sandbox.records import Repository, Role
from bot.sandbox.shapes.accounts import account_shape
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso

_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_FEATURES = {
    "has_projects": True,
    "has_downloads": True,
    "has_wiki": True,
    "has_pages": False,
    "has_discussions": False,
}


def api_url(state: State, repository: Repository) -> str:
    """The repository's address in the REST API."""
    return f"{state.api_url}/repos/{repository.full_name}"


def html_url(state: State, repository: Repository) -> str:
    """The repository's page."""
    return f"{state.url}/{repository.full_name}"


def minimal(state: State, repository: Repository) -> Json:
    """A "minimal repository": who it is, and its links."""
    url = api_url(state, repository)
    return {
        "id": repository.id,
        "node_id": repository.node_id,
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": account_shape(state, repository.owner),
        "html_url": html_url(state, repository),
        "description": repository.description,
        "fork": repository.parent is not None,
        "url": url,
        **{name: url + rest for name, rest in _LINKS.items()},
    }


def simple(state: State, repository: Repository, role: Role | None = None) -> Json:
    """A "repository", as lists, pull requests and webhooks hold it."""
    page = html_url(state, repository)
    host = urlsplit(state.url).netloc
    shape = {
        **minimal(state, repository),
        "created_at": iso(repository.created_at),
        "updated_at": iso(repository.updated_at),
        "pushed_at": iso(repository.pushed_at),
        "git_url": f"git://{host}/{repository.full_name}.git",
        "ssh_url": f"git@{host}:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "mirror_url": None,
        "language": None,
        "license": None,
        "topics": [],
        "is_template": False,
        "web_commit_signoff_required": False,
        "allow_forking": True,
        "archived": repository.archived,
        "disabled": False,
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
        "has_issues": repository.has_issues,
        **_FEATURES,
        **_counts(repository),
    }
    return shape | ({"permissions": permissions(role)} if role else {})


def full(state: State, repository: Repository, role: Role | None = None) -> Json:
    """A "full repository", as ``GET /repos/{owner}/{repo}`` gives it."""
    shape = {
        **simple(state, repository, role),
        "temp_clone_token": "",
        "network_count": len(repository.network()) - 1,
        "subscribers_count": 0,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": repository.allow_auto_merge,
        "delete_branch_on_merge": repository.delete_branch_on_merge,
    }
    if repository.owner.kind == "Organization":
        shape["organization"] = account_shape(state, repository.owner)
    if repository.parent and not repository.parent.deleted:
        shape["parent"] = simple(state, repository.parent)
        shape["source"] = simple(state, repository.network()[0])
    return shape


def permissions(role: Role) -> Json:
    """The five flags of a role."""
    order: tuple[Role, ...] = ("read", "triage", "write", "maintain", "admin")
    names = ("pull", "triage", "push", "maintain", "admin")
    return {name: order.index(role) >= rank for rank, name in reversed(list(enumerate(names)))}


def _counts(repository: Repository) -> Json:
    opened = sum(issue.state == "open" for issue in repository.issues.values())
    zeros = ("stargazers_count", "watchers_count", "watchers")
    return {
        "size": len(repository.store.objects),
        "forks_count": len(repository.forks),
        "forks": len(repository.forks),
        "open_issues_count": opened,
        "open_issues": opened,
        **dict.fromkeys(zeros, 0),
    }
