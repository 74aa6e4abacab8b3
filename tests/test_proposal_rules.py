"""The rules of the proposal, each staged on the sandbox, and what stands there in the end."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import starmap

import pytest
import yaml

from bot.app import running
from bot.marker import Marker, read_marker, with_marker, without_marker, write_marker
from bot.sandbox import PullRequest, Repo, RequestRecord, Response, Sandbox
from bot.sandbox.actions import issues, refs
from bot.sandbox.records import MergeMethod
from tests.attacks import ATTACKS, CONTROLS, GITHUB, LIVE
from tests.clocks import NOON, FakeClock
from tests.world import (
    BOT,
    BRANCH,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    SITE,
    SOURCE,
    World,
    build,
    days_pass,
    free_port,
    row_of,
    settings_of,
    source_of,
    world,
)

HOUR = 3600.0
SECOND_SITE = f"{ORGANIZATION}/docs"


@asynccontextmanager
async def begun_again(github: Sandbox, clock: FakeClock) -> AsyncIterator[World]:
    """A new process of the same app, which remembers nothing, at rest after its first look around."""
    [app] = github.state.apps.values()
    port = free_port()
    async with github.serve() as server:
        app.webhook_url = f"http://127.0.0.1:{port}/webhook"
        settings = replace(settings_of(app, server.api_url, port), resync_minutes=12 * 60)
        async with running(settings, clock) as bot:
            told = World(github, bot, clock)
            await told.rest()
            yield told


def calm_world(github: Sandbox, clock: FakeClock) -> AbstractAsyncContextManager[World]:
    """The bot, which looks around by itself but twice a day, so that days may pass."""
    return world(github, clock, resync_minutes=12 * 60)


async def release(story: World, tag: str, label: str = "Python") -> None:
    story.sig(label).create_release(tag)
    await story.rest()


async def merged(story: World, method: MergeMethod = "merge") -> None:
    story.site.merge_pull(story.the_proposal().number, by="ada", method=method)
    await story.rest()


def edit(story: World, pull: PullRequest, *, title: str | None = None, body: str | None = None) -> None:
    """A person edits the words of a pull request."""
    issues.edit(story.github.state, pull, "ada", title=title, body=body)


def writes(github: Sandbox) -> list[str]:
    """What the bot has written to the site."""
    return [
        f"{record.method} {record.path}"
        for record in github.requests
        if record.method != "GET" and record.path.startswith(f"/repos/{SITE}/")
    ]


def refuse(github: Sandbox, end: str, answer: Response, *, where: str = "") -> list[str]:
    """Answer posts to paths with this end so, where their bodies have a word; tells which."""
    refused: list[str] = []

    def interceptor(record: RequestRecord) -> Response | None:
        if record.method == "POST" and record.path.endswith(end) and where in str(record.sent):
            refused.append(record.path)
            return answer
        return None

    github.intercept(interceptor)
    return refused


# -- one living pull request ------------------------------------------------------------------


@pytest.mark.parametrize("configured", [False, True], ids=["the default branch", "a configured one"])
async def test_it_is_proposed_to_the_sites_own_base(
    github: Sandbox, clock: FakeClock, *, configured: bool
) -> None:
    build(github, "Python", files={CONFIG: "base: pages\n"} if configured else None)
    site = github.repository(SITE)
    site.push({"index.md": "x\n"}, branch="pages")
    if not configured:
        site.set_default_branch("pages")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        assert (pull.head.ref, pull.base.ref) == ("status-bot/pages", "pages")
        await release(story, "v0.1.0")
        assert story.the_proposal() is pull
        await merged(story)
        assert "v0.1.0" in story.read(OUTPUT, "pages")
        assert "status-bot/main" not in story.site.branches


async def test_two_sites_of_one_installation_have_a_proposal_each(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    files = {CONFIG: "", SOURCE: source_of("Python")}
    other = github.create_repository(SECOND_SITE, files=files)
    async with calm_world(github, clock) as story:
        [theirs] = other.pulls()
        other.close_pull(theirs.number, by="ada")
        await story.rest()
        ours = story.the_proposal()
        await release(story, "v0.1.0", "Java")
        assert "Java" in ours.title
        assert other.pulls() == [], "what one site declined is not the other's affair"
        await release(story, "v0.1.0")
        assert story.the_proposal() is ours
        assert [pull.title for pull in other.pulls()] == ["Python added"]


@pytest.mark.parametrize("body", ["", '<!-- status-bot {"digest":"x","commit":"y"} -->'])
async def test_a_pull_request_from_its_branch_without_a_marker_is_adopted(
    github: Sandbox, clock: FakeClock, body: str
) -> None:
    build(github, "Python")
    made: list[PullRequest] = []

    def a_person_comes_first(record: RequestRecord) -> Response | None:
        if record.method == "POST" and record.path.endswith("/pulls") and not made:
            made.append(github.repository(SITE).create_pull(BRANCH, title="Mine", body=body, by="ada"))
        return None

    github.intercept(a_person_comes_first)
    async with calm_world(github, clock) as story:
        assert story.site.pulls(state="all") == made
        assert story.the_proposal().title == "Python added"
        marker = read_marker(made[0].body)
        assert marker is not None
        assert marker.commit == story.site.tip(BRANCH)


async def test_a_marker_in_somebody_elses_pull_request_means_nothing(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        ours = story.the_proposal()
        story.site.push({"x.md": "x\n"}, branch="theirs", by="ada")
        theirs = story.site.create_pull("theirs", title="Theirs", body=str(ours.body), by="ada")
        await release(story, "v0.1.0")
        story.site.close_pull(theirs.number, by="ada")
        await release(story, "v0.2.0")
        assert story.the_proposal() is ours
        assert (theirs.title, theirs.comments) == ("Theirs", [])
        assert "v0.2.0" in str(ours.body)


async def test_a_body_that_lost_its_marker_gets_it_back_and_nobodys_commit_is_made(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull, tip = story.the_proposal(), story.site.tip(BRANCH)
        before = pull.body
        edit(story, pull, body="I know better")
        await story.rest()
        right = read_marker(before)
        assert right is not None
        right = replace(right, pending=False)
        before = with_marker(without_marker(before), right)
        assert (pull.body, story.site.tip(BRANCH)) == (before, tip)
        for wrong in (Marker(digest="0" * 64, commit="0" * 40), replace(right, commit="0" * 40)):
            edit(story, pull, body=with_marker(without_marker(before), wrong))
            await story.rest()
            assert (pull.body, story.site.tip(BRANCH)) == (before, tip)
        assert story.site.pulls(state="all") == [pull]


async def test_a_title_that_a_person_gave_it_stands_until_there_is_news(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        edit(story, pull, title="Docs: the status page")
        await days_pass(story)
        assert pull.title == "Docs: the status page"
        await release(story, "v0.1.0")
        assert pull.title == "Python added", "by then it has to say something else"


async def test_what_is_said_changes_in_place_and_without_a_comment(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        for tag in ("v0.1.0", "v0.2.0", "v0.3.0"):
            await release(story, tag)
            assert tag in str(pull.body)
        assert (story.site.pulls(state="all"), pull.comments) == ([pull], [])


@pytest.mark.parametrize("renamed", [False, True], ids=["another one is configured", "it is renamed"])
async def test_where_the_base_is_another_the_old_proposal_does_not_stay(
    github: Sandbox, clock: FakeClock, *, renamed: bool
) -> None:
    build(github, "Python")
    github.repository(SITE).push({"index.md": "x\n"}, branch="trunk")
    async with calm_world(github, clock) as story:
        old = story.the_proposal()
        if renamed:
            # GitHub turns open pull requests to the new name of their base.
            story.site.retarget_pull(old.number, "trunk", by="ada")
            story.site.set_default_branch("trunk", by="ada")
            story.site.delete_branch("main", by="ada")
        else:
            story.site.push({CONFIG: "base: trunk\n"}, by="ada")
        await story.rest()
        await clock.advance(HOUR)
        await story.rest()
        [pull] = story.site.pulls()
        assert pull.base.ref == "trunk"


async def test_nothing_is_even_tried_on_an_archived_site_until_it_is_none_any_more(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        story.site.archive()
        await story.rest()
        github.requests.clear()
        await release(story, "v0.1.0")
        await days_pass(story)
        assert (writes(github), story.bot.queue.failures) == ([], {})
        story.site.unarchive()
        await days_pass(story)
        assert story.the_proposal() is pull
        assert "v0.1.0" in str(pull.body)


# -- a branch that only moves forward ---------------------------------------------------------


async def test_the_branch_only_moves_forward_and_merges_the_base_only_where_that_moved(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        base = str(story.site.tip("main"))
        tips = [str(story.site.tip(BRANCH))]
        for tag in ("v0.1.0", "v0.2.0", "v0.3.0"):
            await release(story, tag)
            tips.append(str(story.site.tip(BRANCH)))
        moved = story.site.push({"index.md": "x\n"}, by="ada")
        for tag in ("v0.4.0", "v0.5.0", "v0.6.0"):
            await release(story, tag)
            tips.append(str(story.site.tip(BRANCH)))
        parents = {commit.sha: commit.parents for commit in story.site.log(BRANCH)}
        assert [parents[tip] for tip in tips] == [
            (base,),
            (tips[0],),
            (tips[1],),
            (tips[2],),
            (tips[3], moved),
            (tips[4],),
            (tips[5],),
        ]
        moves = [
            record.sent for record in github.requests if record.method == "PATCH" and "/git/" in record.path
        ]
        assert len(moves) == len(tips) - 1
        assert not any(sent["force"] for sent in moves)


@pytest.mark.parametrize("method", ["squash", "rebase"])
async def test_merged_by_any_method_the_site_says_what_was_proposed(
    github: Sandbox, clock: FakeClock, method: MergeMethod
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        for tag in ("v0.1.0", "v0.2.0", "v0.3.0"):
            await release(story, tag)
        proposed = story.read(OUTPUT, BRANCH)
        await merged(story, method)
        assert story.read(OUTPUT) == proposed
        assert story.site.pulls() == [], "nothing is left to propose"


async def test_refs_are_named_with_plain_slashes(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", files={CONFIG: "base: 'docs/a#b%20c'\n"})
    github.repository(SITE).push({"index.md": "x\n"}, branch="docs/a#b%20c")
    async with calm_world(github, clock) as story:
        await release(story, "v0.1.0")
        story.sig("Python").delete_release("v0.1.0")
        story.site.merge_pull(story.the_proposal().number)
        await release(story, "v0.2.0")
        assert "v0.2.0" in story.read(OUTPUT, "status-bot/docs/a#b%20c")
        paths = {record.path for record in github.requests if "/git/ref" in record.path}
        assert f"/repos/{SITE}/git/refs/heads/status-bot/docs/a%23b%2520c" in paths


async def test_a_persons_commit_is_mentioned_once_whoever_looks_however_often(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        mine = story.site.push({OUTPUT: "mine: true\n"}, message="Mine", branch=BRANCH, by="ada")
        await story.rest()
        words = (pull.title, pull.body)
        await release(story, "v0.1.0")
    for tag in ("v0.2.0", "v0.3.0"):
        async with begun_again(github, clock) as story:
            await release(story, tag)
            await days_pass(story)
    assert story.site.tip(BRANCH) == mine
    assert (pull.title, pull.body, pull.state) == (*words, "open")
    assert [comment.author for comment in pull.comments] == [BOT]
    said = [record for record in github.requests if record.path.endswith("/comments") and record.sent]
    assert len(said) == 1, "and no other was even sent, for it would have been mailed to everybody"


async def test_what_a_person_pushed_by_force_is_theirs(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        await release(story, "v0.1.0")
        mine = story.site.push({"mine.md": "x\n"}, branch="mine", by="ada")
        story.site.force_push(BRANCH, mine, by="ada")
        await story.rest()
        await release(story, "v0.2.0")
        assert story.site.tip(BRANCH) == mine
        assert len(story.the_proposal().comments) == 1


async def test_a_commit_of_the_bots_that_a_person_amended_is_a_persons(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        store, ada = story.site.record.store, github.state.signature("ada")
        ours = store.commit(str(story.site.tip(BRANCH)))
        theirs = store.commit(story.site.push({"mine.md": "x\n"}, branch=BRANCH, by="ada"))
        mine = store.write_commit(theirs.tree, ours.parents, "Amended", (ours.author, ada)).sha
        story.site.force_push(BRANCH, mine, by="ada")
        await story.rest()
        await release(story, "v0.1.0")
        assert story.site.tip(BRANCH) == mine


# -- nothing left, and a person's no ----------------------------------------------------------


async def test_what_a_person_wrote_on_the_base_by_hand_leaves_nothing_to_propose(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        story.site.push({OUTPUT: story.read(OUTPUT, BRANCH)}, message="By hand", by="ada")
        await story.rest()
        assert (pull.state, pull.merged, story.site.tip(BRANCH)) == ("closed", False, None)
        assert [comment.author for comment in pull.comments] == [BOT]
        github.requests.clear()
        await days_pass(story)
        assert writes(github) == []
    async with begun_again(github, clock) as story:
        assert writes(github) == []
        await release(story, "v0.1.0")
        assert story.the_proposal() is not pull


async def test_it_is_closed_though_a_person_has_filled_its_body_to_the_brim(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        await merged(story)
        await release(story, "v0.1.0")
        pull = story.the_proposal()
        github.hold_webhooks()
        edit(story, pull, body="x" * 65_536)
        story.sig("Python").delete_release("v0.1.0")
        github.release_webhooks()
        await story.rest()
        assert (pull.state, story.site.tip(BRANCH)) == ("closed", None)
        assert story.bot.queue.failures == {}


async def test_a_no_outlives_the_process_that_heard_it(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        story.site.close_pull(pull.number, by="ada")
        await story.rest()
    for again in range(2):
        async with begun_again(github, clock) as story:
            await days_pass(story)
            assert story.site.pulls() == [], again
            story.site.push({"index.md": f"{again}\n"}, by="ada")
            await story.rest()
            assert story.site.pulls() == [], again
    async with begun_again(github, clock) as story:
        await release(story, "v0.1.0")
        assert story.the_proposal() is not pull
        assert pull.comments == []


async def test_a_no_counts_on_a_proposal_too_that_the_bot_once_closed_itself(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with calm_world(github, clock) as story:
        await merged(story)
        story.sig("Python").create_release("v0.1.0", published_at=NOON)
        await story.rest()
        pull, tip = story.the_proposal(), str(story.site.tip(BRANCH))
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert pull.state == "closed"
        github.hold_webhooks()
        refs.create(github.state, story.site.record, f"heads/{BRANCH}", tip, "ada")
        story.site.reopen_pull(pull.number, by="ada")
        story.sig("Python").create_release("v0.1.0", published_at=NOON)
        github.release_webhooks()
        await story.rest()
        assert story.the_proposal() is pull
        story.site.close_pull(pull.number, by="ada")
        await story.rest()
        assert story.site.pulls() == []


# -- counts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "hours"), [("immediately", 0), ("hourly", 1), ("daily", 24), ("weekly", 7 * 24)]
)
async def test_counts_alone_go_out_as_often_as_configured(
    github: Sandbox, clock: FakeClock, counts: str, hours: int
) -> None:
    build(github, "Python", files={CONFIG: f"propose:\n  counts: {counts}\n"})
    python = github.repository(f"{ORGANIZATION}/python")
    first, second, third, *_ = python.create_milestone("v0.1", open=5, closed=1).items
    async with world(github, clock, resync_minutes=7 * 24 * 60) as story:
        github.hold_webhooks()
        await merged_without_rest(story)
        github.release_webhooks()
        await story.rest()
        python.close_issue(first)
        await clock.advance(60)
        await story.rest()
        assert len(story.site.pulls()) == (hours == 0), "nothing stands yet but what is due at once"
        await clock.jump(hours * HOUR)
        await story.rest()
        assert story.proposed()["Python"]["closedIssues"] == 2
        python.close_issue(second)
        await clock.advance(60)
        await story.rest()
        assert story.proposed()["Python"]["closedIssues"] == (2 if hours else 3)
        await clock.jump(hours * HOUR)
        await story.rest()
        assert story.proposed()["Python"]["closedIssues"] == 3
        python.close_issue(third)
        python.create_release("v0.1.0")
        await clock.advance(60)
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert len(story.site.pulls(state="all")) == 2


async def merged_without_rest(story: World) -> None:
    story.site.merge_pull(story.the_proposal().number, by="ada")


# -- wishes -----------------------------------------------------------------------------------


async def test_what_a_person_made_of_the_wishes_stays_so(github: Sandbox, clock: FakeClock) -> None:
    wishes = "propose:\n  draft: true\n  labels: [docs, automation]\n  reviewers: [ada]\n"
    build(github, "Python", files={CONFIG: wishes})
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        pull.draft, pull.labels, pull.requested_reviewers = False, ["docs"], []
        await release(story, "v0.1.0")
        edit(story, pull, body="")
        await story.rest()
        assert "v0.1.0" in str(pull.body)
        assert (pull.draft, pull.labels, pull.requested_reviewers) == (False, ["docs"], [])


async def test_one_reviewer_whom_github_refuses_does_not_hinder_the_others(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={CONFIG: "propose:\n  reviewers: [nobody-at-all, ada, o/gone]\n"})
    refuse(github, "/requested_reviewers", Response(422, {"message": "Not a collaborator."}), where="gone")
    async with calm_world(github, clock) as story:
        assert story.the_proposal().requested_reviewers == ["ada"]


@pytest.mark.parametrize(("end", "status"), [("/requested_reviewers", 403), ("/labels", 404)])
async def test_a_wish_that_github_does_not_grant_keeps_no_other_from_it(
    github: Sandbox, clock: FakeClock, end: str, status: int
) -> None:
    wishes = "propose:\n  labels: [docs]\n  reviewers: [ada]\n  automerge: true\n"
    build(github, "Python", files={CONFIG: wishes})
    github.repository(SITE).protect(approvals=1)
    refused = refuse(github, end, Response(status, {"message": "Resource not accessible by integration"}))
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        assert refused
        assert pull.labels == (["docs"] if end != "/labels" else [])
        assert pull.requested_reviewers == (["ada"] if end == "/labels" else [])
        assert pull.auto_merge_by == BOT
        assert story.bot.queue.failures == {}


async def test_where_auto_merge_is_not_to_be_had_the_proposal_stands_all_the_same(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={CONFIG: "propose:\n  automerge: true\n"})
    async with calm_world(github, clock) as story:
        await release(story, "v0.1.0")
        pull = story.the_proposal()
        assert (pull.auto_merge_by, pull.comments, story.bot.queue.failures) == (None, [], {})
        assert "v0.1.0" in str(pull.body)


async def test_a_site_whose_plan_has_no_drafts_gets_a_proposal_that_is_none(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={CONFIG: "propose:\n  draft: true\n"})
    words = "Draft pull requests are not supported in this repository."

    def without_drafts(record: RequestRecord) -> Response | None:
        posts = record.method == "POST" and record.path.endswith("/pulls")
        return Response(422, {"message": words}) if posts and record.sent["draft"] else None

    github.intercept(without_drafts)
    async with calm_world(github, clock) as story:
        assert not story.the_proposal().draft


# -- what its body says -----------------------------------------------------------------------


async def test_its_body_says_all_that_a_reviewer_should_know(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go", "Php", "Rust")
    java, go = (github.repository(f"{ORGANIZATION}/{name}") for name in ("java", "go"))
    done = java.create_milestone("v0.1", closed=2, state="closed")
    go.create_milestone("Sprint 7", open=1)
    async with calm_world(github, clock) as story:
        await merged(story)
        source = story.read(SOURCE).replace("label: Php\n", "label: Php\n    hold: until the move\n")
        story.site.push({SOURCE: source}, by="ada")
        story.sig("Rust").delete()
        java.edit_milestone(done.number, state="open")
        go.rename("golang")
        await release(story, "v0.1.0")
        body = str(story.the_proposal().body)
        assert story.the_proposal().title.startswith("Python reaches v0.2; Java back to v0.1")
        assert f"/{ORGANIZATION}/python/releases/tag/v0.1.0)" in body
        assert f"/{ORGANIZATION}/java/milestone/{done.number})" in body
        assert "**step back:**" in body
        _, could_not, held, renamed, unmatched = (
            body.split("### Progress")[1].replace("<details>", "###").split("###")
        )
        assert "`Rust`" in could_not
        assert "404" in could_not
        assert "`Php`" in held
        assert "until the move" in held
        assert f"`{ORGANIZATION}/golang`" in renamed
        assert "`Sprint 7`" in unmatched
        assert 'match: {"v0.1": ["Sprint 7"]}' in unmatched, "how to name it"


async def test_rows_that_come_go_or_get_another_name_are_proposed_in_those_words(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    github.create_repository(f"{ORGANIZATION}/rust")
    async with calm_world(github, clock) as story:
        await merged(story)
        source = story.read(SOURCE)
        for text, title, labels in (
            (source + row_of("Rust"), "Rust added", {"Python", "Java", "Rust"}),
            (source.replace(row_of("Java"), ""), "Java removed", {"Python"}),
            (source.replace("label: Java", "label: JVM"), "Java renamed to JVM", {"Python", "JVM"}),
            (source.replace("# the ladder", "# our ladder"), f"Follow {SOURCE}", {"Python", "Java"}),
        ):
            story.site.push({SOURCE: text}, by="ada")
            await story.rest()
            assert story.the_proposal().title == title
            assert set(story.proposed()) == labels
        assert len(story.site.pulls(state="all")) == 2


async def test_no_text_of_others_takes_effect_wherever_it_ends_up(github: Sandbox, clock: FakeClock) -> None:
    texts = [text.encode("utf-8", "replace").decode()[:2_000] for text in ATTACKS]
    build(github, "Python")
    site = github.repository(SITE)
    site.push({SOURCE: source_of("Python") + "".join(starmap(attacked_row, enumerate(texts)))})
    github.create_user("octocat")
    site.create_issue("The first", by="octocat")
    for index, text in enumerate(texts):
        attack(github.create_repository(f"{ORGANIZATION}/sig-{index}"), text)
    async with calm_world(github, clock) as story:
        pull = story.the_proposal()
        marker = read_marker(pull.body)
        assert marker is not None
        assert marker.commit == story.site.tip(BRANCH), "the bot's own marker, and nobody else's"
        messages = [commit.message for commit in story.site.log(BRANCH) if commit.author == BOT]
        for text in (pull.title, without_marker(pull.body), *messages):
            assert not LIVE.search(text)
            assert not CONTROLS.search(text)
        assert all(len(message.split("\n")[0]) <= 72 for message in messages)
        page = GITHUB.render(str(pull.body))
        assert page.count("<table>") == page.count("</table>") == 1
        assert page.rstrip().endswith(f"{write_marker(marker)}"), "nothing has swallowed the rest"
        await merged(story, "squash")
        assert story.site.issue(1).state == "open"
        assert [mention for mention in github.mentions if mention.by == BOT] == []
        assert [found for found in github.cross_references if found.by == BOT] == []


def attacked_row(index: int, text: str) -> str:
    """A row on which everything that people write is an attack."""
    row = row_of(f"sig-{index}").replace(f"label: sig-{index}", f"label: {quoted(f'{index}{text}')}")
    return row + (f"    hold: {quoted(text)}\n" if index % 3 == 0 else "")


def quoted(text: str) -> str:
    return str(yaml.safe_dump(text, default_style='"', width=math.inf)).strip()


def attack(sig: Repo, text: str) -> None:
    """Everything that a SIG may write is an attack."""
    title = " ".join(text.split())[:200] or "x"
    sig.create_milestone(f"{title} v0.2"[-200:], open=1)
    sig.create_milestone(title, closed=1)
    sig.create_release("@octocat/x@0.1.0", name=title, body=text)
