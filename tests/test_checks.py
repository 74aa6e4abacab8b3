"""The check of pull requests: what stands on GitHub after people, and the bot, proposed something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.check_words import CHECK_NAME
from bot.sandbox import PullRequest, Sandbox
from bot.sandbox.actions import pulls
from bot.sandbox.actions.pulls import NewPull
from bot.sandbox.checks import CheckRun
from tests.clocks import FakeClock
from tests.world import (
    BRANCH,
    CHECKING,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    SITE,
    SOURCE,
    World,
    build,
    row_of,
    source_of,
)
from tests.world import world as world_of

GO = row_of("Go")


@asynccontextmanager
async def world(github: Sandbox, clock: FakeClock) -> AsyncIterator[World]:
    """The bot with everything granted that it asks for, and its first proposal merged."""
    async with world_of(github, clock, permissions=CHECKING) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        yield story


async def proposed(story: World, branch: str = "change", **files: str | bytes | None) -> PullRequest:
    """A person's pull request with these files, after the bot has seen it."""
    named = {"source": SOURCE, "output": OUTPUT, "config": CONFIG, "readme": "README.md"}
    story.site.push({named.get(name, name): text for name, text in files.items()}, branch=branch, by="ada")
    pull = story.site.create_pull(branch, by="ada")
    await story.rest()
    return pull


def the_run(story: World, pull: PullRequest) -> CheckRun:
    """The one check run on a pull request's head, which is over."""
    [run] = story.site.check_runs(pull.number)
    assert (run.name, run.status) == (CHECK_NAME, "completed")
    return run


def said(run: CheckRun) -> list[tuple[str, int, str, str]]:
    return [(each.path, each.start_line, each.annotation_level, each.message) for each in run.annotations]


async def test_a_good_change_shows_the_chart_as_it_would_become(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Go")
    github.repository(SITE).push({SOURCE: source_of("Python")})
    github.repository(f"{ORGANIZATION}/go").create_release("v0.2.0")
    async with world(github, clock) as story:
        pull = await proposed(story, source=source_of("Python") + GO)
        run = the_run(story, pull)
        assert (run.conclusion, run.title) == ("success", "Good: 2 SIGs, 5 columns")
        assert run.summary is not None
        assert "Go added" in run.summary
        assert "Go      ▇▇▇▇ ▇▇▇▇ ░░░░ ░░░░ ░░░░  v0.3 0%" in run.summary
        assert run.annotations == []


async def test_a_fault_is_pointed_out_on_its_line(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        text = source_of("Python") + "  - label: Go\n    sourceUrl: nowhere\n"
        pull = await proposed(story, source=text)
        run = the_run(story, pull)
        assert (run.conclusion, run.title) == ("failure", f"1 fault in {SOURCE}")
        [(path, line, level, message)] = said(run)
        assert (path, level) == (SOURCE, "failure")
        assert text.splitlines()[line - 1] == "    sourceUrl: nowhere"
        assert "`nowhere` is not a URL" in message
        assert run.head_sha == pull.head.sha


async def test_what_is_wrong_in_a_forks_pull_request_is_told_on_the_site(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        fork = story.site.fork("mallory")
        fork.push({CONFIG: "propose:\n  cuonts: daily\n"}, branch="theirs", by="mallory")
        wanted = NewPull(source=fork.record, branch="theirs", base="main", title="Mine")
        pull = pulls.create(github.state, story.site.record, wanted, "mallory")
        await story.rest()
        run = the_run(story, pull)
        assert run.conclusion == "failure"
        assert [(path, line) for path, line, _, _ in said(run)] == [(CONFIG, 2)]
        assert fork.record.check_runs == {}


async def test_a_pull_request_that_touches_nothing_of_the_page_gets_no_check(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = await proposed(story, readme="# changed\n")
        assert story.site.check_runs(pull.number) == []
        story.site.push({"data/other.yaml": "a: 1\n"}, branch="change", by="ada")
        await story.rest()
        assert story.site.check_runs(pull.number) == []


async def test_the_bots_own_proposal_is_checked_and_good(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        pull = story.the_proposal()
        run = the_run(story, pull)
        assert (run.conclusion, run.title) == ("success", "Good: 1 SIG, 5 columns")
        assert run.head_sha == story.site.tip(BRANCH)
