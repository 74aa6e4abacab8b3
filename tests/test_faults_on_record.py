"""Every fault that the page's earlier scripts are on record for, told as a story that ends well.

Each story lets a SIG do on GitHub what once made the page wrong, and reads what the bot then proposes.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox import Repo, Response, Sandbox
from tests.clocks import FakeClock
from tests.readers import stage
from tests.world import BRANCH, ORGANIZATION, OUTPUT, SOURCE, World, build, source_of, world

LADDER = ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0")


def java_of(github: Sandbox) -> Repo:
    """A SIG's repository, on a site that has the full ladder and another SIG."""
    build(github, "Java", "Quiet", files={SOURCE: source_of("Java", "Quiet", columns=LADDER)})
    github.repository(f"{ORGANIZATION}/quiet").create_release("v0.1.0", name="Hush")
    return github.repository(f"{ORGANIZATION}/java")


async def row_of_java(github: Sandbox, clock: FakeClock) -> dict[str, Any]:
    """The row that the bot proposes when it is installed and looks around."""
    async with world(github, clock) as story:
        return story.proposed()["Java"]


async def merged(story: World) -> None:
    """A maintainer merges the proposal."""
    story.site.merge_pull(story.the_proposal().number, by="ada")
    await story.rest()
    assert story.site.pulls(state="open") == []


# How far a SIG is


async def test_v0_10_0_is_not_v0_1(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_milestone("v0.1", open=1, closed=3)
    java.create_milestone("v0.10.0", closed=40, state="closed")
    async with world(github, clock) as story:
        row = story.proposed()["Java"]
        assert (row["msLabel"], row["openIssues"], row["closedIssues"]) == ("v0.1", 1, 3)
        assert "v0.10.0" in str(story.the_proposal().body), "its SIG is told that it names no column"


async def test_resource_and_march_are_not_rc(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_milestone("v0.1", closed=3, state="closed")
    for title in ("Resource", "Resource detection", "March", "Source (March)"):
        java.create_milestone(title, closed=7, state="closed")
    row = await row_of_java(github, clock)
    assert (row["msLabel"], row["totalIssues"]) == ("v0.2", 0)


async def test_a_finished_milestone_does_not_throw_a_sig_back(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_milestone("v0.2", closed=3, state="closed")
    third = java.create_milestone("v0.3", open=1, closed=8)
    async with world(github, clock) as story:
        assert story.proposed()["Java"]["msLabel"] == "v0.3"
        await merged(story)
        for issue in java.issues(state="open"):
            java.close_issue(issue.number)
        java.edit_milestone(third.number, state="closed")
        await story.rest()
        assert story.proposed()["Java"]["msLabel"] == "v0.4"
        assert "step back" not in str(story.the_proposal().body)


async def test_a_forgotten_open_v0_1_does_not_pin_a_sig(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_milestone("v0.1", open=2, closed=30)
    java.create_milestone("v0.3", closed=9, state="closed")
    java.create_milestone("v0.4", open=5, closed=5)
    row = await row_of_java(github, clock)
    assert (row["msLabel"], row["openIssues"], row["percent"]) == ("v0.4", 5, 50)


async def test_the_second_page_of_milestones_is_read(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_milestone("v0.2", closed=1, state="closed")
    for week in range(120):
        java.create_milestone(f"Week {week}")
    java.create_milestone("v0.3", open=1, closed=1)
    row = await row_of_java(github, clock)
    assert (row["msLabel"], row["percent"]) == ("v0.3", 50)


async def test_a_milestone_called_next_release_counts_when_it_is_renamed(
    github: Sandbox, clock: FakeClock
) -> None:
    java = java_of(github)
    java.create_milestone("v0.1", closed=2, state="closed")
    coming = java.create_milestone("next release", closed=6)
    async with world(github, clock) as story:
        row = story.proposed()["Java"]
        assert (row["msLabel"], row["totalIssues"]) == ("v0.2", 0)
        java.edit_milestone(coming.number, title="v0.2.0")
        await story.rest()
        row = story.proposed()["Java"]
        assert (row["msLabel"], row["closedIssues"]) == ("v0.2", 6)
        java.edit_milestone(coming.number, state="closed")
        await story.rest()
        assert story.proposed()["Java"]["msLabel"] == "v0.3"


async def test_a_title_may_do_without_its_v(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_milestone("0.1.0", closed=2, state="closed")
    java.create_milestone("0.2", open=3, closed=1)
    row = await row_of_java(github, clock)
    assert (row["msLabel"], row["openIssues"], row["closedIssues"]) == ("v0.2", 3, 1)


# Which release is the latest


async def test_drafts_and_nightlies_are_no_releases(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_release("v0.2.0", name="Two")
    java.create_release("v0.9.0", name="Not yet", draft=True)
    java.create_release("v0.10.0-nightly.202511050235", name="Last night")
    java.create_release("nightly/v0.11.0", name="Last night's tools")
    row = await row_of_java(github, clock)
    assert (row["releaseTag"], row["msLabel"]) == ("v0.2.0", "v0.3")


async def test_a_release_is_found_behind_more_than_a_page_of_nightlies(
    github: Sandbox, clock: FakeClock
) -> None:
    java = java_of(github)
    java.create_release("v0.2.0", name="Two")
    for night in range(110):
        java.create_release(f"v0.3.0-nightly.{night}", prerelease=True)
    row = await row_of_java(github, clock)
    assert (row["releaseTag"], row["msLabel"]) == ("v0.2.0", "v0.3")


async def test_v0_140_1_stays_when_v0_140_0_is_tagged_after_it(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_release("v0.140.1", name="The patch")
    async with world(github, clock) as story:
        await merged(story)
        java.create_release("v0.140.0", name="What it patches")
        await story.rest()
        assert story.site.pulls(state="open") == []
        assert "The patch" in story.read(OUTPUT)


async def test_a_back_port_after_a_newer_version_is_no_downgrade(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_release("v1.1.0", name="One one")
    async with world(github, clock) as story:
        java.create_release("v1.2.0", name="One two")
        await story.rest()
        await merged(story)
        java.create_release("v1.1.1", name="For those who stayed", latest=True)
        await story.rest()
        assert story.site.pulls(state="open") == []
        java.delete_release("v1.2.0")
        await story.rest()
        assert story.proposed()["Java"]["releaseName"] == "For those who stayed"


async def test_a_repository_that_flags_all_as_pre_releases_is_judged_by_its_versions(
    github: Sandbox, clock: FakeClock
) -> None:
    java = java_of(github)
    for tag in ("0.4.0", "1.0.0", "1.1.0-rc.1"):
        java.create_release(tag, name=f"Swift {tag}", prerelease=True)
    row = await row_of_java(github, clock)
    assert (row["releaseName"], row["msLabel"]) == ("Swift 1.0.0", "v1.0")


# What could not be read, and who tells it


async def test_a_renamed_repository_keeps_its_row_and_is_named(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_release("v0.1.0", name="One")
    async with world(github, clock) as story:
        await merged(story)
        java.rename("java-sdk")
        java.create_release("v0.2.0", name="Two")
        await story.rest()
        assert story.proposed()["Java"]["releaseName"] == "Two"
        assert f"{ORGANIZATION}/java-sdk" in str(story.the_proposal().body)


async def test_while_github_is_down_for_one_repository_its_row_stays_and_the_others_go_on(
    github: Sandbox, clock: FakeClock
) -> None:
    java = java_of(github)
    java.create_release("v0.1.0", name="One")
    java.create_milestone("v0.2", open=1, closed=4)
    async with world(github, clock) as story:
        await merged(story)
        before = story.read(OUTPUT)
        stage(github, "Facts", Response(502, {"message": "Server Error"}), "java")
        java.create_release("v0.3.0", name="Three")
        story.sig("Quiet").create_release("v0.2.0", name="Louder")
        await story.rest()
        rows = story.proposed()
        assert rows["Quiet"]["releaseName"] == "Louder"
        assert str(rows["Java"]["releaseName"]) == "One"
        assert java_lines(story.read(OUTPUT, BRANCH)) == java_lines(before)
        github.intercept(None)
        await clock.advance(31 * 60)
        await story.rest()
        assert story.proposed()["Java"]["releaseName"] == "Three"


async def test_while_github_is_down_altogether_nothing_is_proposed(github: Sandbox, clock: FakeClock) -> None:
    java = java_of(github)
    java.create_release("v0.1.0", name="One")
    async with world(github, clock) as story:
        await merged(story)
        java.create_milestone("v0.2", open=1, closed=4)
        forget = github.intercept(lambda _: Response(503, {"message": "Service Unavailable"}))
        await clock.advance(90 * 60)
        assert story.site.pulls(state="open") == []
        forget()
        await clock.advance(31 * 60)
        await story.rest()
        assert story.proposed()["Java"]["percent"] == 80


async def test_a_release_is_proposed_within_seconds_and_in_one_pull_request(
    github: Sandbox, clock: FakeClock
) -> None:
    java = java_of(github)
    async with world(github, clock) as story:
        await merged(story)
        java.create_release("v0.1.0", name="One")
        java.create_milestone("v0.2", open=2, closed=1)
        await github.delivered()
        await clock.until(lambda: story.site.pulls(state="open"), within_seconds=10)
        await story.rest()
        assert story.proposed()["Java"]["releaseName"] == "One"
        assert story.proposed()["Java"]["openIssues"] == 2
        assert len(story.site.pulls(state="all")) == 2


def java_lines(text: str) -> list[str]:
    """Java's part of the output, which Quiet's follows."""
    return text[text.index("- label: Java") : text.index("- label: Quiet")].splitlines()
