"""Commits, comparisons and tags."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from bot.sandbox.actions.releases import tags
from bot.sandbox.diffs import compare
from bot.sandbox.errors import ApiError, not_found, unprocessable
from bot.sandbox.git import Commit
from bot.sandbox.history import log, merge_base
from bot.sandbox.records import Repository
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes import git as shapes
from bot.sandbox.shapes.releases import tag as tag_shape
from bot.sandbox.shapes.repositories import api_url, html_url
from bot.sandbox.state import Json
from bot.sandbox.times import parse

routes = Routes()
_COMPARED_FILES = 300


def find_commit(repository: Repository, ref: str) -> Commit:
    """The commit of a branch, a tag, a ref or a sha (of seven digits or more).

    Raises:
        ApiError: 404 or 422.
    """
    short = ref.removeprefix("refs/")
    named = (f"heads/{short}", f"tags/{short}", short)
    sha = next((repository.refs[name] for name in named if name in repository.refs), None)
    if ref == "HEAD":
        sha = repository.tip(repository.default_branch)
    if sha is None and 7 <= len(ref) <= 40:  # noqa: PLR2004 - the lengths of a sha
        found = [
            known
            for known, (kind, _) in repository.store.objects.items()
            if kind == "commit" and known.startswith(ref)
        ]
        sha = found[0] if len(found) == 1 else None
    if sha is None or repository.store.kind(sha) != "commit":
        raise unprocessable(f"No commit found for SHA: {ref}")
    return repository.store.commit(sha)


@routes.add("GET", "/repos/{owner}/{repo}/commits", "contents=read", docs="commits/commits#list-commits")
def list_commits(call: Call) -> Reply:
    """Commits reachable from ``sha``, newest first; only those that touch ``path`` if given."""
    repository = call.repository
    if not any(name.startswith("heads/") for name in repository.refs):
        raise ApiError(409, "Git Repository is empty.")
    start = call.query.get("sha") or repository.default_branch
    try:
        commits = list(log(repository.store, find_commit(repository, start).sha))
    except ApiError:
        raise not_found() from None
    path, author = call.query.get("path"), call.query.get("author")
    since, until = _moment(call, "since"), _moment(call, "until")
    chosen = [
        commit
        for commit in commits
        if (not path or _touches(repository, commit, path.strip("/")))
        and (not since or commit.committer.date >= since)
        and (not until or commit.committer.date <= until)
        and (not author or _by(call, commit, author))
    ]
    return call.page(chosen, lambda commit: shapes.commit(call.state, repository, commit))


def _moment(call: Call, name: str) -> datetime | None:
    try:
        return parse(call.query[name].replace(" ", "+")) if call.query.get(name) else None
    except ValueError:
        raise ApiError(400, f"Invalid value for '{name}'") from None


def _by(call: Call, commit: Commit, author: str) -> bool:
    account = call.state.account_of_email(commit.author.email)
    return author.lower() in {commit.author.email.lower(), account.login.lower() if account else ""}


def _touches(repository: Repository, commit: Commit, path: str) -> bool:
    store = repository.store
    here = store.find(commit.tree, path)
    before = [store.find(store.commit(parent).tree, path) for parent in commit.parents]
    return all(other != here for other in before) if before else here is not None


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/commits/{ref*}/pulls",
    "pull_requests=read",
    docs="commits/commits#list-pull-requests-associated-with-a-commit",
)
def list_pulls(call: Call) -> Reply:
    """The pull requests that a commit came by."""
    from bot.sandbox.mergeability import commits  # noqa: PLC0415 - shapes of pulls are needed only here
    from bot.sandbox.shapes.pulls import simple_pull  # noqa: PLC0415 - the same

    sha = find_commit(call.repository, call.params["ref"]).sha
    found = [
        pull
        for pull in call.repository.pulls()
        if pull.merge_commit == sha or any(commit.sha == sha for commit in commits(pull))
    ]
    return call.page(found, lambda pull: simple_pull(call.state, pull))


@routes.add(
    "GET", "/repos/{owner}/{repo}/commits/{ref*}", "contents=read", docs="commits/commits#get-a-commit"
)
def get_commit(call: Call) -> Reply:
    """One commit with its files, or with the media type ``sha`` its name alone."""
    commit = find_commit(call.repository, call.params["ref"])
    if call.accepts("sha"):
        return Reply(200, commit.sha.encode(), {"Content-Type": "application/vnd.github.sha; charset=utf-8"})
    return Reply(200, shapes.full_commit(call.state, call.repository, commit))


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/compare/{basehead*}",
    "contents=read",
    docs="commits/commits#compare-two-commits",
)
def compare_commits(call: Call) -> Reply:
    """What ``head`` has that ``base`` has not; each may be ``owner:branch`` of the same network."""
    one, dots, other = call.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    base, head = _side(call, one), _side(call, other)
    store = call.repository.store
    common = merge_base(store, base.sha, head.sha)
    if common is None:
        raise not_found(f"No common ancestor between {one} and {other}.")
    ahead = list(log(store, head.sha, without=base.sha))[::-1]
    behind = sum(1 for _ in log(store, base.sha, without=head.sha))
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    changes = compare(store, store.commit(common).tree, store.commit(head.sha).tree)
    page = call.page(ahead, lambda commit: shapes.commit(call.state, call.repository, commit))
    body: Json = {
        **_compare_links(call, base, head),
        "base_commit": shapes.commit(call.state, call.repository, base),
        "merge_base_commit": shapes.commit(call.state, call.repository, store.commit(common)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": page.body,
        "files": [
            shapes.diff_entry(call.state, call.repository, change, head.sha)
            for change in changes[:_COMPARED_FILES]
        ],
    }
    return Reply(200, body, page.headers)


def _side(call: Call, name: str) -> Commit:
    owner, colon, ref = name.rpartition(":")
    repository = call.repository
    if colon:
        near = (one for one in repository.network() if one.owner.login.lower() == owner.lower())
        repository = next(near, repository)
    try:
        return find_commit(repository, ref)
    except ApiError:
        raise not_found() from None


def _compare_links(call: Call, base: Commit, head: Commit) -> Json:
    page = f"{html_url(call.state, call.repository)}/compare"
    named = quote(call.params["basehead"], safe=":.")
    return {
        "url": f"{api_url(call.state, call.repository)}/compare/{named}",
        "html_url": f"{page}/{named}",
        "permalink_url": f"{page}/{base.sha}...{head.sha}",
        "diff_url": f"{page}/{named}.diff",
        "patch_url": f"{page}/{named}.patch",
    }


@routes.add("GET", "/repos/{owner}/{repo}/tags", "contents=read", docs="repos/repos#list-repository-tags")
def list_tags(call: Call) -> Reply:
    """All tags."""
    return call.page(tags(call.repository), lambda tag: tag_shape(call.state, call.repository, *tag))
