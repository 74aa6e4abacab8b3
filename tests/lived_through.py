"""A site's whole life at once: proposals, commands, faults, a person's commits, an end. Shared by tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.questions import answer_to
from tests.staged import FROM_FORK, Stage, build_with_fork, stage
from tests.world import BRANCH, CHECKING, CONFIG, ORGANIZATION, SITE, build

WISHES = "propose:\n  labels: [status-page]\n  reviewers: [ada]\n  automerge: true\n"
SECRET_SIG = f"{ORGANIZATION}/secret"
DAY = 24 * 3600.0

__all__ = ["SECRET_SIG", "WISHES", "lived_through", "lived_through_with_a_fork"]


@asynccontextmanager
async def lived_through(github: Sandbox, clock: FakeClock) -> AsyncIterator[Stage]:
    """On the site itself, with two replicas; the context is entered when all has happened."""
    build(github, "Python", "Java", "Secret", files={CONFIG: WISHES})
    github.repository(SECRET_SIG).make_private()
    python = github.repository(f"{ORGANIZATION}/python")
    python.add_collaborator("ada", "write")
    milestone = python.create_milestone("v0.2", open=3, closed=1)
    async with stage(github, clock, replicas=2, permissions=CHECKING) as story:
        python.create_release("v0.1.0", body="Notes.")
        await story.rest()
        story.site.push({"README.md": "# moved\n"}, by="ada")
        await story.rest()
        await _speak(story)
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        python.close_issue(next(iter(milestone.items)))
        await story.rest()
        await clock.jump(2 * DAY)
        await story.rest()
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        await _break_and_mend(story)
        await _interfere(story)
        await _end(story)
        yield story


async def _speak(story: Stage) -> None:
    """Commands on the site and on a SIG's repository."""
    await answer_to(story, "/status show")
    await answer_to(story, "/status explain Python", story.sig("Python"))
    await answer_to(story, "/status hold Java moving", story.sig("Java"), reaction="rocket")
    await answer_to(story, "/status resume Java")
    await answer_to(story, "/status refresh", by="mallory", reaction="-1")
    await answer_to(story, "/status frobnicate", reaction="confused")


async def _break_and_mend(story: Stage) -> None:
    """Faults are reported in an issue, then mended."""
    story.site.push({CONFIG: "sauce: x\n"}, by="ada")
    await story.rest()
    assert len(story.reports()) == 1
    story.site.push({CONFIG: WISHES}, by="ada")
    await story.rest()
    assert story.reports() == []


async def _interfere(story: Stage) -> None:
    """A person pushes to the bot's branch; the bot steps back, and is called again."""
    story.sig("Python").create_release("v0.2.0")
    await story.rest()
    story.site.push({"mine.md": "x\n"}, branch=BRANCH, by="ada")
    await story.rest()
    assert any("recreate" in str(comment.body) for comment in story.the_proposal().comments)
    await answer_to(story, "/status recreate")


async def _end(story: Stage) -> None:
    """A proposal for which nothing is left is closed, and its branch deleted."""
    story.site.merge_pull(story.the_proposal().number, by="ada")
    await story.rest()
    story.sig("Java").create_release("v0.1.0")
    await story.rest()
    assert len(story.site.pulls()) == 1
    story.sig("Java").delete_release("v0.1.0")
    await story.rest()
    assert story.site.pulls() == []
    assert story.site.tip(BRANCH) is None
    await answer_to(story, "/status explain", story.sig("Python"))


@asynccontextmanager
async def lived_through_with_a_fork(github: Sandbox, clock: FakeClock) -> AsyncIterator[Stage]:
    """On a site that is proposed to from a fork; the context is entered when all has happened."""
    build_with_fork(github, "Python", config=FROM_FORK)
    async with stage(github, clock, on_the_fork=True) as story:
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        story.site.push({"README.md": "# moved\n"}, by="ada")
        story.sig("Python").create_release("v0.2.0")
        await story.rest()
        assert github.repository(SITE).pulls()
        yield story
