"""What there is to do: a site to reconcile, an installation to search, a comment to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.cases import Question
from bot.pace import Lane
from bot.sites import Sites
from bot.trail import NONE, Trail

ALL_INSTALLATIONS = 0
ALL_SITES = 0
LOOKS = 4
"""So many sites of one installation are looked at side by side."""
MOST_QUESTIONS = 500
"""Comments that wait to be answered; those beyond are found later, when unanswered ones are looked for."""
ANSWERS = Lane("answers", 16, MOST_QUESTIONS)
"""A command may wait for the look that is under way at its site; others' are seen meanwhile."""


@dataclass(frozen=True)
class Key:
    """What a job is about: a site to reconcile, or to look through for commands; an installation; a comment.

    An installation is searched for sites, a comment is answered. ``id`` is GitHub's numeric id, which
    outlives a rename; 0 means all installations, or all sites that are to be looked through.
    """

    kind: Literal["site", "commands", "installation", "comment"]
    id: int

    def lane(self, sites: Sites) -> Lane:
        """With which other work it waits: what hangs in one installation holds up no other."""
        if self.kind == "comment":
            return ANSWERS
        installation_id = self.id
        if self.kind != "installation":
            site = sites.get(self.id)
            installation_id = site.installation_id if site is not None else ALL_INSTALLATIONS
        return Lane(f"looks in installation {installation_id}", LOOKS)


@dataclass(frozen=True)
class Job:
    """What to look at: the repositories to read again (``None``: all of them), or a question.

    ``since`` is when the first event came that asked for it, in monotonic seconds; ``trail`` is what
    asked for it, for the log.
    """

    changed: frozenset[str] | None = frozenset()
    question: Question | None = None
    since: float | None = None
    trail: Trail = field(default=NONE, compare=False)

    def merged_with(self, later: Job) -> Job:
        """Both in one."""
        changed = None
        if self.changed is not None and later.changed is not None:
            changed = self.changed | later.changed
        since = self.since if self.since is not None else later.since
        return Job(changed, later.question or self.question, since, self.trail.merged_with(later.trail))

    def again(self) -> Job:
        """The job of a later look, which no event asked for; what failed to be read is read anyway."""
        return Job(question=self.question, trail=self.trail.later())


EVERYTHING = Job(changed=None)
