"""How a site's proposal stands after a look, as the pages say it. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import ClosePull, LeaveAlone, OpenPull
from bot.github.model import Pull
from bot.reconcile import Outcome
from bot.web.views import ProposalView

NONE = ProposalView("none", "None", "")


def proposal_state(outcome: Outcome) -> ProposalView:
    """It is open, waits, is left to a person, or there is nothing to propose."""
    action, state = outcome.action, outcome.observation.state
    if isinstance(action, OpenPull):
        url = outcome.applied.pull_url or ""
        opened = ProposalView("open", "Open", "It says all that the page should say.")
        return replace(opened, number=url.rpartition("/")[2], url=url, since_word="opened", since=outcome.at)
    if isinstance(action, ClosePull):
        nothing = replace(NONE, words="Nothing is left to propose, so the last one was closed.")
        return replace(_over(nothing, action.pull), since=outcome.at)
    if state.open_pull is not None:
        return _open(action if isinstance(action, LeaveAlone) else None, state.open_pull)
    return _without(action if isinstance(action, LeaveAlone) else None, state.last_pull)


def _open(left: LeaveAlone | None, pull: Pull) -> ProposalView:
    view = ProposalView("open", "Draft" if pull.draft else "Open", "It says all that the page should say.")
    if left is not None and left.until is not None:
        view = ProposalView("open", view.badge, "Newer issue counts will be added", until=left.until)
    elif left is not None and left.person_on is not None:
        words = (
            "A person pushed to its branch, so the bot keeps off until somebody comments `/status recreate`."
        )
        view = ProposalView("alone", "Hands off", words)
    elif left is not None:
        view = ProposalView("alone", "Left alone", f"It stays as it is: {left.reason}.")
    return replace(view, number=str(pull.number), url=pull.url, since_word="opened", since=pull.opened_at)


def _without(left: LeaveAlone | None, last: Pull | None) -> ProposalView:
    """Nothing is proposed now, for a reason or because there is nothing."""
    if left is not None and left.until is not None:
        words = "Nothing but issue counts changed, which will be proposed"
        return _over(ProposalView("waiting", "Waiting", words, until=left.until), last)
    if left is not None:
        declined = last is not None and not last.merged and left.person_on is None
        badge = "Declined" if declined and "closed this proposal" in left.reason else "Held back"
        return _over(ProposalView("alone", badge, f"Nothing is proposed: {left.reason}."), last)
    return _over(replace(NONE, words="The page is right as it stands."), last)


def _over(view: ProposalView, last: Pull | None) -> ProposalView:
    """With the last proposal, which is over."""
    if last is None:
        return view
    word = "merged" if last.merged else "closed"
    return replace(view, number=str(last.number), url=last.url, since_word=word, since=last.closed_at)
