"""What can be done about a site: exactly one of these is planned, and then applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.github.model import Pull, Report, Wish
from bot.status.faults import Fault


@dataclass(frozen=True)
class Nothing:
    """The page is right as it stands."""


@dataclass(frozen=True)
class OpenPull:
    """Propose.

    ``commit`` is false where the bot's branch holds the text already. ``afresh`` is true where the
    branch is left over from a proposal that was merged: its commits have nothing to do in another.
    """

    commit: bool
    afresh: bool = False


@dataclass(frozen=True)
class UpdatePull:
    """Bring the open proposal up to date. ``commit`` is false where only its words change.

    ``grant`` are the wishes that are still to be granted.
    """

    pull: Pull
    commit: bool
    grant: frozenset[Wish] = frozenset()


@dataclass(frozen=True)
class ClosePull:
    """Nothing is left to propose: close with a word and delete the branch.

    One that a person closed before is only marked, so that nothing of it comes back.
    """

    pull: Pull


@dataclass(frozen=True)
class LeaveAlone:
    """Do nothing, for a reason. ``until`` is when to look again without being told.

    ``person_on`` is the pull request on which it is to be said, once, that a person's commits
    keep the bot off.
    """

    reason: str
    until: datetime | None = None
    person_on: Pull | None = None


@dataclass(frozen=True)
class ReportFault:
    """Say where the site's people see it what is wrong; without faults: that they are mended.

    ``report`` is the bot's open issue about faults, to be edited or closed rather than doubled.
    """

    faults: tuple[Fault, ...]
    report: Report | None = None


Action = Nothing | OpenPull | UpdatePull | ClosePull | LeaveAlone | ReportFault


def reason_of(action: Action) -> str:
    """Why this is done, in a few words for the log."""
    match action:
        case Nothing():
            return "what stands is right"
        case OpenPull(commit=commit):
            return "nothing is proposed yet" if commit else "the branch is there, but no proposal"
        case UpdatePull(commit=commit):
            return "the page differs from what is proposed" if commit else "only the proposal's words are old"
        case ClosePull():
            return "nothing is left to propose"
        case LeaveAlone(reason=reason):
            return reason
        case ReportFault(faults=faults):
            return "a person has to mend something" if faults else "what was reported is mended"
