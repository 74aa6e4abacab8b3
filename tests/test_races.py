"""Races: somebody else acts between two of the bot's calls, or a second bot does. What stands in the end?"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
import yaml

from bot.marker import read_answer, read_marker
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.sandbox.actions import refs
from bot.sandbox.records import MergeMethod
from tests.clocks import FakeClock
from tests.staged import FROM_FORK, build_with_fork, stage
from tests.world import BOT, BRANCH, CONFIG, OUTPUT, SITE, World, build

RESYNC = 6 * 3600.0
MOVES_THE_BRANCH = ("PATCH", f"git/refs/heads/{BRANCH}")
MAKES_THE_BRANCH = ("POST", "git/refs")
MAKES_THE_COMMIT = ("POST", "git/commits")
OPENS_THE_PULL = ("POST", "pulls")
EDITS_THE_PULL = ("PATCH", "pulls/1")
LOOKS_AT_THE_BRANCH = ("GraphQL", "Branch")
DELETES_THE_BRANCH = ("GraphQL", "DeleteBranch")


def _call(record: RequestRecord) -> tuple[str, ...]:
    """The method, and the path within the repository; of GraphQL the name of what is asked."""
    if record.path == "/graphql":
        return "GraphQL", re.split(r"\W+", record.sent["query"].strip(), maxsplit=2)[1]
    return record.method, *unquote(record.path).split("/", 4)[4:]


def before(github: Sandbox, call: tuple[str, str], deed: Callable[[], object]) -> list[str]:
    """Do something, once, just before a call on a repository comes through; tells whether that happened."""
    done: list[str] = []

    def interceptor(record: RequestRecord) -> Response | None:
        if _call(record) == call and not done:
            done.append(record.path)
            deed()
        return None

    github.intercept(interceptor)
    return done


def together(github: Sandbox, call: tuple[str, str]) -> list[str]:
    """Let nobody make a call before two have come to it; tells who has."""
    came: list[str] = []
    both = asyncio.Event()

    async def interceptor(record: RequestRecord) -> Response | None:
        if _call(record) == call:
            came.append(record.path)
            if len(came) > 1:
                both.set()
            await both.wait()
        return None

    github.intercept(interceptor)
    return came


async def release(story: World, label: str, tag: str) -> None:
    story.sig(label).create_release(tag)
    await story.rest()


def releases_in(text: str | None) -> dict[str, str]:
    """The release of every row of an output."""
    assert text is not None
    return {row["label"]: row["releaseTag"] for row in yaml.safe_load(text)["data"]}


# -- two replicas -----------------------------------------------------------------------------


@pytest.mark.parametrize("on_the_fork", [False, True], ids=["on the site", "on a fork"])
async def test_two_replicas_make_one_pull_request(
    github: Sandbox, clock: FakeClock, *, on_the_fork: bool
) -> None:
    build_with_fork(github, "Python", "Java", config=FROM_FORK if on_the_fork else "")
    async with stage(github, clock, replicas=2, on_the_fork=on_the_fork) as story:
        home = story.fork if on_the_fork else story.site
        pull = story.the_proposal()
        for tag in ("v0.1.0", "v0.2.0", "v0.3.0"):
            await release(story, "Python", tag)
            await release(story, "Java", tag)
            assert releases_in(home.file(OUTPUT, ref=BRANCH)) == {"Python": tag, "Java": tag}
        assert story.site.pulls(state="all") == [pull]
        assert "v0.3.0" in str(pull.body)
        assert pull.comments == []
        story.site.merge_pull(pull.number, by="ada")
        await release(story, "Java", "v1.0.0")
        assert len(story.site.pulls(state="all")) == 2
        story.sig("Java").delete_release("v1.0.0")
        await story.rest()
        [_, closed] = story.site.pulls(state="all")
        assert (closed.state, closed.merged, len(closed.comments)) == ("closed", False, 1)
        assert home.tip(BRANCH) is None


async def test_a_replica_that_was_not_told_takes_nothing_back(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with stage(github, clock, replicas=2) as story:
        story.told -= {0}
        await release(story, "Python", "v0.1.0")
        story.told ^= {0, 1}
        await release(story, "Java", "v0.2.0")
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0", "Java": "v0.2.0"}
        story.told ^= {0, 1}
        await release(story, "Python", "v0.3.0")
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.3.0", "Java": "v0.2.0"}


async def test_a_replica_that_was_not_told_takes_nothing_back_after_a_merge(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with stage(github, clock, replicas=2) as story:
        story.told -= {0}
        await release(story, "Python", "v0.1.0")
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        story.told ^= {0, 1}
        await release(story, "Java", "v0.2.0")
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0", "Java": "v0.2.0"}
        assert len(story.site.pulls(state="all")) == 2


@pytest.mark.parametrize("call", [MAKES_THE_BRANCH, MAKES_THE_COMMIT])
async def test_two_replicas_that_both_found_no_proposal_make_one(
    github: Sandbox, clock: FakeClock, call: tuple[str, str]
) -> None:
    build(github, "Python")
    came = together(github, call)
    async with stage(github, clock, replicas=2) as story:
        assert len(came) == 2
        assert len(story.site.pulls(state="all")) == 1
        assert len([commit for commit in story.site.log(BRANCH) if commit.author == BOT]) == 1


async def test_two_replicas_that_both_bring_it_up_to_date_do_so_once(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        pull = story.the_proposal()
        came = together(github, MOVES_THE_BRANCH)
        await release(story, "Python", "v0.1.0")
        assert len(came) == 2
        assert len([commit for commit in story.site.log(BRANCH) if commit.author == BOT]) == 2
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0"}
        assert story.site.pulls(state="all") == [pull]
        marker = read_marker(pull.body)
        assert marker is not None
        assert marker.commit == story.site.tip(BRANCH)


async def test_two_replicas_report_a_fault_once(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", files={CONFIG: "sauce: x\n"})
    came = together(github, ("POST", "issues"))
    async with stage(github, clock, replicas=2) as story:
        assert len(came) == 2
        assert len(story.reports()) == 1
        await clock.advance(RESYNC)
        await story.rest()
        assert len(story.reports()) == 1
        story.site.push({CONFIG: ""}, by="ada")
        await story.rest()
        assert story.reports() == []
        assert len(story.site.pulls()) == 1


async def test_two_replicas_say_hands_off_once(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        pull = story.the_proposal()
        came = together(github, ("POST", "issues/1/comments"))
        mine = story.site.push({"notes.md": "x\n"}, branch=BRANCH, by="ada")
        await story.rest()
        assert len(came) == 2
        await release(story, "Python", "v0.1.0")
        assert story.site.tip(BRANCH) == mine
        assert [comment.author for comment in pull.comments] == [BOT]


async def test_what_a_replica_said_twice_and_died_over_is_taken_back(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        pull = story.the_proposal()
        story.site.push({"notes.md": "x\n"}, branch=BRANCH, by="ada")
        await story.rest()
        [said] = pull.comments
        story.site.comment(pull.number, said.body, by=BOT)
        await clock.advance(RESYNC)
        await story.rest()
        assert pull.comments == [said]


async def test_two_replicas_that_answer_at_once_leave_one_answer(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    comment = site.comment(site.create_issue("A question").number, "/status show")
    came = together(github, ("POST", f"issues/{comment.issue.number}/comments"))
    async with stage(github, clock, replicas=2):
        assert len(came) == 2, "the second took over from the first, which was slow"
        [reply] = [other for other in comment.issue.comments if other.author == BOT]
        assert read_answer(reply.body, comment.id) == "rocket"
        assert comment.reactions == [("eyes", BOT), ("rocket", BOT)]


async def test_two_replicas_close_it_with_one_word(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "Python", "v0.1.0")
        pull = story.the_proposal()
        came = together(github, ("PATCH", "pulls/2"))
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert len(came) == 2
        assert (pull.state, len(pull.comments), story.site.tip(BRANCH)) == ("closed", 1, None)


@pytest.mark.parametrize("call", [LOOKS_AT_THE_BRANCH, DELETES_THE_BRANCH])
async def test_a_branch_that_another_replica_deletes_first_is_no_trouble(
    github: Sandbox, clock: FakeClock, call: tuple[str, str]
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "Python", "v0.1.0")
        pull = story.the_proposal()
        done = before(github, call, lambda: story.site.delete_branch(BRANCH, by=BOT))
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert done
        assert (pull.state, pull.comments) == ("closed", []), "the word is the other's to say"
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize(
    "answer",
    [
        Response(
            body={
                "errors": [
                    {
                        "message": "Field 'updateRefs' doesn't exist on type 'Mutation'",
                        "path": ["mutation DeleteBranch", "updateRefs"],
                        "extensions": {"code": "undefinedField"},
                    }
                ]
            }
        ),
        Response(body={"errors": [{"message": "Unknown type 'GitRefname'."}]}),
        Response(404, {"message": "Not Found"}),
    ],
    ids=["no such field", "no such type", "no mutations"],
)
async def test_a_server_that_cannot_compare_and_delete_in_one_step_deletes_all_the_same(
    github: Sandbox, clock: FakeClock, answer: Response
) -> None:
    build(github, "Python")
    github.intercept(lambda record: answer if _call(record) == DELETES_THE_BRANCH else None)
    async with stage(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "Python", "v0.1.0")
        pull = story.the_proposal()
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert (pull.state, len(pull.comments), story.site.tip(BRANCH)) == ("closed", 1, None)


async def test_a_server_that_cannot_compare_and_delete_in_one_step_is_looked_at_first(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    theirs: list[str] = []

    def older(record: RequestRecord) -> Response | None:
        if _call(record) != DELETES_THE_BRANCH:
            return None
        theirs.append(story.site.push({"theirs.md": "x\n"}, branch=BRANCH, by="ada"))
        return Response(404, {"message": "Not Found"})

    async with stage(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "Python", "v0.1.0")
        github.intercept(older)
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert [story.site.tip(BRANCH)] == theirs
        assert story.bot.queue.failures == {}


async def test_a_branch_that_github_does_not_let_be_deleted_stays(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    error = {"type": "UNPROCESSABLE", "message": "Cannot delete this protected branch"}
    answer = Response(body={"data": {"updateRefs": None}, "errors": [{**error, "path": ["updateRefs"]}]})
    async with stage(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "Python", "v0.1.0")
        pull = story.the_proposal()
        github.intercept(lambda record: answer if _call(record) == DELETES_THE_BRANCH else None)
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert (pull.state, len(pull.comments), story.site.tip(BRANCH)) == ("closed", 1, pull.head.sha)
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize("method", ["merge", "squash"])
@pytest.mark.parametrize("error", [{"type": "UNPROCESSABLE"}, {}])
async def test_a_merged_branch_that_github_does_not_let_be_deleted_is_gone_on_with(
    github: Sandbox, clock: FakeClock, method: MergeMethod, error: dict[str, str]
) -> None:
    build(github, "Python")
    error = {**error, "message": "Repository rule violations found: Cannot delete this branch"}
    answer = Response(body={"data": {"updateRefs": None}, "errors": [{**error, "path": ["updateRefs"]}]})
    async with stage(github, clock) as story:
        first = story.the_proposal()
        story.site.merge_pull(first.number, by="ada", method=method)
        github.intercept(lambda record: answer if _call(record) == DELETES_THE_BRANCH else None)
        await story.rest()
        await release(story, "Python", "v0.1.0")
        pull = story.the_proposal()
        assert pull.number != first.number
        assert story.proposed()["Python"]["releaseTag"] == "v0.1.0"
        tip = story.site.log(BRANCH)[0]
        assert tip.parents[0] == first.head.sha, "the branch moves forward"
        assert story.bot.queue.failures == {}
        await release(story, "Python", "v0.2.0")
        assert story.the_proposal() is pull


async def test_a_deletion_that_fails_for_no_reason_given_is_tried_again(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    failed: list[str] = []

    def hiccup(record: RequestRecord) -> Response | None:
        if _call(record) != DELETES_THE_BRANCH or failed:
            return None
        failed.append(record.path)
        return Response(body={"data": None, "errors": [{"message": "Something went wrong."}]})

    github.intercept(hiccup)
    async with stage(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada", method="squash")
        await story.rest()
        await release(story, "Python", "v0.1.0")
        assert failed
        assert len(story.site.log(BRANCH)) == 1 + len(story.site.log("main"))
        assert len(story.site.pulls()) == 1


# -- a merge ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "method", "then"),
    [
        (MAKES_THE_COMMIT, "squash", "kept"),
        (MOVES_THE_BRANCH, "merge", "kept"),
        (MOVES_THE_BRANCH, "squash", "kept"),
        (MOVES_THE_BRANCH, "rebase", "kept"),
        (MOVES_THE_BRANCH, "merge", "deleted"),
        (MOVES_THE_BRANCH, "squash", "deleted"),
        (EDITS_THE_PULL, "squash", "kept"),
    ],
)
async def test_a_merge_while_a_commit_is_under_way_loses_nothing(
    github: Sandbox, clock: FakeClock, call: tuple[str, str], method: MergeMethod, then: str
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        first = story.the_proposal()
        story.site.record.delete_branch_on_merge = then == "deleted"

        def merge() -> None:
            story.site.merge_pull(first.number, by="ada", method=method)

        done = before(github, call, merge)
        await release(story, "Python", "v0.1.0")
        assert done
        assert first.merged
        stands = story.site.pulls()
        if not stands:
            assert releases_in(story.read(OUTPUT)) == {"Python": "v0.1.0"}, "the merge took all of it"
            return
        [second] = stands
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0"}
        story.site.merge_pull(second.number, by="ada")
        await story.rest()
        assert releases_in(story.read(OUTPUT)) == {"Python": "v0.1.0"}
        assert len(story.site.pulls(state="all")) == 2


# -- the branch -------------------------------------------------------------------------------


async def test_a_branch_deleted_between_read_and_write_is_a_no(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        first = story.the_proposal()
        done = before(github, MOVES_THE_BRANCH, lambda: story.site.delete_branch(BRANCH, by="ada"))
        await release(story, "Python", "v0.1.0")
        assert done
        assert (first.state, first.merged) == ("closed", False)
        # The release is news since that no, so that it is proposed by a pull request of its own.
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0"}
        assert story.the_proposal() is not first


async def test_a_branch_deleted_between_runs_is_a_no_until_there_is_news(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        story.site.delete_branch(BRANCH, by="ada")
        await story.rest()
        await clock.advance(RESYNC)
        await story.rest()
        assert (story.site.pulls(), story.site.tip(BRANCH)) == ([], None)
        await release(story, "Python", "v0.1.0")
        assert story.site.log(BRANCH)[0].parents == (story.site.tip("main"),)
        assert len(story.site.pulls()) == 1


async def test_a_branch_that_somebody_makes_first_is_theirs(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    theirs: list[str] = []

    def push() -> None:
        theirs.append(github.repository(SITE).push({"theirs.md": "x\n"}, branch=BRANCH, by="ada"))

    done = before(github, MAKES_THE_BRANCH, push)
    async with stage(github, clock) as story:
        assert done
        assert [story.site.tip(BRANCH)] == theirs
        assert story.site.pulls() == []


@pytest.mark.parametrize("call", [LOOKS_AT_THE_BRANCH, DELETES_THE_BRANCH])
async def test_a_branch_that_was_pushed_to_is_not_deleted_with_its_proposal(
    github: Sandbox, clock: FakeClock, call: tuple[str, str]
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "Python", "v0.1.0")
        theirs: list[str] = []

        def push() -> None:
            theirs.append(story.site.push({"theirs.md": "x\n"}, branch=BRANCH, by="ada"))

        done = before(github, call, push)
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert done
        assert [story.site.tip(BRANCH)] == theirs
        assert story.bot.queue.failures == {}


# -- closed and reopened, retargeted ----------------------------------------------------------


async def test_closed_and_reopened_it_is_the_proposal_again(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        pull = story.the_proposal()
        story.site.close_pull(pull.number, by="ada")
        await story.rest()
        story.site.reopen_pull(pull.number, by="ada")
        await story.rest()
        await release(story, "Python", "v0.1.0")
        assert story.site.pulls(state="all") == [pull]
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0"}
        assert "v0.1.0" in str(pull.body)


@pytest.mark.parametrize("call", [MAKES_THE_COMMIT, MOVES_THE_BRANCH, EDITS_THE_PULL])
async def test_closed_and_reopened_while_a_commit_is_under_way(
    github: Sandbox, clock: FakeClock, call: tuple[str, str]
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        pull = story.the_proposal()

        def close_and_reopen() -> None:
            story.site.close_pull(pull.number, by="ada")
            story.site.reopen_pull(pull.number, by="ada")

        done = before(github, call, close_and_reopen)
        await release(story, "Python", "v0.1.0")
        assert done
        assert story.site.pulls(state="all") == [pull]
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0"}


@pytest.mark.parametrize("call", [MAKES_THE_COMMIT, MOVES_THE_BRANCH, EDITS_THE_PULL])
async def test_closed_while_a_commit_is_under_way_it_may_be_reopened(
    github: Sandbox, clock: FakeClock, call: tuple[str, str]
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        pull = story.the_proposal()
        done = before(github, call, lambda: story.site.close_pull(pull.number, by="ada"))
        await release(story, "Python", "v0.1.0")
        assert done
        assert len(story.site.pulls()) <= 1
        for other in story.site.pulls():
            story.site.close_pull(other.number, by="ada")
        await story.rest()
        story.site.reopen_pull(pull.number, by="ada")
        await release(story, "Python", "v0.2.0")
        assert story.the_proposal() is pull
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.2.0"}


async def test_given_another_base_it_is_left_to_whoever_did_that(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        pull, tip = story.the_proposal(), story.site.tip(BRANCH)
        story.site.push({"x.md": "x\n"}, branch="staging")
        story.site.retarget_pull(pull.number, "staging", by="ada")
        await story.rest()
        await release(story, "Python", "v0.1.0")
        assert story.site.pulls(state="all") == [pull]
        assert (pull.base.ref, pull.comments, story.site.tip(BRANCH)) == ("staging", [], tip)

        story.site.retarget_pull(pull.number, "main", by="ada")
        await story.rest()
        assert story.site.pulls(state="all") == [pull]
        assert releases_in(story.read(OUTPUT, BRANCH)) == {"Python": "v0.1.0"}


async def test_what_people_propose_from_its_branch_to_another_base_does_not_stop_the_bot(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        first = story.the_proposal()
        story.site.push({"x.md": "x\n"}, branch="staging")
        theirs = story.site.create_pull(BRANCH, base="staging", title="To try it out", by="ada")
        story.site.merge_pull(first.number, by="ada")
        await release(story, "Python", "v0.1.0")
        assert [pull.base.ref for pull in story.site.pulls()].count("main") == 1
        assert theirs.title == "To try it out"


# -- the base ---------------------------------------------------------------------------------


async def test_what_was_taken_out_of_the_base_by_force_does_not_come_back(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        before_it = str(story.site.tip("main"))
        story.site.push({"secret.txt": "hunter2\n"}, by="ada")
        await release(story, "Python", "v0.1.0")
        assert story.site.file("secret.txt", ref=BRANCH) is not None
        story.site.force_push("main", before_it, by="ada")
        await story.rest()
        await clock.advance(RESYNC)
        await story.rest()
        assert story.site.file("secret.txt", ref=BRANCH) is None
        story.site.merge_pull(story.the_proposal().number, by="ada")
        assert story.site.file("secret.txt") is None
        assert releases_in(story.read(OUTPUT)) == {"Python": "v0.1.0"}


async def test_a_base_moved_by_force_between_read_and_write_is_caught_up_with(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with stage(github, clock) as story:
        old = str(story.site.tip("main"))
        story.site.push({"secret.txt": "hunter2\n"}, by="ada")
        await story.rest()
        done = before(github, MAKES_THE_COMMIT, lambda: story.site.force_push("main", old, by="ada"))
        await release(story, "Python", "v0.1.0")
        await clock.advance(RESYNC)
        await story.rest()
        assert done
        story.site.merge_pull(story.the_proposal().number, by="ada")
        assert story.site.file("secret.txt") is None
        assert releases_in(story.read(OUTPUT)) == {"Python": "v0.1.0"}


async def test_a_base_that_is_deleted_is_a_fault_until_it_is_back(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", files={CONFIG: "base: pages\n"})
    github.repository(SITE).push({"index.md": "x\n"}, branch="pages")
    async with stage(github, clock) as story:
        pull, tip = story.the_proposal(), str(story.site.tip("pages"))
        story.site.delete_branch("pages", by="ada")
        await story.rest()
        assert pull.state == "closed"
        await clock.advance(RESYNC)
        await story.rest()
        assert len(story.reports()) == 1
        refs.create(github.state, story.site.record, "heads/pages", tip, "ada")
        await release(story, "Python", "v0.1.0")
        await clock.advance(RESYNC)
        await story.rest()
        assert story.reports() == []
        assert len(story.site.pulls()) == 1


# -- a site without issues --------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False], ids=["known", "found out"])
async def test_a_fault_that_can_be_reported_nowhere_keeps_nothing_waiting(
    github: Sandbox, clock: FakeClock, *, known: bool
) -> None:
    build(github, "Python", files={CONFIG: "sauce: x\n"})
    site = github.repository(SITE)
    if known:
        site.disable_issues()
    else:
        before(github, ("POST", "issues"), site.disable_issues)
    async with stage(github, clock) as story:
        assert story.reports() == []
        assert story.bot.queue.failures == {}
        asked = [record for record in github.requests if record.path.endswith("/issues")]
        await clock.advance(2 * RESYNC)
        await story.rest()
        assert [record for record in github.requests if record.path.endswith("/issues")] == asked
        assert len(asked) == (not known)
        story.site.push({CONFIG: ""}, by="ada")
        await story.rest()
        assert story.the_proposal().author == BOT
