"""The words with which commands are answered: rows shown and explained, diffs, deeds and refusals. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from markupsafe import Markup

from bot.actions import ClosePull, LeaveAlone, ReportFault
from bot.commands import Command, Request
from bot.markdown import fenced
from bot.names import Found
from bot.notices import located, own_pull
from bot.plan import MEND_FIRST, Asked
from bot.reconcile import Outcome, Sight
from bot.render import render
from bot.standing import diff_of, explanations_of, lines_of
from bot.status.faults import Fault
from bot.status.holds import Hold
from bot.status.rows import Row

REPLY_ROOM = 65_536 - 1_024
"""What one comment holds, without its marker."""
MOST_FAULTS = 10
MOST_NAMES = 50
LONGEST_DIFF_LINE = 500


# -- what is shown ----------------------------------------------------------------------------


def show(sight: Sight, rows: Sequence[Row] | None, room: int) -> str:
    """Some rows of the page, or all of them, as they stand and as they would be."""
    if sight.wish.page is None:
        return broken(sight)
    lines = [line for line, row in lines_of(sight) if rows is None or row in rows]
    return _fitted(
        lambda most: render(
            "comments/show.md.j2",
            lines=lines[:most],
            more=len(lines) - most,
            whole=rows is None,
            **_proposal(sight, differs=not all(line.same for line in lines)),
        ),
        len(lines),
        room,
    )


def explain(sight: Sight, rows: Sequence[Row], room: int) -> str:
    """Every value of some rows with its reason."""
    if sight.wish.page is None:
        return broken(sight)
    explained = explanations_of(sight, rows)
    return _fitted(
        lambda most: render(
            "comments/explain.md.j2",
            rows=explained[:most],
            more=len(explained) - most,
            source=sight.seen.config.source,
        ),
        len(explained),
        room,
    )


def preview(sight: Sight, room: int) -> str:
    """The diff that would be proposed now."""
    if sight.wish.page is None:
        return broken(sight)
    lines = [
        line if len(line) <= LONGEST_DIFF_LINE else line[: LONGEST_DIFF_LINE - 1] + "…"
        for line in diff_of(sight)
    ]
    return _fitted(
        lambda most: render(
            "comments/preview.md.j2",
            output=sight.seen.config.output,
            diff=fenced("\n".join(lines[:most]), "diff") if lines else "",
            more=len(lines) - most,
            **_proposal(sight, differs=bool(lines)),
        ),
        _within(lines, room),
        room,
    )


def _within(lines: Sequence[str], room: int) -> int:
    """How many lines can fit at most, so that not all of a long diff is rendered to find out."""
    used = 0
    for number, line in enumerate(lines):
        used += len(line) + 1
        if used > room:
            return number
    return len(lines)


def _fitted(rendered: Callable[[int], str], most: int, room: int) -> str:
    """The text with as many entries as fit into the room."""
    whole = rendered(most)
    if len(whole) <= room or not most:
        return whole
    fitting = bisect_right(range(most), room, key=lambda count: len(rendered(count)))
    return rendered(max(0, fitting - 1))


# -- what was done, or not --------------------------------------------------------------------


def done(asked: Asked, outcome: Outcome) -> str:
    """What ``refresh`` or ``recreate`` did."""
    action, applied = outcome.action, outcome.applied
    return render(
        "comments/done.md.j2",
        branch=outcome.observation.branch_name,
        recreate=asked is Asked.RECREATE,
        ours=outcome.ours,
        words=applied.words if applied.words != "nothing" else "",
        reason=action.reason if isinstance(action, LeaveAlone) else "",
        person=isinstance(action, LeaveAlone) and action.person_on is not None,
        pull_url=own_pull(applied.pull_url),
        **_faults(outcome.desire.faults, outcome.observation.state.url),
    )


def is_in_force(outcome: Outcome) -> bool:
    """Whether what was asked for stands in the proposal, or on the page."""
    return outcome.desire.desired.text is not None and not isinstance(
        outcome.action, LeaveAlone | ReportFault
    )


def held(row: Row, hold: Hold, outcome: Outcome) -> str:
    """What ``hold`` or ``resume`` did, or why it could not."""
    action, seen = outcome.action, outcome.observation
    return render(
        "comments/held.md.j2",
        label=row.label or row.repository,
        why=hold.reason,
        in_force=is_in_force(outcome),
        closed=isinstance(action, ClosePull),
        branch=seen.branch_name,
        source=seen.config.source,
        person=isinstance(action, LeaveAlone) and action.person_on is not None,
        reason=action.reason if isinstance(action, LeaveAlone) else MEND_FIRST,
        pull_url=own_pull(outcome.applied.pull_url),
        **_faults(outcome.desire.faults, seen.state.url),
    )


def held_already(sight: Sight, row: Row, why: str | None) -> str:
    """Said of a row that is on hold already, or of one that is on none."""
    pull = sight.seen.state.open_pull
    return render(
        "comments/held_already.md.j2",
        label=row.label or row.repository,
        why=why,
        pull_url=own_pull(pull.url if pull else None),
    )


def not_held(sight: Sight, faults: Sequence[Fault]) -> str:
    """Why the source rules a hold out."""
    return render("comments/not_held.md.j2", **_faults(faults, sight.seen.state.url))


def refused(command: Command, role: str, site: str, sig: str = "") -> str:
    """Who may give a command, said to one who may not; ``sig`` is the SIG's repository if that counts."""
    return render("comments/refused.md.j2", command=command, role=role, site=site, sig=sig)


def which(text: str, found: Found, rows: Sequence[Row]) -> str:
    """What there is, said to somebody who named no row, or none for certain."""
    return render(
        "comments/which.md.j2",
        asked=text,
        candidates=found.rows,
        near=found.near,
        rows=[row for row in rows if row.label][:MOST_NAMES],
        more=max(0, len(rows) - MOST_NAMES),
    )


def broken(sight: Sight) -> str:
    """Said where the site's files leave nothing to go by."""
    return render("comments/broken.md.j2", **_faults(sight.wish.faults, sight.seen.state.url))


def no_site(full_name: str) -> str:
    """Said on a repository that no page shows."""
    return render("comments/no_site.md.j2", repository=full_name)


def private_site() -> str:
    """Said where everybody can read, of a site that not everybody can."""
    return render("comments/private_site.md.j2")


def cannot() -> str:
    """Said where GitHub refuses what a command takes; what it said may not be for everybody."""
    return render("comments/cannot.md.j2")


def on_sites(answers: Sequence[tuple[str, str]]) -> str:
    """The answers of several sites, each under its name; one without a name is not to be named."""
    parts = [(name, Markup(text)) for name, text in dict.fromkeys(answers)]  # noqa: S704 - rendered each
    return render("comments/on_sites.md.j2", parts=parts)


def composed(parts: Sequence[tuple[Request, str]], left_out: int) -> str:
    """One comment for all the commands of another; each part stands below what it answers."""
    sections: list[tuple[str, Markup]] = []
    room = REPLY_ROOM
    for request, text in parts:
        asked = " ".join(filter(None, ("/status", request.word, request.rest)))
        if len(text) + len(asked) + 500 > room:
            text = render("comments/too_long.md.j2")  # noqa: PLW2901 - what does not fit is not said
        sections.append((asked, Markup(text)))  # noqa: S704 - each part was rendered
        room -= len(text) + len(asked)
    return render("comments/answer.md.j2", sections=sections, left_out=left_out)


# -- helpers ----------------------------------------------------------------------------------


def _faults(faults: Sequence[Fault], site_url: str) -> dict[str, object]:
    shown = located(faults, site_url)
    return {"faults": shown[:MOST_FAULTS], "more_faults": max(0, len(shown) - MOST_FAULTS)}


def _proposal(sight: Sight, *, differs: bool) -> dict[str, object]:
    """What becomes of the difference: where it is proposed, or why it is not."""
    pull, desired = sight.seen.state.open_pull, sight.wish.desired
    hindered = desired.text is None
    reason = sight.action.reason if isinstance(sight.action, LeaveAlone) else ""
    return {
        "differs": differs,
        "pull_url": own_pull(pull.url if pull else None),
        "reason": MEND_FIRST if hindered else reason,
        **_faults(desired.faults if hindered else (), sight.seen.state.url),
    }
