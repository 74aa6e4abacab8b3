"""What a run of chaos is made of: a list of steps, drawn by hypothesis, short to read, kept as JSON.

A step names things by small numbers, each taken modulo what is there when its turn comes, so that
whatever is left out of a plan, the rest still means something. Hypothesis makes use of that: it leaves
out step after step for as long as the plan still fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

import msgspec

SIGS = ("Python", "Java", "Go")
TAGS = ("v0.1.0", "v0.2.0", "v0.2.1", "v0.3.0", "v0.4.0-beta.1", "v1.0.0-rc.1", "v1.0.0", "v0.9.0-nightly.1")
TITLES = ("v0.1", "v0.2", "v0.3", "beta", "v1.0", "v1.0 RC", "Backlog")
WAITS = (0.0, 0.2, 0.5, 1.0, 2.0, 2.5, 3.0, 4.0, 8.0, 30.0, 300.0, 3600.0)
"""Seconds before a step: most of a look falls into the first five after an event."""

Fault: TypeAlias = Literal[
    "500",
    "502",
    "503",
    "504",
    "502, but done",
    "reset",
    "reset, but done",
    "no answer",
    "no answer, but done",
    "half an answer",
    "401",
    "403 with retry-after",
    "403 without",
    "403 until the hour",
    "429 with retry-after",
    "429 without",
    "GraphQL: one alias",
    "GraphQL: no path",
    "GraphQL: rate limit",
    "refused",
    "conflict",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=str.lower):
    """Something happens, so many seconds ``after`` the step before it."""

    after: float = 0.0


# -- what the SIGs do -------------------------------------------------------------------------


class Release(Step, frozen=True):
    """A SIG publishes a release; one that is out already is deleted."""

    sig: int = 0
    tag: int = 0


class Milestone(Step, frozen=True):
    """A SIG makes a milestone of this title; one that exists is closed, or opened again."""

    sig: int = 0
    title: int = 0


class Retitle(Step, frozen=True):
    """A SIG gives one of its milestones another title."""

    sig: int = 0
    nth: int = 0
    title: int = 0


class Unplan(Step, frozen=True):
    """A SIG deletes one of its milestones."""

    sig: int = 0
    nth: int = 0


class Issue(Step, frozen=True):
    """A SIG closes an issue of one of its milestones, opens it again, or (``new``) adds one."""

    sig: int = 0
    nth: int = 0
    new: bool = False


class Rename(Step, frozen=True):
    """A SIG's repository gets another name; it may be its first one again."""

    sig: int = 0


class Hide(Step, frozen=True):
    """A SIG's repository becomes private, or public again."""

    sig: int = 0


# -- what the site's people do ----------------------------------------------------------------


class Base(Step, frozen=True):
    """Somebody pushes to the base: a page of their own, the output, or a broken source and its mending."""

    what: Literal["page", "output", "broken source"] = "page"


class Row(Step, frozen=True):
    """Somebody edits the source: takes a row out or puts it back, or on hold and off it."""

    what: Literal["in or out", "hold"] = "in or out"
    sig: int = 0


class Branch(Step, frozen=True):
    """Somebody pushes to the bot's branch: a file of their own, or a fix of the output."""

    what: Literal["page", "output"] = "page"


class DeleteBranch(Step, frozen=True):
    """Somebody deletes the bot's branch."""


class Merge(Step, frozen=True):
    """Somebody merges the proposal."""

    method: Literal["merge", "squash", "rebase"] = "merge"


class Decline(Step, frozen=True):
    """Somebody closes the proposal."""


class Reopen(Step, frozen=True):
    """Somebody opens the newest closed proposal again."""


class Say(Step, frozen=True):
    """Somebody gives a command, on an issue of the site, on its newest pull request or at a SIG's."""

    words: Literal[
        "show", "explain", "preview", "refresh", "recreate", "hold", "resume", "help", "nonsense"
    ] = "show"
    sig: int = 0
    by: Literal["ada", "bob"] = "ada"
    where: Literal["issue", "proposal", "SIG"] = "issue"


# -- what goes wrong --------------------------------------------------------------------------


class Fail(Step, frozen=True):
    """One of the next calls fails, after so many that go well."""

    fault: Fault = "500"
    skip: int = 0


class Suspend(Step, frozen=True):
    """The app is suspended, or may work again."""


class Outage(Step, frozen=True):
    """Every call fails for so many seconds."""

    fault: Fault = "503"
    seconds: float = 60.0


class Die(Step, frozen=True):
    """A process is killed at one of its next calls, before or after GitHub has carried it out."""

    skip: int = 0
    done: bool = False
    down: float = 0.0


class Stop(Step, frozen=True):
    """A process is stopped as an update of its host does, and another one started."""


class Post(Step, frozen=True):
    """What becomes of the next deliveries."""

    fate: Literal["lost", "twice", "late", "reversed"] = "lost"
    count: int = 1


Any: TypeAlias = (
    Release
    | Milestone
    | Retitle
    | Unplan
    | Issue
    | Rename
    | Hide
    | Base
    | Row
    | Branch
    | DeleteBranch
    | Merge
    | Decline
    | Reopen
    | Say
    | Suspend
    | Fail
    | Outage
    | Die
    | Stop
    | Post
)


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run: how the site is set up, how many replicas there are, and what happens.

    ``luck`` decides what nobody plans: how long each call and delivery takes, and who gets which. ``story``
    says what a kept plan has found.
    """

    steps: tuple[Any, ...] = ()
    replicas: int = 1
    counts: Literal["immediately", "hourly"] = "immediately"
    tidy: bool = False
    luck: int = 0
    story: str = ""


def read(path: Path) -> Plan:
    """A plan that was kept."""
    return msgspec.json.decode(path.read_bytes(), type=Plan)


def written(plan: Plan) -> str:
    """A plan as JSON, a step a line."""
    steps = ",\n  ".join(msgspec.json.encode(step).decode() for step in plan.steps)
    rest = msgspec.json.encode(msgspec.structs.replace(plan, steps=())).decode()
    more = f", {rest[1:-1]}" if rest != "{}" else ""
    return f'{{"steps": [\n  {steps}\n]{more}}}\n'
