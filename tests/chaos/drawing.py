"""How plans are drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.chaos import plans

MOST_STEPS = 25
_SMALL = st.integers(0, 2)
_AFTER = st.sampled_from(plans.WAITS)
_WORDS = (
    "show",
    "refresh",
    "refresh",
    "recreate",
    "hold",
    "hold",
    "resume",
    "explain",
    "preview",
    "help",
    "nonsense",
)


def _steps() -> st.SearchStrategy[plans.Any]:
    release = st.builds(plans.Release, after=_AFTER, sig=_SMALL, tag=st.integers(0, len(plans.TAGS) - 1))
    titles = st.integers(0, len(plans.TITLES) - 1)
    say = st.builds(
        plans.Say,
        after=_AFTER,
        words=st.sampled_from(_WORDS),
        sig=_SMALL,
        by=st.sampled_from(("ada", "ada", "ada", "bob")),
        where=st.sampled_from(("issue", "proposal", "SIG")),
    )
    fail = st.builds(plans.Fail, after=_AFTER, fault=st.sampled_from(plans.FAULTS), skip=st.integers(0, 12))
    die = st.builds(
        plans.Die,
        after=_AFTER,
        skip=st.integers(0, 14),
        done=st.booleans(),
        down=st.sampled_from((0.0, 1.0, 60.0, 900.0)),
    )
    post = st.builds(
        plans.Post,
        after=_AFTER,
        fate=st.sampled_from(("lost", "twice", "late", "reversed")),
        count=st.integers(1, 6),
    )
    merge = st.builds(plans.Merge, after=_AFTER, method=st.sampled_from(("merge", "squash", "rebase")))
    return st.one_of(
        release,
        release,
        release,
        st.builds(plans.Milestone, after=_AFTER, sig=_SMALL, title=titles),
        st.builds(plans.Milestone, after=_AFTER, sig=_SMALL, title=titles),
        st.builds(plans.Retitle, after=_AFTER, sig=_SMALL, nth=_SMALL, title=titles),
        st.builds(plans.Unplan, after=_AFTER, sig=_SMALL, nth=_SMALL),
        st.builds(plans.Issue, after=_AFTER, sig=_SMALL, nth=_SMALL, new=st.booleans()),
        st.builds(plans.Rename, after=_AFTER, sig=_SMALL),
        st.builds(plans.Hide, after=_AFTER, sig=_SMALL),
        st.builds(
            plans.Base, after=_AFTER, what=st.sampled_from(("page", "page", "output", "broken source"))
        ),
        st.builds(plans.Row, after=_AFTER, what=st.sampled_from(("in or out", "hold")), sig=_SMALL),
        st.builds(plans.Branch, after=_AFTER, what=st.sampled_from(("page", "output"))),
        st.builds(plans.DeleteBranch, after=_AFTER),
        merge,
        merge,
        st.builds(plans.Decline, after=_AFTER),
        st.builds(plans.Reopen, after=_AFTER),
        say,
        say,
        say,
        st.builds(plans.Suspend, after=_AFTER),
        fail,
        fail,
        fail,
        st.builds(
            plans.Outage,
            after=_AFTER,
            fault=st.sampled_from(plans.FAULTS),
            seconds=st.sampled_from((5.0, 60.0, 900.0)),
        ),
        die,
        die,
        die,
        st.builds(plans.Stop, after=_AFTER),
        post,
        post,
    )


def _without_nothing(steps: Sequence[plans.Any | None]) -> tuple[plans.Any, ...]:
    return tuple(step for step in steps if step is not None)


def drawn(most_steps: int) -> st.SearchStrategy[plans.Plan]:
    """Any plan of so many steps at most, and not many fewer."""
    return st.builds(
        plans.Plan,
        # None is the simplest step of all, and none: a list of eight can be shortened to one of one.
        steps=st.lists(st.none() | _steps(), min_size=most_steps * 2 // 5, max_size=most_steps).map(
            _without_nothing
        ),
        replicas=st.sampled_from((1, 1, 2)),
        counts=st.sampled_from(("immediately", "hourly")),
        tidy=st.booleans(),
        luck=st.integers(0, 2**16),
    )
