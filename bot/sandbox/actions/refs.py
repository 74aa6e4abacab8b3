"""Refs, with git's fast-forward rule, and the push events that follow."""

from __future__ import annotations

import re

from bot.sandbox.actions import pulls, suites
from bot.sandbox.diffs import compare
from bot.sandbox.errors import ApiError, unprocessable
from bot.sandbox.git import Commit, Person
from bot.sandbox.history import is_ancestor, log
from bot.sandbox.records import Repository
from bot.sandbox.shapes.repositories import html_url
from bot.sandbox.state import Event, Json, State
from bot.sandbox.times import iso
from bot.sandbox.webhooks import pusher

NOTHING = "0" * 40
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$|^/|^\.")
_PUSH_LISTS = 2048  # a push event lists no more commits than this


def well_formed(name: str) -> bool:
    """Whether git takes the name; it is without ``refs/``."""
    return "/" in name and not _FORBIDDEN.search(name) and name != "heads/@"


def create(state: State, repository: Repository, name: str, sha: str, by: str) -> None:
    """Make a branch or a tag.

    Raises:
        ApiError: 422, the name is taken or bad, or there is no such object.
    """
    if not well_formed(name):
        raise unprocessable(f"refs/{name} is not a valid ref name.")
    _check_object(repository, name, sha)
    if name in repository.refs:
        raise unprocessable("Reference already exists")
    if any(other.startswith(f"{name}/") or name.startswith(f"{other}/") for other in repository.refs):
        raise unprocessable("Reference cannot be created")
    repository.refs[name] = sha
    _created_or_deleted(state, "create", repository, name, by)
    _pushed(state, repository, name, (NOTHING, sha), by)


def _check_object(repository: Repository, name: str, sha: str) -> None:
    kind = repository.store.kind(sha)
    if kind is None:
        raise unprocessable("Object does not exist")
    if name.startswith("heads/") and kind != "commit":
        raise unprocessable("Reference update failed: a branch must point to a commit")


def update(
    state: State, repository: Repository, name: str, sha: str, by: str, *, force: bool = False
) -> None:
    """Move a ref forward, or anywhere with ``force``.

    Raises:
        ApiError: 422, there is no such ref or object, or it is no fast-forward.
    """
    before = repository.refs.get(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    _check_object(repository, name, sha)
    commits = repository.store.kind(before) == repository.store.kind(sha) == "commit"
    forward = commits and is_ancestor(repository.store, before, sha)
    if not forward and not force:
        raise unprocessable("Update is not a fast forward")
    if before == sha:
        return
    repository.refs[name] = sha
    _pushed(state, repository, name, (before, sha), by, forced=not forward)
    if name.startswith("heads/"):
        pulls.branch_moved(state, repository, name.removeprefix("heads/"), by, before)


def delete(state: State, repository: Repository, name: str, by: str) -> None:
    """Delete a ref; the pull requests of a branch close.

    Raises:
        ApiError: 422, there is no such ref, or it is the default branch.
    """
    before = repository.refs.get(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    if name == f"heads/{repository.default_branch}":
        raise ApiError(422, "Cannot delete the default branch")
    if name.startswith("heads/"):
        pulls.branch_deleted(state, repository, name.removeprefix("heads/"), by)
    del repository.refs[name]
    _created_or_deleted(state, "delete", repository, name, by)
    _pushed(state, repository, name, (before, NOTHING), by)


def _created_or_deleted(state: State, event: str, repository: Repository, name: str, by: str) -> None:
    kind, _, short = name.partition("/")
    known = {"heads": "branch", "tags": "tag"}
    if kind not in known:
        return
    payload: Json = {"ref": short, "ref_type": known[kind], "pusher_type": "user"}
    if event == "create":
        payload |= {"master_branch": repository.default_branch, "description": repository.description}
    state.emit(Event(event, None, by, lambda: payload, repository))


def _pushed(
    state: State,
    repository: Repository,
    name: str,
    change: tuple[str, str],
    by: str,
    *,
    forced: bool = False,
) -> None:
    repository.pushed_at = repository.updated_at = state.now()
    before, after = change
    if name.startswith(("heads/", "tags/")):
        state.emit(
            Event(
                "push",
                None,
                by,
                lambda: (
                    _push_fields(state, repository, f"refs/{name}", (before, after), by) | {"forced": forced}
                ),
                repository,
            )
        )
    if name.startswith("heads/") and after != NOTHING:
        suites.request(state, repository, name.removeprefix("heads/"), (before, after), by)


def _push_fields(state: State, repository: Repository, ref: str, change: tuple[str, str], by: str) -> Json:
    before, after = change
    store = repository.store
    page = html_url(state, repository)
    commits: list[Json] = []
    head = None
    if after != NOTHING and store.kind(after) == "commit":
        head = _pushed_commit(state, repository, store.commit(after))
        if ref.startswith("refs/heads/"):
            known = before if before != NOTHING else repository.tip(repository.default_branch)
            new = list(log(store, after, without=known))
            commits = [_pushed_commit(state, repository, commit) for commit in new[:_PUSH_LISTS][::-1]]
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == NOTHING,
        "deleted": after == NOTHING,
        "base_ref": None,
        "compare": f"{page}/compare/{before[:12]}...{after[:12]}",
        "commits": commits,
        "head_commit": head,
        "pusher": pusher(state, by),
        "repository": {
            "created_at": int(repository.created_at.timestamp()),
            "pushed_at": int(repository.pushed_at.timestamp()),
            "stargazers": 0,
            "master_branch": repository.default_branch,
            "organization": repository.owner.login,
        },
    }


def _pushed_commit(state: State, repository: Repository, commit: Commit) -> Json:
    store = repository.store
    before = store.commit(commit.parents[0]).tree if commit.parents else None
    changed = compare(store, before, commit.tree)
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": iso(commit.committer.date),
        "url": f"{html_url(state, repository)}/commit/{commit.sha}",
        "author": _pushed_person(state, commit.author),
        "committer": _pushed_person(state, commit.committer),
        **{
            status: [change.path for change in changed if change.status == status]
            for status in ("added", "removed", "modified")
        },
    }


def _pushed_person(state: State, who: Person) -> Json:
    account = state.account_of_email(who.email)
    named = {"username": account.login} if account else {}
    return {"name": who.name, "email": who.email, "date": iso(who.date), **named}
