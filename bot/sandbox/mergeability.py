"""What a pull request would bring, and whether it could be merged now."""

from __future__ import annotations

from bot.sandbox.checks import PASSED
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


def unmet(pull: PullRequest) -> str | None:
    """What the base branch's protection still asks for, in GitHub's words; None where it is content."""
    wanted = pull.repository.protections.get(pull.base.ref)
    if wanted is None:
        return None
    runs = {run.name: run for run in pull.repository.check_runs.values() if run.head_sha == pull.head.sha}
    for name in wanted.checks:
        run = runs.get(name)
        if run is None or run.conclusion not in PASSED:
            what = "expected" if run is None or run.conclusion is None else "failing"
            return f'Required status check "{name}" is {what}.'
    if len(pull.approved_by) < wanted.approvals:
        count = wanted.approvals
        noun = "review is" if count == 1 else "reviews are"
        return f"At least {count} approving {noun} required by reviewers with write access."
    return None


def mergeable_state(pull: PullRequest) -> str:
    """GitHub's word for it: ``clean``, ``dirty``, ``draft``, ``blocked``, ``unstable`` or ``unknown``."""
    if pull.state == "closed":
        return "unknown"
    if not mergeable(pull):
        return "dirty"
    if pull.draft:
        return "draft"
    if unmet(pull):
        return "blocked"
    runs = [run for run in pull.repository.check_runs.values() if run.head_sha == pull.head.sha]
    return "clean" if all(run.conclusion in PASSED for run in runs) else "unstable"
