"""What a pull request would bring, and whether it could be merged now."""

from __future__ import annotations

from bot.sandbox.diffs import FileChange, compare
from bot.sandbox.git import Commit
from bot.sandbox.history import Merge, log, merge_base, merge_trees
from bot.sandbox.records import PullRequest


def base_tip(pull: PullRequest) -> str:
    """Where the base branch stands now; a merged or orphaned pull request keeps what it had."""
    repository = pull.base.repository
    tip = repository.tip(pull.base.ref) if repository and pull.state == "open" else None
    return tip or pull.base.sha


def commits(pull: PullRequest) -> list[Commit]:
    """The commits that the base does not have, oldest first."""
    store = pull.repository.store
    return list(log(store, pull.head.sha, without=base_tip(pull)))[::-1]


def changes(pull: PullRequest) -> tuple[FileChange, ...]:
    """The files that differ between the merge base and the head: the three-dot diff."""
    store = pull.repository.store
    base = merge_base(store, base_tip(pull), pull.head.sha)
    before = store.commit(base).tree if base else None
    return compare(store, before, store.commit(pull.head.sha).tree)


def trial(pull: PullRequest) -> Merge:
    """Merge the head into the base, on trial."""
    store = pull.repository.store
    ours, theirs = base_tip(pull), pull.head.sha
    base = merge_base(store, ours, theirs)
    before = store.commit(base).tree if base else None
    return merge_trees(store, before, store.commit(ours).tree, store.commit(theirs).tree)


def mergeable(pull: PullRequest) -> bool | None:
    """Whether it merges without a conflict; None once it is closed."""
    return None if pull.state == "closed" else not trial(pull).conflicts


def mergeable_state(pull: PullRequest) -> str:
    """GitHub's word for it: ``clean``, ``dirty``, ``draft``, ``unstable`` or ``unknown``."""
    if pull.state == "closed":
        return "unknown"
    if not mergeable(pull):
        return "dirty"
    if pull.draft:
        return "draft"
    runs = [run for run in pull.repository.check_runs.values() if run.head_sha == pull.head.sha]
    good = all(run.conclusion in ("success", "neutral", "skipped") for run in runs)
    return "clean" if good else "unstable"
