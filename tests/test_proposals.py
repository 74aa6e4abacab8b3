"""The life of the one proposal: who may do what to it, and what the bot makes of that."""

from __future__ import annotations

from bot.sandbox import RequestRecord, Response, Sandbox
from bot.sandbox.actions import pulls
from bot.sandbox.actions.pulls import NewPull
from tests.clocks import FakeClock
from tests.world import BOT, BRANCH, CONFIG, ORGANIZATION, OUTPUT, SITE, World, build, days_pass, world

HOUR = 3600.0
DAY = 24 * HOUR


async def merged_first_proposal(story: World) -> None:
    """The page stands as the bot first proposed it."""
    story.site.merge_pull(story.the_proposal().number, by="ada")
    await story.rest()


async def test_a_persons_push_keeps_the_bot_off_and_is_mentioned_once(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = story.the_proposal()
        mine = story.site.push({"data/notes.md": "my own\n"}, message="A fix-up", branch=BRANCH, by="ada")
        for tag in ("v0.1.0", "v0.2.0"):
            story.sig("Python").create_release(tag)
            await story.rest()
        assert story.site.tip(BRANCH) == mine
        said = [comment for comment in pull.comments if comment.author == BOT]
        assert len(said) == 1
        assert "hands off" in said[0].body


async def test_a_persons_push_between_read_and_write_is_never_overwritten(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pushed: list[str] = []

        def push_in_between(record: RequestRecord) -> Response | None:
            if record.method == "PATCH" and "git/refs" in record.path and not pushed:
                pushed.append(story.site.push({"theirs.md": "x\n"}, message="Mine", branch=BRANCH, by="ada"))
            return None

        github.intercept(push_in_between)
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert story.site.tip(BRANCH) == pushed[0]
        assert story.site.file("theirs.md", ref=BRANCH) == "x\n"


async def test_a_no_is_respected_until_a_release_or_a_column_changes(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    python = github.repository(f"{ORGANIZATION}/python")
    milestone = python.create_milestone("v0.1", open=3, closed=1)
    async with world(github, clock, resync_minutes=12 * 60) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        await days_pass(story)
        python.close_issue(next(iter(milestone.items)))
        await story.rest()
        await days_pass(story)
        assert story.site.pulls(state="open") == [], "counts alone do not reopen the question"
        python.create_release("v0.1.0")
        await story.rest()
        assert story.the_proposal().number != 1
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


async def test_a_proposal_is_closed_with_a_word_when_nothing_is_left(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merged_first_proposal(story)
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        pull = story.the_proposal()
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert (pull.state, pull.merged, pull.closed_by) == ("closed", False, BOT)
        assert len(pull.comments) == 1
        assert story.site.tip(BRANCH) is None

        # That was the bot's own doing and nobody's "no": the same release is proposed again.
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert story.the_proposal().number != pull.number


async def test_a_proposal_that_a_crash_left_without_pull_request_is_adopted(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    tips: list[str | None] = []

    def die_before_the_pull(record: RequestRecord) -> Response | None:
        if record.method == "POST" and record.path.endswith("/pulls") and not tips:
            tips.append(github.repository(SITE).tip(BRANCH))
            return Response(500, {"message": "Server Error"})
        return None

    github.intercept(die_before_the_pull)
    async with world(github, clock) as story:
        assert story.the_proposal().head.sha == tips[0], "the commit that was there is not made again"


async def test_a_pull_request_that_another_replica_opened_is_adopted(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    raced: list[int] = []

    def open_it_first(record: RequestRecord) -> Response | None:
        if record.method == "POST" and record.path.endswith("/pulls") and not raced:
            raced.append(github.repository(SITE).create_pull(BRANCH, title="Made by the other").number)
        return None

    github.intercept(open_it_first)
    async with world(github, clock) as story:
        assert [pull.number for pull in story.site.pulls(state="all")] == raced
        assert story.the_proposal().title == "Python added"


async def test_counts_alone_wait_a_day_and_a_release_takes_them_along(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    python = github.repository(f"{ORGANIZATION}/python")
    milestone = python.create_milestone("v0.1", open=5, closed=1)
    async with world(github, clock, resync_minutes=12 * 60) as story:
        await merged_first_proposal(story)
        first, second, *_ = milestone.items
        python.close_issue(first)
        await story.rest()
        assert story.site.pulls(state="open") == []
        await clock.jump(DAY)
        await story.rest()
        assert story.proposed()["Python"]["closedIssues"] == 2

        python.close_issue(second)
        await story.rest()
        assert story.proposed()["Python"]["closedIssues"] == 2, "one proposal of counts a day"
        story.sig("Java").create_release("v0.1.0")
        await story.rest()
        assert story.proposed()["Python"]["closedIssues"] == 3


async def test_the_branch_of_a_merged_proposal_is_begun_afresh(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = story.the_proposal()
        story.site.push({"data/fix.md": "a fix-up\n"}, message="Fix-up", branch=BRANCH, by="ada")
        story.site.merge_pull(pull.number, by="ada", method="squash")
        await story.rest()
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert story.site.file("data/fix.md", ref=BRANCH) == "a fix-up\n", "it came back by the base"
        new, base = story.site.log(BRANCH)[:2]
        assert (new.author, base.sha) == (BOT, story.site.tip("main")), "no commit of the merged one is there"


async def test_a_conflict_with_the_base_is_mended_by_a_merge_commit(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merged_first_proposal(story)
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        proposed = story.read(OUTPUT, BRANCH)
        story.site.push({OUTPUT: "# by hand\n" + story.read(OUTPUT)}, message="By hand", by="ada")
        await story.rest()
        assert story.read(OUTPUT, BRANCH) == proposed
        assert story.site.tip("main") in story.site.log(BRANCH)[0].parents
        story.site.merge_pull(story.the_proposal().number, by="ada")
        assert story.read(OUTPUT) == proposed


async def test_a_stranger_cannot_pass_a_forks_branch_off_as_the_proposal(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.create_user("mallory")
    fork = github.repository(SITE).fork("mallory")
    fork.push({"evil.md": "x\n"}, message="Mine", branch=BRANCH, by="mallory")
    site = github.repository(SITE)
    wanted = NewPull(source=fork.record, branch=BRANCH, base="main", title="Status")
    theirs = pulls.create(github.state, site.record, wanted, "mallory")
    async with world(github, clock) as story:
        ours = [pull for pull in story.site.pulls(state="open") if pull.number != theirs.number]
        assert [pull.author for pull in ours] == [BOT]
        assert (theirs.title, theirs.state) == ("Status", "open")


async def test_wishes_for_a_proposal_are_granted_as_configured(github: Sandbox, clock: FakeClock) -> None:
    wishes = "propose:\n  labels: [docs, automation]\n  reviewers: [ada]\n  draft: true\nbase: main\n"
    build(github, "Python", files={CONFIG: wishes})
    async with world(github, clock) as story:
        pull = story.the_proposal()
        assert pull.labels == ["docs", "automation"]
        assert pull.requested_reviewers == ["ada"]
        assert pull.draft


async def test_reviewers_that_github_refuses_do_not_hinder_the_proposal(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={CONFIG: "propose:\n  reviewers: [nobody-of-that-name]\n"})
    async with world(github, clock) as story:
        assert story.the_proposal().title == "Python added"


async def test_a_site_that_is_archived_is_left_alone(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merged_first_proposal(story)
        story.site.archive()
        await story.rest()
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert story.site.pulls(state="open") == []


async def test_an_uninstalled_app_touches_nothing(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merged_first_proposal(story)
        [installation] = github.state.installations.values()
        github.uninstall(installation)
        await story.rest()
        github.requests.clear()
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        await clock.advance(HOUR)
        await story.rest()
        assert len(story.bot.service.sites) == 0
        assert all(record.authentication == "app" for record in github.requests)
