"""Decide what to do about a site: what stands and what should stand, to one action. Pure.

A dry run is to stop after this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from bot.actions import Action, ClosePull, LeaveAlone, Nothing, OpenPull, ReportFault, UpdatePull
from bot.carried import is_left_over
from bot.github.model import Pull, Report, Stray, Tip, Wish
from bot.marker import Marker
from bot.status.faults import Fault

COUNTS_EVERY = {
    "immediately": timedelta(0),
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}
"""How long proposals in which nothing but counts changed are held back (``propose.counts``)."""


MEND_FIRST = "a person has to mend a fault first"


class Asked(Enum):
    """What a person asked for by a command, beyond what the bot does by itself."""

    NOTHING = "nothing"
    REFRESH = "refresh"
    """Propose now, whatever was declined and however lately counts went out."""
    RECREATE = "recreate"
    """The same, and take the branch over again from whoever pushed to it."""
    HOLD = "hold"
    """Propose now that a row be on hold, or off it."""


@dataclass(frozen=True)
class Present:
    """What stands on the site.

    ``base_output`` and ``branch_output`` are the output's texts there, ``None`` where there is no
    such file, ``branch_source`` the source's where it is to change. ``ours`` tells whether the branch's
    tip is the bot's own commit. ``declined`` is the
    substance of a proposal that a person closed without merging. ``counts_since`` is when counts
    were last proposed. ``report`` is the bot's open issue about faults, and ``reported`` the
    digests of all the faults that it has ever reported in one. ``asked`` is what a person asked for
    just now. ``moved`` is the proposal where a person gave it another base, ``carrier`` a declined one
    whose holds would come back with the next. ``missing`` are the wishes for the proposal that stands
    which a crash, or GitHub's trouble, has left without an answer. ``strays`` are those to other bases,
    or from other forks.
    """

    base_output: str | None = None
    branch: Tip | None = None
    branch_output: str | None = None
    branch_source: str | None = None
    ours: bool = True
    pull: Pull | None = None
    marker: Marker | None = None
    last_pull: Pull | None = None
    declined: str | None = None
    counts_since: datetime | None = None
    report: Report | None = None
    reported: frozenset[str] = frozenset()
    archived: bool = False
    asked: Asked = Asked.NOTHING
    moved: Pull | None = None
    carrier: Pull | None = None
    strays: tuple[Stray, ...] = ()
    missing: frozenset[Wish] = frozenset()


@dataclass(frozen=True)
class Desired:
    """What should stand: the output's text, and what is to be said beside it.

    ``text`` is ``None`` where a fault is in the way, ``source`` where the source stays as it
    is. ``substance`` is the digest of everything but counts, ``remarks`` that of what the proposal says
    beside its changes. The two flags tell whether it differs in nothing but counts from the base and
    from the bot's branch.
    """

    text: str | None
    source: str | None = None
    substance: str = ""
    remarks: str = ""
    faults: tuple[Fault, ...] = ()
    faults_digest: str = ""
    only_counts_since_base: bool = False
    only_counts_since_branch: bool = False

    def stands_on_base(self, present: Present) -> bool:
        """Whether there is nothing to propose."""
        return self.text == present.base_output and self.source is None

    def stands_on_branch(self, present: Present) -> bool:
        """Whether the bot's branch holds it all."""
        return self.text == present.branch_output and self.source in (None, present.branch_source)


def plan(present: Present, desired: Desired, *, now: datetime, counts_every: timedelta) -> Action:
    """The one action that brings what stands to what should stand."""
    if present.archived:
        return LeaveAlone("the site is archived")
    if desired.text is None:
        return _report(present, desired) or LeaveAlone(MEND_FIRST)
    if present.asked is not Asked.NOTHING:
        present = replace(present, declined=None, counts_since=None)
    action = _propose(present, desired, now, counts_every)
    if isinstance(action, Nothing | LeaveAlone) and not _says_its_faults(present, desired):
        return _report(present, desired) or action
    if present.report is not None and not desired.faults:
        return ReportFault((), present.report)
    return action


def obsolete(present: Present, desired: Desired) -> tuple[Stray, ...]:
    """The proposals to close beside that action: a site has one, to its present base."""
    return present.strays if desired.text is not None and not present.archived else ()


def _report(present: Present, desired: Desired) -> ReportFault | None:
    """Report what has not been reported before; a report that a person closed is not repeated."""
    if desired.faults and desired.faults_digest not in present.reported:
        return ReportFault(desired.faults, present.report)
    if present.report is not None and not desired.faults:
        return ReportFault((), present.report)
    return None


def _says_its_faults(present: Present, desired: Desired) -> bool:
    return (
        present.pull is not None and present.marker is not None and present.marker.remarks == desired.remarks
    )


def _propose(present: Present, desired: Desired, now: datetime, counts_every: timedelta) -> Action:
    if present.pull is not None:
        return _keep_up(present, present.pull, desired, now, counts_every)
    if desired.stands_on_base(present):
        return ClosePull(present.carrier) if present.carrier is not None else Nothing()
    afresh = is_left_over(present.branch, present.last_pull)
    commit = afresh or not present.ours or not desired.stands_on_branch(present)
    return _kept_back(present, desired, now, counts_every) or OpenPull(commit, afresh)


def _kept_back(
    present: Present, desired: Desired, now: datetime, counts_every: timedelta
) -> LeaveAlone | None:
    """Why nothing is proposed where no proposal stands, if there is a reason."""
    if present.moved is not None:
        return LeaveAlone("a person gave the proposal another base branch")
    if present.declined is not None and present.declined == desired.substance:
        return LeaveAlone("a person closed this proposal; waiting for a release or a column to change")
    theirs = not present.ours and not is_left_over(present.branch, present.last_pull)
    if present.branch is not None and theirs and present.asked is not Asked.RECREATE:
        return LeaveAlone(f"{present.branch.name} holds a person's commits", person_on=present.last_pull)
    held_until = _held_until(present, now, counts_every) if desired.only_counts_since_base else None
    if held_until is not None:
        return LeaveAlone("nothing but issue counts changed", until=held_until)
    return None


def _keep_up(
    present: Present, pull: Pull, desired: Desired, now: datetime, counts_every: timedelta
) -> Action:
    """What to do about the proposal that stands."""
    if not present.ours:
        return _beside_a_person(present, pull, desired)
    if desired.stands_on_base(present):
        return ClosePull(pull)
    same_remarks = present.marker is not None and present.marker.remarks == desired.remarks
    if desired.stands_on_branch(present) and not pull.conflicting:
        if same_remarks and _is_complete(present):
            return Nothing()
        return UpdatePull(pull, commit=False, grant=present.missing)
    if desired.only_counts_since_branch and same_remarks and not pull.conflicting and not present.missing:
        held_until = _held_until(present, now, counts_every)
        if held_until is not None:
            return LeaveAlone("nothing but issue counts changed", until=held_until)
    return UpdatePull(pull, commit=True, grant=present.missing)


def _beside_a_person(present: Present, pull: Pull, desired: Desired) -> Action:
    """What to do about a proposal whose branch somebody else pushed to: nothing, unless a person says so.

    Even then nothing is deleted: the commit goes on top of theirs. Where none is to be made, the
    proposal is a person's to close.
    """
    if present.asked is not Asked.RECREATE:
        return LeaveAlone("a person pushed to the proposal's branch", person_on=pull)
    if desired.stands_on_base(present):
        return LeaveAlone("nothing is left to propose, and the branch holds a person's commits")
    return UpdatePull(pull, commit=True)


def _is_complete(present: Present) -> bool:
    """Whether the body speaks of the commit that stands, and all else was done: a crash may have come."""
    return (
        not present.missing
        and present.marker is not None
        and not present.marker.withdrawn
        and present.branch is not None
        and present.marker.commit == present.branch.sha
    )


def _held_until(present: Present, now: datetime, counts_every: timedelta) -> datetime | None:
    if present.counts_since is None:
        return None
    due = present.counts_since + counts_every
    return due if due > now else None
