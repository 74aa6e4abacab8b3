"""Pull requests."""

from __future__ import annotations

from typing import cast

from bot.sandbox import mergeability
from bot.sandbox.actions import issues as issue_actions
from bot.sandbox.actions import merging
from bot.sandbox.actions import pulls as actions
from bot.sandbox.auth import can_push, can_see
from bot.sandbox.errors import custom, forbidden, invalid, not_found
from bot.sandbox.records import MergeMethod, PullRequest, Repository
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.git import commit as commit_shape
from bot.sandbox.shapes.git import diff_entry
from bot.sandbox.shapes.pulls import full_pull, simple_pull, team

routes = Routes()
_READ, _WRITE = "pull_requests=read", "pull_requests=write"
_PULLS = "/repos/{owner}/{repo}/pulls"
_PULL = f"{_PULLS}/{{pull_number}}"


def find(call: Call) -> PullRequest:
    """The pull request that the path names.

    Raises:
        ApiError: 404.
    """
    found = call.repository.issues.get(call.number("pull_number"))
    if not isinstance(found, PullRequest):
        raise not_found()
    return found


@routes.add("GET", _PULLS, _READ, docs="pulls/pulls#list-pull-requests")
def list_pulls(call: Call) -> Reply:
    """Pull requests, newest first; open ones unless asked otherwise. ``head`` is ``owner:branch``."""
    query = call.query
    state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base", "")
    if ":" not in head:
        head = ""  # GitHub ignores a head without its owner
    chosen = [
        pull
        for pull in call.repository.pulls()
        if state in ("all", pull.state)
        and base in ("", pull.base.ref)
        and head.lower() in ("", pull.head.label.lower())
    ]
    by_update = query.get("sort") == "updated"
    descending = (
        query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "desc"
    )
    chosen.sort(
        key=lambda pull: (pull.updated_at if by_update else pull.created_at, pull.number), reverse=descending
    )
    return call.page(chosen, lambda pull: simple_pull(call.state, pull))


@routes.add("GET", _PULL, _READ, docs="pulls/pulls#get-a-pull-request")
def get_pull(call: Call) -> Reply:
    """One pull request."""
    return Reply(200, full_pull(call.state, find(call)))


@routes.add("POST", _PULLS, _WRITE, docs="pulls/pulls#create-a-pull-request", open_to_users=True)
def create_pull(call: Call) -> Reply:
    """Propose a branch, of this repository or (``owner:branch``) of a fork."""
    body = call.body
    head, base, title = body.text("head"), body.text("base"), body.text("title")
    source, branch = _head(call, head)
    if source is not call.repository and call.identity.kind == "installation":
        seen = can_see(call.state, call.identity, source)
        if not seen:
            raise invalid("PullRequest", "head")
    elif source is call.repository and not _may_propose(call):
        raise forbidden("must be a collaborator")
    modifiable = call.body.flag("maintainer_can_modify", otherwise=True)
    if modifiable and source is not call.repository and not can_push(call.state, call.identity, source):
        raise custom(
            "PullRequest",
            "fork_collab Fork collab can't be granted by someone without permission",
            "fork_collab",
        )
    pull = actions.create(
        call.state,
        call.repository,
        actions.NewPull(
            source=source,
            branch=branch,
            base=base,
            title=title,
            body=body.maybe("body"),
            draft=body.flag("draft"),
            maintainer_can_modify=modifiable and source.owner.kind == "User",
        ),
        call.login,
    )
    shape = full_pull(call.state, pull)
    return Reply(201, shape, {"Location": shape["url"]})


def _may_propose(call: Call) -> bool:
    return call.identity.kind == "installation" or call.can_push()


def _head(call: Call, head: str) -> tuple[Repository, str]:
    owner, colon, branch = head.rpartition(":")
    if not colon:
        return call.repository, head
    name = call.body.maybe("head_repo")
    for repository in call.repository.network():
        if repository.owner.login.lower() == owner.lower() and name in (
            None,
            repository.name,
            repository.full_name,
        ):
            return repository, branch
    raise invalid("PullRequest", "head")


@routes.add("PATCH", _PULL, _WRITE, docs="pulls/pulls#update-a-pull-request")
def update_pull(call: Call) -> Reply:
    """Change a pull request's words or base, close it, or open it again."""
    pull, body = find(call), call.body
    state = body.choice("state", "open", "closed")
    title = body.text("title") if "title" in body else None
    text = (body.maybe("body") or "") if "body" in body else None
    issue_actions.edit(call.state, pull, call.login, title=title, body=text)
    if base := body.maybe("base"):
        actions.retarget(call.state, pull, base, call.login)
    if "maintainer_can_modify" in body:
        pull.maintainer_can_modify = (
            body.flag("maintainer_can_modify") and pull.head.repository is not pull.repository
        )
    if state == "closed":
        actions.close(call.state, pull, call.login)
    elif state == "open":
        actions.reopen(call.state, pull, call.login)
    return Reply(200, full_pull(call.state, pull))


@routes.add("GET", f"{_PULL}/merge", _READ, docs="pulls/pulls#check-if-a-pull-request-has-been-merged")
def get_merged(call: Call) -> Reply:
    """204 where it was merged."""
    return Reply(204) if find(call).merged else Reply(404, b"")


@routes.add("PUT", f"{_PULL}/merge", "contents=write", docs="pulls/pulls#merge-a-pull-request")
def merge(call: Call) -> Reply:
    """Merge."""
    pull, body = find(call), call.body
    if not can_push(call.state, call.identity, call.repository):
        raise forbidden()
    method = body.choice("merge_method", "merge", "squash", "rebase") or "merge"
    sha = merging.merge(
        call.state,
        pull,
        call.login,
        method=cast("MergeMethod", method),
        expected=body.maybe("sha"),
        wording=merging.Wording(body.maybe("commit_title"), body.maybe("commit_message")),
    )
    return Reply(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@routes.add("GET", f"{_PULL}/commits", _READ, docs="pulls/pulls#list-commits-on-a-pull-request")
def list_commits(call: Call) -> Reply:
    """What it would bring, oldest first."""
    commits = mergeability.commits(find(call))
    return call.page(commits, lambda commit: commit_shape(call.state, call.repository, commit))


@routes.add("GET", f"{_PULL}/files", _READ, docs="pulls/pulls#list-pull-requests-files")
def list_files(call: Call) -> Reply:
    """The files that it changes."""
    pull = find(call)
    changes = mergeability.changes(pull)
    return call.page(changes, lambda change: diff_entry(call.state, call.repository, change, pull.head.sha))


@routes.add(
    "GET",
    f"{_PULL}/requested_reviewers",
    _READ,
    docs="pulls/review-requests#get-all-requested-reviewers-for-a-pull-request",
)
def list_reviewers(call: Call) -> Reply:
    """Who was asked for a review."""
    pull = find(call)
    return Reply(
        200,
        {
            "users": [user(call.state, login) for login in pull.requested_reviewers],
            "teams": [team(call.state, pull, slug) for slug in pull.requested_teams],
        },
    )


@routes.add(
    "POST",
    f"{_PULL}/requested_reviewers",
    _WRITE,
    docs="pulls/review-requests#request-reviewers-for-a-pull-request",
)
def request_reviewers(call: Call) -> Reply:
    """Ask for a review."""
    pull = find(call)
    users, teams = call.body.texts("reviewers"), call.body.texts("team_reviewers")
    actions.request_reviews(call.state, pull, users, teams, call.login)
    return Reply(201, simple_pull(call.state, pull))


@routes.add(
    "DELETE",
    f"{_PULL}/requested_reviewers",
    _WRITE,
    docs="pulls/review-requests#remove-requested-reviewers-from-a-pull-request",
)
def remove_reviewers(call: Call) -> Reply:
    """Ask no longer."""
    pull = find(call)
    users, teams = call.body.texts("reviewers"), call.body.texts("team_reviewers")
    pull.requested_reviewers = [login for login in pull.requested_reviewers if login not in users]
    pull.requested_teams = [slug for slug in pull.requested_teams if slug not in teams]
    return Reply(200, simple_pull(call.state, pull))
