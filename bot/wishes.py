"""What a site wishes for its proposals beside their words: labels, reviewers and auto-merge."""

from __future__ import annotations

import structlog

from bot.github.model import Wish
from bot.github.pulls import Proposer, PullRef
from bot.site import Propose

log = structlog.get_logger(__name__)


def wishes_of(propose: Propose) -> frozenset[Wish]:
    """What a site wishes at all."""
    wished: dict[Wish, object] = {
        "labels": propose.labels,
        "reviewers": propose.reviewers,
        "automerge": propose.automerge,
    }
    return frozenset(wish for wish, value in wished.items() if value)


async def grant(proposer: Proposer, pull: PullRef, propose: Propose, wishes: frozenset[Wish]) -> None:
    """Grant some of the wishes. What GitHub refuses must not keep the proposal from standing.

    Raises ``GitHubError`` where it does not answer: then the proposal's marker tells the next look that
    something may be missing.
    """
    refusals: dict[Wish, str | None] = {}
    if "labels" in wishes:
        refusals["labels"] = await proposer.label(pull.number, propose.labels)
    if "reviewers" in wishes:
        refusals["reviewers"] = await proposer.request_review(pull.number, propose.reviewers)
    if "automerge" in wishes:
        refusals["automerge"] = await proposer.enable_automerge(pull)
    for wish, why in refusals.items():
        if why is not None:
            log.warning("not granted", wish=wish, pull=pull.url, why=why)
