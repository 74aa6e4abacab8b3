"""Which commit of the bot's carries what people wished for by commands, until it is merged. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.marker import read_marker
from bot.status.datafile import read_source
from bot.status.faults import FileFaultError
from bot.status.holds import Hold, holds_between

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.github.model import Pull, SiteState, Tip


def owns_branch(state: SiteState, slug: str) -> bool:
    """Whether the branch's tip is the bot's own commit, by its author or by what the proposal says."""
    if state.branch is None or state.branch.is_by(slug):
        return True
    markers = [read_marker(pull.body) for pull in (state.open_pull, state.last_pull) if pull is not None]
    return any(marker is not None and marker.commit == state.branch.sha for marker in markers)


def is_left_over(branch: Tip | None, last: Pull | None) -> bool:
    """Whether the branch is that of the last proposal, which was merged just as it is."""
    return branch is not None and last is not None and last.merged and last.head_sha == branch.sha


def carrying_commit(state: SiteState, slug: str) -> str | None:
    """The id of the bot's last commit, where it stands in a proposal, or did in one that was not merged.

    Declining a proposal, or deleting its branch, takes no hold back: the next proposal carries it on.
    """
    branch, pull = state.branch, state.open_pull
    if pull is None and is_left_over(branch, state.last_pull):
        return None
    if branch is not None and owns_branch(state, slug):
        return branch.sha
    pull = pull or state.last_pull
    marker = read_marker(pull.body) if pull is not None and not pull.merged else None
    return marker.commit if marker is not None and not marker.withdrawn else None


def holds_in(before: str, after: str, path: str, hosts: Collection[str]) -> tuple[Hold, ...]:
    """The holds that a commit brings, by a source's texts before it and in it; none where one is broken."""
    if before == after:
        return ()
    try:
        return holds_between(read_source(before, path, hosts), read_source(after, path, hosts))
    except FileFaultError:
        return ()
