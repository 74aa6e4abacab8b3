"""What there is to do: a site to reconcile, an installation to search, a comment to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.cases import Question

ALL_INSTALLATIONS = 0
ALL_SITES = 0


@dataclass(frozen=True)
class Key:
    """What a job is about: a site to reconcile, or to look through for commands; an installation; a comment.

    An installation is searched for sites, a comment is answered. ``id`` is GitHub's numeric id, which
    outlives a rename; 0 means all installations, or all sites that are to be looked through.
    """

    kind: Literal["site", "commands", "installation", "comment"]
    id: int


@dataclass(frozen=True)
class Job:
    """What to look at: the repositories to read again (``None``: all of them), or a question.

    ``since`` is when the first event came that asked for it, in monotonic seconds.
    """

    changed: frozenset[str] | None = frozenset()
    question: Question | None = None
    since: float | None = None

    def merged_with(self, later: Job) -> Job:
        """Both in one."""
        changed = None
        if self.changed is not None and later.changed is not None:
            changed = self.changed | later.changed
        since = self.since if self.since is not None else later.since
        return Job(changed, later.question or self.question, since)

    def again(self) -> Job:
        """The job of a later look, which no event asked for; what failed to be read is read anyway."""
        return Job(question=self.question)


EVERYTHING = Job(changed=None)
