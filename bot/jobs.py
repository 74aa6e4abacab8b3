"""What there is to do: a site to reconcile or its pull requests to check, an installation, a comment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.cases import Question
from bot.checker import ChecksWanted
from bot.pace import Lane
from bot.sites import Sites
from bot.trail import NONE, Trail

ALL_INSTALLATIONS = 0
ALL_SITES = 0
ELSEWHERE = -1
"""All repositories that the bot reaches and that have nothing to do with a site yet."""
LOOKS = 4
"""So many sites of one installation are looked at side by side."""
CHECKS = 2
"""So many sites of one installation have pull requests checked side by side, whatever else goes on."""
MOST_QUESTIONS = 500
"""Comments that wait to be answered; those beyond are found later, when unanswered ones are looked for."""
ANSWERS = Lane("answers", 16, MOST_QUESTIONS)
"""A command may wait for the look that is under way at its site; others' are seen meanwhile."""


@dataclass(frozen=True)
class Key:
    """What a job is about: a site, an installation, or a comment.

    A site is reconciled, looked through for commands, or has its pull requests checked. An installation
    is searched for sites, a comment is answered. ``id`` is GitHub's numeric id, which outlives a rename;
    0 means all installations, or all sites that are to be looked through for commands; -1 everything else
    that is.
    """

    kind: Literal["site", "commands", "checks", "installation", "comment"]
    id: int

    def lane(self, sites: Sites) -> Lane:
        """With which other work it waits: what hangs in one installation holds up no other."""
        if self.kind == "comment":
            return ANSWERS
        installation_id = self.id
        if self.kind != "installation":
            site = sites.get(self.id)
            installation_id = site.installation_id if site is not None else ALL_INSTALLATIONS
        if self.kind == "checks":
            return Lane(f"checks in installation {installation_id}", CHECKS)
        return Lane(f"looks in installation {installation_id}", LOOKS)


NO_CHECKS = ChecksWanted()


@dataclass(frozen=True)
class Job:
    """What to look at: the repositories to read again (``None``: all of them), a question, or pull requests.

    ``since`` is when the first event came that asked for it, in monotonic seconds; ``trail`` is what
    asked for it, for the log.
    """

    changed: frozenset[str] | None = frozenset()
    question: Question | None = None
    since: float | None = None
    trail: Trail = field(default=NONE, compare=False)
    checks: ChecksWanted = NO_CHECKS

    def merged_with(self, later: Job) -> Job:
        """Both in one."""
        changed = None
        if self.changed is not None and later.changed is not None:
            changed = self.changed | later.changed
        since = self.since if self.since is not None else later.since
        return Job(
            changed,
            later.question or self.question,
            since,
            self.trail.merged_with(later.trail),
            self.checks.merged_with(later.checks),
        )

    def again(self) -> Job:
        """The job of a later look, which no event asked for; what failed to be read is read anyway."""
        return Job(question=self.question, trail=self.trail.later(), checks=self.checks)


EVERYTHING = Job(changed=None)
