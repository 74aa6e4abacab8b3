"""Merging: pull requests by all three methods, and a fork's branch with its upstream."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.sandbox import mergeability
from bot.sandbox.actions import issues, pulls, refs
from bot.sandbox.errors import ApiError, conflict, unprocessable
from bot.sandbox.git import Commit
from bot.sandbox.history import is_ancestor, merge_base, merge_trees
from bot.sandbox.records import MergeMethod, PullRequest, Repository
from bot.sandbox.state import State

_CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the merge commit shall say; None leaves it to GitHub."""

    title: str | None = None
    message: str | None = None


def merge(
    state: State,
    pull: PullRequest,
    by: str,
    *,
    method: MergeMethod = "merge",
    expected: str | None = None,
    wording: Wording | None = None,
) -> str:
    """Merge a pull request.

    Returns:
        The sha that the base branch stands at afterwards.

    Raises:
        ApiError: 405, it cannot be merged; 409, its head is not ``expected``.
    """
    _check(pull)
    if expected and expected != pull.head.sha:
        raise conflict("Head branch was modified. Review and try the merge again.")
    texts = [pull.body or "", *(commit.message for commit in mergeability.commits(pull))]
    commit = _METHODS[method](state, pull, by, wording or Wording())
    pull.base.sha = mergeability.base_tip(pull)
    pulls.mark_merged(state, pull, by, commit)
    refs.update(state, pull.repository, f"heads/{pull.base.ref}", commit, by)
    _close_mentioned(state, pull, "\n".join(texts), by)
    head = pull.head.repository
    if pull.repository.delete_branch_on_merge and head is pull.repository:
        refs.delete(state, head, f"heads/{pull.head.ref}", by)
    return commit


def _check(pull: PullRequest) -> None:
    if pull.draft:
        raise ApiError(405, "Pull Request is still a draft")
    if pull.state != "open" or mergeability.trial(pull).conflicts:
        raise ApiError(405, "Pull Request is not mergeable")
    if missing := mergeability.unmet(pull):
        raise ApiError(405, missing)


def merge_waiting(state: State, repository: Repository) -> None:
    """Merge the pull requests with auto-merge for which the last thing that was missing has come."""
    for pull in repository.pulls():
        if pull.auto_merge_by and mergeability.mergeable_state(pull) in ("clean", "unstable"):
            merge(state, pull, pull.auto_merge_by, method=pull.auto_merge_method)


def _close_mentioned(state: State, pull: PullRequest, text: str, by: str) -> None:
    if pull.base.ref != pull.repository.default_branch:
        return
    for number in _CLOSING.findall(text):
        issue = pull.repository.issues.get(int(number))
        if issue and not isinstance(issue, PullRequest):
            issues.close(state, issue, by)


def _merge_commit(state: State, pull: PullRequest, by: str, wording: Wording) -> str:
    title = wording.title or f"Merge pull request #{pull.number} from {pull.head.owner}/{pull.head.ref}"
    message = pull.title if wording.message is None else wording.message
    parents = (mergeability.base_tip(pull), pull.head.sha)
    return _commit(state, pull, by, f"{title}\n\n{message}".rstrip(), parents)


def _squash(state: State, pull: PullRequest, by: str, wording: Wording) -> str:
    title = wording.title or f"{pull.title} (#{pull.number})"
    told = "\n\n".join(f"* {commit.message}" for commit in mergeability.commits(pull))
    message = told if wording.message is None else wording.message
    return _commit(state, pull, by, f"{title}\n\n{message}".rstrip(), (mergeability.base_tip(pull),))


def _commit(state: State, pull: PullRequest, by: str, message: str, parents: tuple[str, ...]) -> str:
    store = pull.repository.store
    tree = store.write_files(mergeability.trial(pull).files)
    people = (state.signature(by), state.web_flow())
    return store.write_commit(tree, parents, message, people, sign=True).sha


def _rebase(state: State, pull: PullRequest, by: str, wording: Wording) -> str:
    del wording  # a rebase keeps the messages
    store = pull.repository.store
    tip = mergeability.base_tip(pull)
    for commit in mergeability.commits(pull):
        if len(commit.parents) > 1:
            continue
        before = store.commit(commit.parents[0]).tree if commit.parents else None
        merged = merge_trees(store, before, store.commit(tip).tree, commit.tree)
        if merged.conflicts:
            raise ApiError(405, "This branch can't be rebased")
        people = (commit.author, state.signature(by))
        tip = store.write_commit(store.write_files(merged.files), (tip,), commit.message, people).sha
    return tip


_METHODS = {"merge": _merge_commit, "squash": _squash, "rebase": _rebase}


def merge_upstream(state: State, fork: Repository, branch: str, by: str) -> str:
    """Bring a fork's branch up to its upstream's: by fast-forward where that goes, else by a merge.

    Returns:
        ``none``, ``fast-forward`` or ``merge``.

    Raises:
        ApiError: 422, no fork or no such branch; 409, the two conflict.
    """
    parent = fork.parent
    upstream = parent.tip(branch) if parent else None
    tip = fork.tip(branch)
    if parent is None or upstream is None:
        raise unprocessable("There is no upstream branch to sync from")
    if tip is None:
        refs.create(state, fork, f"heads/{branch}", upstream, by)
        return "fast-forward"
    if is_ancestor(fork.store, upstream, tip):
        return "none"
    if is_ancestor(fork.store, tip, upstream):
        refs.update(state, fork, f"heads/{branch}", upstream, by)
        return "fast-forward"
    commit = _merged(
        state, fork, (tip, upstream), by, f"Merge branch '{parent.full_name}:{branch}' into {branch}"
    )
    refs.update(state, fork, f"heads/{branch}", commit.sha, by)
    return "merge"


def _merged(state: State, fork: Repository, tips: tuple[str, str], by: str, message: str) -> Commit:
    store = fork.store
    trees = [store.commit(tip).tree for tip in tips]
    base = merge_base(store, *tips)
    merged = merge_trees(store, store.commit(base).tree if base else None, *trees)
    if merged.conflicts:
        raise conflict("There are merge conflicts")
    people = (state.signature(by), state.web_flow())
    return store.write_commit(store.write_files(merged.files), tips, message, people, sign=True)
