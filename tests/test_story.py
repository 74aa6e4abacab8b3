"""The main job as stories: from a real event to a pull request that a maintainer can merge."""

from __future__ import annotations

from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.world import (
    BOT,
    BRANCH,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    SITE,
    SOURCE,
    build,
    row_of,
    source_of,
    world,
)


async def test_a_day_on_the_status_page(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go")
    python, java = (github.repository(f"{ORGANIZATION}/{name}") for name in ("python", "java"))
    python.create_milestone("v0.1", open=0, closed=9, state="closed")
    second = python.create_milestone("v0.2", open=2, closed=5)
    java.create_milestone("v0.1", open=1, closed=3)
    async with world(github, clock) as story:
        # The app was installed: it looks around and proposes what it found.
        pull = story.the_proposal()
        assert (pull.head.ref, pull.base.ref, pull.author) == (BRANCH, "main", BOT)
        assert pull.labels == ["status-page"]
        page = story.proposed()
        assert page["Python"]["msLabel"] == "v0.2"
        assert (page["Python"]["openIssues"], page["Python"]["closedIssues"]) == (2, 5)
        assert (page["Java"]["msLabel"], page["Java"]["percent"]) == ("v0.1", 75)
        assert story.site.file(OUTPUT) is None, "nothing reaches the site's branch but by its maintainers"

        # Ada merges it, and the branch is left behind.
        story.site.merge_pull(pull.number, by="ada", method="squash")
        await story.rest()
        assert story.site.pulls(state="open") == []

        # Java publishes a release; seconds later it is proposed, with its notes and its reason.
        java.create_release("v0.1.0", name="First light", body="Spans, at last :tada:")
        await story.rest()
        pull = story.the_proposal()
        assert "Java reaches v0.2" in pull.title
        assert "v0.1.0" in str(pull.body)
        row = story.proposed()["Java"]
        assert (row["releaseName"], row["releaseDescription"]) == ("First light", "Spans, at last :tada:")
        assert row["releaseUrl"].endswith("/open-telemetry/java/releases/tag/v0.1.0")

        # Python closes its milestone's issues, then the milestone: the same pull request says so.
        for issue in python.issues(state="open"):
            python.close_issue(issue.number)
        python.edit_milestone(second.number, state="closed")
        await story.rest()
        assert story.the_proposal().number == pull.number
        assert "Python reaches v0.3" in story.the_proposal().title
        assert story.proposed()["Python"]["msLabel"] == "v0.3"

        # A nightly and a draft appear, and rightly change nothing.
        before = story.site.tip(BRANCH)
        java.create_release("v0.2.0-nightly.20200320", name="nightly", prerelease=True)
        java.create_release("v0.2.0", name="not yet", draft=True)
        await story.rest()
        assert story.site.tip(BRANCH) == before

        # A row is added to the source, on the site's own branch.
        github.create_repository(f"{ORGANIZATION}/rust", files={"README.md": "# Rust\n"})
        story.site.push({SOURCE: story.read(SOURCE) + row_of("Rust")}, message="Add Rust", by="ada")
        await story.rest()
        assert story.the_proposal().number == pull.number
        assert "Rust" in story.proposed()

        # The branch only ever moved forward, and every commit on it is the app's, signed by GitHub.
        ours = [commit for commit in story.site.log(BRANCH) if commit.author == BOT]
        assert len(ours) == 3
        assert all(commit.verified for commit in ours)

        # Ada merges: the site holds what was proposed, byte for byte, and nothing is left to say.
        proposed = story.read(OUTPUT, BRANCH)
        story.site.merge_pull(pull.number, by="ada")
        await story.rest()
        assert story.read(OUTPUT) == proposed
        assert story.site.pulls(state="open") == []


async def test_nothing_is_written_where_nothing_changed(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        github.requests.clear()
        await clock.advance(45 * 60)
        await story.rest()
        writes = [
            record.path
            for record in github.requests
            if record.method != "GET" and record.path != "/graphql" and "access_tokens" not in record.path
        ]
        assert writes == []
        assert any(record.path == "/graphql" for record in github.requests), "the resync did look"


async def test_an_event_reads_only_its_own_repository(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go")
    async with world(github, clock) as story:
        github.requests.clear()
        story.sig("Go").create_release("v0.1.0", name="v0.1.0")
        await story.rest()
        documents = [record.sent for record in github.requests if record.path == "/graphql"]
        facts = [sent for sent in documents if sent["query"].startswith("query Facts")]
        assert [sent["variables"] for sent in facts] == [{"o0": ORGANIZATION, "n0": "go"}]


async def test_a_sig_is_never_written_to(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        writes = [
            record
            for record in github.requests
            if record.method != "GET"
            and record.path != "/graphql"
            and record.authentication == "installation"
        ]
        assert writes
        assert {record.repositories for record in writes} == {frozenset({story.site.id})}
        reads = [record for record in github.requests if record.path == "/graphql"]
        assert {level for record in reads for level in record.permissions.values()} == {"read"}


async def test_a_report_is_found_again_behind_whatever_else_the_bot_has_opened(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={SOURCE: "columns: []\n"})
    async with world(github, clock) as story:
        [report] = story.reports()
        for number in range(120):
            other = story.site.create_issue(f"Number {number}", by=BOT)
            story.site.close_issue(other.number, by=BOT)
        story.site.push({SOURCE: source_of("Python")}, message="Mend it")
        await story.rest()
        assert report.state == "closed"


async def test_a_broken_source_is_reported_once_and_nothing_is_changed(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={SOURCE: "columns:\n\t- label: v0.1\n"})
    async with world(github, clock) as story:
        assert story.site.pulls(state="all") == []
        [report] = story.reports()
        assert f"{SOURCE}:2" in str(report.body)
        await clock.advance(3600)
        await story.rest()
        assert len(story.reports("all")) == 1

        # It is mended: the report is closed with a word, and the work goes on.
        story.site.push(
            {SOURCE: "columns: [label: v0.1]\ndata:\n" + row_of("Python")}, message="Mend", by="ada"
        )
        await story.rest()
        assert story.reports() == []
        assert len(report.comments) == 1
        assert "Python" in story.proposed()


async def test_a_faulty_row_is_told_and_the_healthy_ones_go_on(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    site = github.repository(SITE)
    broken = str(site.file(SOURCE)).replace("https://github.com/open-telemetry/java", "https://example.org/")
    site.push({SOURCE: broken}, message="Oh no", by="ada")
    github.repository(f"{ORGANIZATION}/python").create_release("v0.1.0")
    async with world(github, clock) as story:
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert story.proposed()["Java"]["msLabel"] == "v0.1"
        line = 1 + broken[: broken.index("https://example.org/")].count("\n")
        assert f"{SOURCE}:{line}" in str(story.the_proposal().body)
        assert story.reports() == [], "the proposal says it already"

        # Once that is merged nothing is left to propose: an issue says what is still wrong.
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        [report] = story.reports()
        assert f"{SOURCE}:{line}" in str(report.body)


async def test_a_broken_configuration_is_reported_on_the_proposal_that_stands(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = story.the_proposal()
        story.site.push({CONFIG: "propose:\n  counts: sometimes\n"}, message="Oh no", by="ada")
        await story.rest()
        await clock.advance(3600)
        await story.rest()
        [said] = [comment for comment in pull.comments if comment.author == BOT]
        assert f"{CONFIG}:2" in said.body
        assert story.reports("all") == []


async def test_an_unreadable_repository_keeps_its_row(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    for name in ("python", "java"):
        github.repository(f"{ORGANIZATION}/{name}").create_release("v0.1.0", name="One")
    async with world(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        story.sig("Java").delete()
        story.sig("Python").create_release("v0.2.0", name="Two")
        await story.rest()
        assert story.proposed()["Python"]["releaseName"] == "Two"
        assert story.proposed()["Java"]["releaseName"] == "One"
        assert "404 Not Found" in str(story.the_proposal().body)


async def test_a_renamed_repository_is_followed(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Service")
    async with world(github, clock) as story:
        collector = story.sig("Service")
        collector.rename("collector")
        collector.create_release("v0.1.0", name="Under a new name")
        await story.rest()
        assert story.proposed()["Service"]["releaseName"] == "Under a new name"
        assert "collector" in str(story.the_proposal().body)


async def test_a_repository_that_is_no_site_is_left_alone_until_it_is(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.repository(SITE).push({CONFIG: None}, message="No bot here", by="ada")
    async with world(github, clock) as story:
        assert story.site.pulls(state="all") == []
        assert story.site.issues(state="all") == []
        story.site.push({CONFIG: ""}, message="Now there is", by="ada")
        await story.rest()
        assert len(story.site.pulls(state="open")) == 1
