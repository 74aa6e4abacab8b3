"""The oracle sees what it is there for: a bot that breaks one of its rules does not get through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot import desire, observe, presence
from bot.github.comments import Comments
from bot.github.pulls import Proposer
from bot.site_look import SiteLook
from bot.status.facts import Facts
from bot.status.page import compute_page
from tests.chaos import plans
from tests.chaos.world import run

Sabotage = Callable[[pytest.MonkeyPatch], None]


def forgets_a_no(patch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        """Nobody has ever declined anything."""

    patch.setattr(presence.PresenceReader, "_declined", never)


def takes_every_branch_for_its_own(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(observe, "owns_branch", lambda *_: True)


def forgets_holds(patch: pytest.MonkeyPatch) -> None:
    async def none(*_: object) -> tuple[()]:
        return ()

    patch.setattr(SiteLook, "carried_holds", none)


def forgets_its_answers(patch: pytest.MonkeyPatch) -> None:
    async def none(*_: object) -> None:
        """Nothing was ever said."""

    patch.setattr(Comments, "answered", none)
    patch.setattr(Comments, "settle", none)


def loses_a_repository(patch: pytest.MonkeyPatch) -> None:
    def without_java(source: object, facts: Facts, *others: object) -> object:
        kept = {name: each for name, each in facts.repositories.items() if not name.endswith("/java")}
        return compute_page(source, Facts(repositories=kept), *others)  # type: ignore[arg-type]

    patch.setattr(desire, "compute_page", without_java)


def edits_no_body(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: str) -> None:
        """Leave the words as they are."""

    patch.setattr(Proposer, "edit_pull", nothing)


def says_nothing(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> None:
        """Keep it to oneself."""

    patch.setattr(Comments, "reply", nothing)


@pytest.mark.parametrize(
    ("sabotage", "steps", "said"),
    [
        (forgets_a_no, (plans.Decline(after=30),), "proposes what was declined"),
        (
            takes_every_branch_for_its_own,
            (plans.Branch(after=30), plans.Release()),
            "on top of a person's commit",
        ),
        (
            forgets_holds,
            (plans.Say(words="hold", after=30), plans.Release(sig=1, after=60)),
            "proposes another source",
        ),
        (loses_a_repository, (plans.Release(sig=1, tag=2),), "proposes another output"),
        (edits_no_body, (plans.Release(after=30),), "speaks of another commit"),
        (says_nothing, (plans.Say(after=30),), "has 0 replies"),
    ],
)
def test_a_bot_that_breaks_a_rule_is_found_out(
    monkeypatch: pytest.MonkeyPatch, sabotage: Sabotage, steps: tuple[plans.Any, ...], said: str
) -> None:
    plan = plans.Plan(steps=steps)
    assert run(plan).violations == ()
    sabotage(monkeypatch)
    assert said in "\n".join(run(plan).violations)


def test_an_answer_that_is_given_twice_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    say = plans.Say(words="help", after=30)
    broken = [plans.Plan(steps=(say, plans.Fail(fault="502, but done", skip=skip))) for skip in range(8)]
    assert not any(run(plan).violations for plan in broken)
    forgets_its_answers(monkeypatch)
    violations = [sentence for plan in broken for sentence in run(plan).violations]
    assert [sentence for sentence in violations if "has 2 replies" in sentence]
