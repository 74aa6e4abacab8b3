"""What each line of a run's log says of it: of which site it is, for whom, and why only now."""

from __future__ import annotations

from bot.actions import LeaveAlone
from bot.github.model import SiteRef
from bot.jobs import Job, Key
from bot.reconcile import Outcome
from bot.trail import LATER

OF_A_SITE = ("site", "checks")


def told_of(
    key: Key, job: Job, attempt: int, site: SiteRef | None, before: Outcome | None
) -> dict[str, object]:
    """The fields; ``site`` and the outcome ``before`` are those of the key's id, if it is a site's."""
    about: dict[str, object] = {"attempt": attempt} if attempt > 1 else {}
    if site is not None and key.kind in OF_A_SITE:
        about["site"] = site.full_name
        about |= _held_back(job, before) if key.kind == "site" else {}
    if job.question is not None:
        question = job.question
        asked_in = f"{question.full_name}#{question.issue_number}"
        about |= {"cause": "command", "asked_in": asked_in, "comment": question.comment_id}
        about["by"] = question.author
    return about


def _held_back(job: Job, before: Outcome | None) -> dict[str, object]:
    """Until when the look before held something back, for which this one is."""
    action = before.action if before is not None and LATER in job.trail.causes else None
    until = action.until if isinstance(action, LeaveAlone) else None
    return {"held_back_until": until.isoformat()} if until is not None else {}
