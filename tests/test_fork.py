"""A site that is proposed to from a fork: what stands there in the end, and which tokens wrote it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.look import look_with_token
from bot.observe import NotASiteError
from bot.sandbox import PullRequest, Repo, RequestRecord, Response, Sandbox
from bot.sandbox.actions import pulls
from bot.sandbox.actions.pulls import NewPull
from tests.clocks import FakeClock
from tests.kept import assert_snapshot
from tests.questions import answer_to, as_on_github
from tests.readers import query_in
from tests.staged import FORK, FORKS_OWNER, FROM_FORK, Stage, build_with_fork, stage
from tests.world import BOT, BRANCH, CONFIG, ORGANIZATION, OUTPUT, PERMISSIONS, SITE, build

RESYNC = 6 * 3600.0
WORKFLOW = ".github/workflows/build.yml"
WITH_WORKFLOWS = {**PERMISSIONS, "workflows": "write"}


def propose(github: Sandbox, fork: Repo, title: str = "Status") -> PullRequest:
    """Somebody's pull request from a branch of the bot's name in a fork."""
    owner = fork.full_name.partition("/")[0]
    wanted = NewPull(source=fork.record, branch=BRANCH, base="main", title=title)
    return pulls.create(github.state, github.repository(SITE).record, wanted, owner)


def strangers_proposals(github: Sandbox, how_many: int = 12) -> list[PullRequest]:
    """Pull requests from branches of the bot's name in as many strangers' forks."""
    found = []
    for number in range(how_many):
        login = f"stranger-{number}"
        github.create_user(login)
        fork = github.repository(SITE).fork(login)
        fork.push({"mine.md": f"{number}\n"}, branch=BRANCH, by=login)
        found.append(propose(github, fork))
    return found


async def release(story: Stage, tag: str) -> None:
    story.sig("Python").create_release(tag)
    await story.rest()


# -- the proposal -----------------------------------------------------------------------------


async def test_the_proposal_comes_from_the_fork(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull = story.the_proposal()
        assert (pull.author, pull.head.label, pull.base.label) == (
            BOT,
            f"{FORKS_OWNER}:{BRANCH}",
            f"{ORGANIZATION}:main",
        )
        assert pull.labels == ["status-page"]
        assert story.site.branches == ["main"]
        [commit] = [found for found in story.fork.log(BRANCH) if found.author == BOT]
        assert (commit.verified, commit.parents) == (True, (story.site.tip("main"),))
        assert story.reports() == []


async def test_no_token_may_write_the_contents_of_the_site(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        await release(story, "v0.1.0")
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "v0.2.0")
        story.sig("Python").delete_release("v0.2.0")
        await story.rest()
        story.site.push({CONFIG: FROM_FORK + "sauce: x\n"}, by="ada")
        await story.rest()
        assert len(story.reports()) == 1, "it could even report a fault"
        minted = story.minted()
        of_site = [one for one in minted if one["installation"] == story.organisation.id]
        of_fork = [one for one in minted if one["installation"] != story.organisation.id]
        assert {one["permissions"].get("contents", "none") for one in of_site} == {"read", "none"}
        writing = [one for one in of_fork if "write" in one["permissions"].values()]
        assert [(one["repository_ids"], one["permissions"]) for one in writing] == [
            ([story.fork.id], {"metadata": "read", "contents": "write"})
        ]
        wrote = [record for record in github.requests if record.method in ("POST", "PATCH", "DELETE", "PUT")]
        assert {record.path.split("/git/")[0] for record in wrote if "/git/" in record.path} == {
            f"/repos/{FORK}"
        }


async def test_it_lives_on_as_one_pull_request(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull, first = story.the_proposal(), story.fork.tip(BRANCH)
        await release(story, "v0.1.0")
        assert story.the_proposal() is pull
        [commit, *_] = story.fork.log(BRANCH)
        assert (commit.author, commit.parents[0]) == (BOT, first)
        assert "v0.1.0" in str(story.fork.file(OUTPUT, ref=BRANCH))
        assert "v0.1.0" in str(pull.body)

        story.site.merge_pull(pull.number, by="ada")
        await release(story, "v0.2.0")
        assert story.the_proposal() is not pull
        assert story.fork.log(BRANCH)[0].parents == (story.site.tip("main"),)


async def test_nothing_left_closes_it_and_deletes_the_forks_branch(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await release(story, "v0.1.0")
        pull = story.the_proposal()
        story.sig("Python").delete_release("v0.1.0")
        await story.rest()
        assert (pull.state, pull.merged, pull.closed_by, len(pull.comments)) == ("closed", False, BOT, 1)
        assert story.fork.tip(BRANCH) is None


async def test_a_no_is_respected_there_too(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        await clock.advance(RESYNC)
        await story.rest()
        assert story.site.pulls(state="open") == []
        await release(story, "v0.1.0")
        assert len(story.site.pulls(state="open")) == 1


async def test_a_persons_push_to_the_fork_keeps_the_bot_off(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull = story.the_proposal()
        mine = story.fork.push({"data/notes.md": "my own\n"}, message="A fix-up", branch=BRANCH, by="ada")
        await story.rest()
        for tag in ("v0.1.0", "v0.2.0"):
            await release(story, tag)
        assert story.fork.tip(BRANCH) == mine
        [said] = [comment for comment in pull.comments if comment.author == BOT]
        assert "hands off" in said.body


async def test_a_push_to_the_fork_between_read_and_write_is_never_overwritten(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pushed: list[str] = []

        def push_in_between(record: RequestRecord) -> Response | None:
            if record.method == "PATCH" and "status-bot" in record.path and not pushed:
                pushed.append(story.fork.push({"theirs.md": "x\n"}, branch=BRANCH, by="ada"))
            return None

        github.intercept(push_in_between)
        await release(story, "v0.1.0")
        assert [story.fork.tip(BRANCH)] == pushed
        assert story.fork.file("theirs.md", ref=BRANCH) == "x\n"


async def test_a_fork_of_the_same_owner_is_told_from_the_site(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", files={CONFIG: f"propose:\n  fork: {ORGANIZATION}/pages\n"})
    fork = github.repository(SITE).fork(ORGANIZATION, "pages")
    theirs = fork.push({"try.md": "x\n"}, by="ada")
    async with stage(github, clock) as story:
        pull = story.the_proposal()
        assert pull.head.repository is fork.record
        assert (story.site.branches, fork.branches) == (["main"], ["main", BRANCH])
        assert (fork.tip("main"), fork.file("try.md", ref=BRANCH)) == (theirs, None)


async def test_a_renamed_fork_is_followed(github: Sandbox, clock: FakeClock) -> None:
    fork = build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull = story.the_proposal()
        fork.rename("pages")
        await release(story, "v0.1.0")
        assert story.the_proposal() is pull
        assert "v0.1.0" in str(fork.file(OUTPUT, ref=BRANCH))


# -- the fork's base --------------------------------------------------------------------------


async def test_the_forks_base_is_kept_in_step(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.push({"content/news.md": "x\n"}, by="ada")
        await release(story, "v0.1.0")
        assert story.fork.tip("main") == story.site.tip("main")
        assert story.fork.log(BRANCH)[0].parents[1:] == (story.site.tip("main"),)


@pytest.mark.parametrize("status", [404, 422])
async def test_commits_that_the_fork_does_not_know_yet_are_fetched(
    github: Sandbox, clock: FakeClock, status: int
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        refused: list[str] = []

        def not_there_yet(record: RequestRecord) -> Response | None:
            if record.method == "PATCH" and record.path.endswith("git/refs/heads/main"):
                refused.append(record.path)
                return Response(status, {"message": "Object does not exist"})
            return None

        github.intercept(not_there_yet)
        story.site.push({"content/news.md": "x\n"}, by="ada")
        await release(story, "v0.1.0")
        assert refused
        assert story.fork.tip("main") == story.site.tip("main")
        assert "v0.1.0" in str(story.fork.file(OUTPUT, ref=BRANCH))


@pytest.mark.parametrize("refuses", ["/compare/", "/merge-upstream"])
async def test_a_fork_that_cannot_be_brought_up_to_date_is_proposed_from_all_the_same(
    github: Sandbox, clock: FakeClock, refuses: str
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        behind = story.fork.tip("main")

        def refuse(record: RequestRecord) -> Response | None:
            forward = record.method == "PATCH" and record.path.endswith("git/refs/heads/main")
            return Response(422, {"message": "No"}) if forward or refuses in record.path else None

        github.intercept(refuse)
        story.site.push({"content/news.md": "x\n"}, by="ada")
        await release(story, "v0.1.0")
        assert story.fork.tip("main") == behind
        assert "v0.1.0" in str(story.the_proposal().body)
        assert story.bot.queue.failures == {}


async def test_what_somebody_committed_to_the_forks_base_stays_and_goes_nowhere(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        theirs = story.fork.push({"try.md": "x\n"}, by="ada")
        story.site.push({"content/news.md": "x\n"}, by="ada")
        await release(story, "v0.1.0")
        assert story.fork.tip("main") == theirs
        assert story.fork.file("try.md", ref=BRANCH) is None
        assert story.fork.file("content/news.md", ref=BRANCH) == "x\n"
        story.site.merge_pull(story.the_proposal().number, by="ada")
        assert story.site.file("try.md") is None


async def test_a_fork_without_the_base_branch_gets_one(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", files={CONFIG: FROM_FORK + "base: pages\n"})
    fork = github.repository(SITE).fork(FORKS_OWNER)
    github.repository(SITE).push({"index.md": "x\n"}, branch="pages")
    async with stage(github, clock, on_the_fork=True) as story:
        assert fork.tip("pages") == story.site.tip("pages")
        assert story.the_proposal().head.label == f"{FORKS_OWNER}:status-bot/pages"


async def test_a_base_branch_with_workflows_must_be_made_on_the_fork_where_the_app_may_not(
    github: Sandbox, clock: FakeClock
) -> None:
    fork = build_with_fork(github, "Python")
    site = github.repository(SITE)
    site.push({WORKFLOW: "on: push\n"}, branch="trunk")
    site.set_default_branch("trunk")
    async with stage(github, clock, on_the_fork=True) as story:
        [report] = story.reports()
        assert f"`{FORK}` has no branch `trunk`" in str(report.body)
        assert "create it there from the site's" in str(report.body)
        assert fork.branches == ["main"]
        fork.push({WORKFLOW: "on: push\n"}, branch="trunk", by="ada")
        await clock.advance(RESYNC)
        await story.rest()
        assert (report.state, story.the_proposal().base.label) == ("closed", f"{ORGANIZATION}:trunk")


async def test_changed_workflows_come_along_where_the_app_may_write_them(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True, permissions=WITH_WORKFLOWS) as story:
        story.site.push({WORKFLOW: "on: push\n"}, by="ada")
        await release(story, "v0.1.0")
        assert story.fork.tip("main") == story.site.tip("main")
        assert "v0.1.0" in str(story.fork.file(OUTPUT, ref=BRANCH))


async def test_changed_workflows_do_not_matter_to_a_proposal_that_is_right_as_it_stands(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull = story.the_proposal()
        story.site.push({WORKFLOW: "on: push\n"}, by="ada")
        await clock.advance(RESYNC)
        await story.rest()
        assert (pull.comments, story.reports()) == ([], [])

        await release(story, "v0.1.0")
        [said] = [comment.body for comment in pull.comments]
        assert "Sync fork" in said


async def test_changed_workflows_that_the_app_may_not_write_are_a_fault_once_it_matters(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        story.site.push({WORKFLOW: "on: push\n"}, by="ada")
        await clock.advance(RESYNC)
        await story.rest()
        assert story.reports() == [], "there is nothing to propose"

        await release(story, "v0.1.0")
        [report] = story.reports()
        assert "Sync fork" in str(report.body)
        assert f"{CONFIG}:2" in str(report.body)
        assert story.site.pulls(state="open") == []

        story.fork.force_push("main", str(story.site.tip("main")), by="ada")
        await clock.advance(RESYNC)
        await story.rest()
        assert "v0.1.0" in str(story.the_proposal().body)
        assert story.reports() == []


# -- strangers --------------------------------------------------------------------------------


@pytest.mark.parametrize("on_the_fork", [True, False], ids=["from a fork", "from the site"])
async def test_any_number_of_strangers_neither_hide_nor_pass_for_the_proposal(
    github: Sandbox, clock: FakeClock, *, on_the_fork: bool
) -> None:
    build_with_fork(github, "Python", config=FROM_FORK if on_the_fork else "")
    async with stage(github, clock, on_the_fork=on_the_fork) as story:
        home = story.fork if on_the_fork else story.site
        pull = story.the_proposal()
        theirs = strangers_proposals(github)
        await release(story, "v0.1.0")
        assert [one for one in story.site.pulls(state="open") if one not in theirs] == [pull]
        assert "v0.1.0" in str(pull.body)
        assert "v0.1.0" in str(home.file(OUTPUT, ref=BRANCH))
        assert {(one.title, one.state, len(one.comments)) for one in theirs} == {("Status", "open", 0)}

        story.site.close_pull(pull.number, by="ada")
        for stranger in theirs:
            story.site.close_pull(stranger.number, by="ada")
        await clock.advance(RESYNC)
        await story.rest()
        assert story.site.pulls(state="open") == [], "the no is remembered, whoever was told one since"

        await release(story, "v0.2.0")
        assert story.the_proposal().author == BOT


async def test_a_conflict_is_seen_behind_strangers(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull = story.the_proposal()
        strangers_proposals(github)
        story.site.push({OUTPUT: "# by hand\n"}, by="ada")
        await story.rest()
        assert story.site.tip("main") in story.fork.log(BRANCH)[0].parents
        story.site.merge_pull(pull.number, by="ada")
        assert "Python" in story.read(OUTPUT)


# -- the fork is no site ----------------------------------------------------------------------


async def test_the_fork_is_no_site_though_it_has_a_copy_of_the_configuration(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        await release(story, "v0.1.0")
        await clock.advance(RESYNC)
        await story.rest()
        assert [site.full_name for site in story.bot.service.sites] == [SITE]
        assert story.fork.pulls(state="all") == []
        assert story.fork.issues(state="all") == []


async def test_a_fork_with_an_older_copy_of_the_configuration_is_none_either(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    fork = site.fork(FORKS_OWNER)
    site.push({CONFIG: FROM_FORK})
    async with stage(github, clock, on_the_fork=True) as story:
        assert fork.pulls(state="all") == []
        assert story.the_proposal().head.repository is fork.record


async def test_an_upstream_that_github_does_not_answer_for_makes_no_site_of_its_fork(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    fork = site.fork(FORKS_OWNER)
    site.push({CONFIG: FROM_FORK})
    failed: list[str] = []

    def fail(record: RequestRecord) -> Response | None:
        asked = query_in(record, "Site")
        if asked is None or asked["variables"]["owner"] != FORKS_OWNER or failed:
            return None
        failed.append(record.path)
        tip = {
            "name": "main",
            "target": {
                "oid": fork.tip("main"),
                "committedDate": "2020-03-20T12:00:00Z",
                "author": None,
                "tree": {"oid": fork.tip("main")},
                "parents": {"nodes": []},
            },
        }
        none: dict[str, object] = {"pageInfo": {"hasNextPage": False}, "nodes": []}
        repository = {
            "databaseId": fork.id,
            "nameWithOwner": FORK,
            "url": f"https://github.com/{FORK}",
            "isArchived": False,
            "isPrivate": False,
            "hasIssuesEnabled": True,
            "parent": None,
            "defaultBranchRef": tip,
            "base": tip,
            "branch": None,
            "workflows": None,
            "open": none,
            "over": none,
        }
        late = {"message": "Later", "path": ["repository", "parent"]}
        return Response(200, {"data": {"repository": repository}, "errors": [late]})

    github.intercept(fail)
    async with stage(github, clock, on_the_fork=True):
        assert failed
        assert fork.pulls(state="all") == []


@pytest.mark.parametrize("upstream", ["", "propose: [\n", None], ids=["other", "broken", "none"])
async def test_another_fork_of_a_site_may_be_a_site_of_its_own(
    github: Sandbox, clock: FakeClock, upstream: str | None
) -> None:
    build(github, "Python")
    fork = github.repository(SITE).fork(FORKS_OWNER)
    github.repository(SITE).push({CONFIG: upstream})
    async with stage(github, clock, accounts=(ORGANIZATION, FORKS_OWNER)):
        assert [pull.author for pull in fork.pulls()] == [BOT]


async def test_a_private_upstream_keeps_no_fork_from_being_a_site(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    fork = github.repository(SITE).fork(FORKS_OWNER)
    github.repository(SITE).make_private()
    async with stage(github, clock, accounts=(ORGANIZATION, FORKS_OWNER)):
        assert [pull.author for pull in fork.pulls()] == [BOT]


# -- faults -----------------------------------------------------------------------------------


def suspended(story: Stage) -> None:
    github = story.github
    [there] = [one for one in github.state.installations.values() if one is not story.organisation]
    github.suspend(there)


def read_only(story: Stage) -> None:
    for one in story.github.state.installations.values():
        one.permissions["contents"] = "read"


def elsewhere(story: Stage) -> None:
    other = story.github.create_repository(f"{ORGANIZATION}/blog")
    other.fork(FORKS_OWNER)
    story.site.push({CONFIG: f"propose: {{fork: {FORKS_OWNER}/blog}}\n"})


def unrelated(story: Stage) -> None:
    story.github.create_repository(f"{FORKS_OWNER}/blog")
    story.site.push({CONFIG: f"propose: {{fork: {FORKS_OWNER}/blog}}\n"})


def uninstalled(story: Stage) -> None:
    [there] = [one for one in story.github.state.installations.values() if one is not story.organisation]
    story.github.uninstall(there)


def itself(story: Stage) -> None:
    story.organisation.permissions["contents"] = "write"
    story.site.push({CONFIG: f"propose: {{fork: {SITE}}}\n"})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (uninstalled, f"the app is not installed on any repository `{FORK}`"),
        (lambda story: story.fork.delete(), f"make it a fork of `{SITE}`, and install the app on it"),
        (suspended, f"the app is suspended on `{FORK}`: unsuspend it in the settings of {FORKS_OWNER}"),
        (read_only, f"the app may not write to `{FORK}`"),
        (lambda story: story.fork.make_private(), f"`{FORK}` is private, and this site is public"),
        (lambda story: story.fork.archive(), f"`{FORK}` is archived"),
        (elsewhere, f"`{FORKS_OWNER}/blog` is a fork of `{ORGANIZATION}/blog`: name a fork of `{SITE}`"),
        (unrelated, f"`{FORKS_OWNER}/blog` is no fork: name a fork of `{SITE}`"),
        (itself, f"`{SITE}` is the site itself: leave `fork` out"),
    ],
)
async def test_what_keeps_the_fork_from_being_used_is_a_fault(
    github: Sandbox, clock: FakeClock, spoil: Callable[[Stage], Any], said: str
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        spoil(story)
        await release(story, "v0.1.0")
        await clock.advance(RESYNC)
        await story.rest()
        [report] = story.reports()
        assert said in str(report.body)
        assert report.title.startswith("Status page: 1 fault in .github/status-bot.yml")
        assert story.site.pulls(state="open") == []
        assert story.site.branches == ["main"]


async def test_a_fork_that_vanishes_between_two_questions_is_a_fault(
    github: Sandbox, clock: FakeClock
) -> None:
    gone = {"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve"}

    def answer(record: RequestRecord) -> Response | None:
        if query_in(record, "Fork") is None:
            return None
        return Response(200, {"data": {"repository": None}, "errors": [gone]})

    build_with_fork(github, "Python")
    github.intercept(answer)
    async with stage(github, clock, on_the_fork=True) as story:
        [report] = story.reports()
        assert f"there is no repository `{FORK}` that the app can see" in str(report.body)


@pytest.mark.parametrize(
    ("told", "path"),
    [(None, []), ({"parent": None}, ["repository", "parent"]), ({"base": None}, ["repository", "base"])],
    ids=["nothing", "not whose it is", "not its base"],
)
async def test_a_fork_that_github_does_not_answer_for_is_asked_for_again(
    github: Sandbox, clock: FakeClock, told: dict[str, None] | None, path: list[str]
) -> None:
    fork = build_with_fork(github, "Python")
    failed: list[str] = []

    def fail_once(record: RequestRecord) -> Response | None:
        if query_in(record, "Fork") is None or failed:
            return None
        failed.append(record.path)
        whole = {
            "databaseId": fork.id,
            "nameWithOwner": FORK,
            "isArchived": False,
            "isPrivate": False,
            "parent": {"databaseId": github.repository(SITE).id, "nameWithOwner": SITE},
            "base": None,
            "branch": None,
            "workflows": None,
        }
        repository = None if told is None else {**whole, **told}
        return Response(
            200, {"data": {"repository": repository}, "errors": [{"message": "Later", "path": path}]}
        )

    github.intercept(fail_once)
    async with stage(github, clock, on_the_fork=True) as story:
        assert failed
        assert (story.reports(state="all"), story.the_proposal().author) == ([], BOT)


async def test_a_fork_that_the_bot_may_not_see_is_a_fault_until_another_is_named(
    github: Sandbox, clock: FakeClock
) -> None:
    blocked = {"type": "FORBIDDEN", "path": ["repository"], "message": "Repository access blocked"}

    def refuse(record: RequestRecord) -> Response | None:
        if query_in(record, "Fork") is None:
            return None
        return Response(200, {"data": {"repository": None}, "errors": [blocked]})

    build_with_fork(github, "Python")
    github.intercept(refuse)
    async with stage(github, clock, on_the_fork=True) as story:
        [report] = story.reports()
        assert f"there is no repository `{FORK}` that the app can see" in str(report.body)
        story.organisation.permissions["contents"] = "write"
        story.site.push({CONFIG: ""}, by="ada")
        await story.rest()
        assert report.state == "closed"
        assert story.the_proposal().head.repository is story.site.record


async def test_a_fault_of_the_fork_is_said_on_the_proposal_that_stands(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        pull = story.the_proposal()
        story.fork.archive()
        await release(story, "v0.1.0")
        await release(story, "v0.2.0")
        [said] = [comment.body for comment in pull.comments]
        assert "unarchive it" in said
        assert story.reports() == []
        story.fork.unarchive()
        await story.rest()
        assert "v0.2.0" in str(pull.body), "the fork's own events are enough"


async def test_installed_on_the_fork_the_bot_mends_its_report_and_proposes(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock) as story:
        story.organisation.permissions["contents"] = "read"
        [report] = story.reports()
        github.install(story.app, FORKS_OWNER)
        await story.rest()
        await clock.advance(RESYNC)
        await story.rest()
        assert report.state == "closed"
        assert story.the_proposal().head.label == f"{FORKS_OWNER}:{BRANCH}"


# -- from one to the other, and looking -------------------------------------------------------


async def test_a_site_may_turn_to_a_fork_and_back(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python", config="")
    async with stage(github, clock) as story:
        github.install(story.app, FORKS_OWNER, repositories=[])
        first = story.the_proposal()
        assert first.head.repository is story.site.record
        story.site.close_pull(first.number, by="ada")
        [there] = [one for one in github.state.installations.values() if one is not story.organisation]
        story.site.push({CONFIG: FROM_FORK}, by="ada")
        github.add_repositories(there, [FORK])
        await story.rest()
        second = story.the_proposal()
        assert second.head.repository is story.fork.record
        story.site.merge_pull(second.number, by="ada")
        story.site.push({CONFIG: ""}, by="ada")
        await release(story, "v0.1.0")
        assert story.the_proposal().head.repository is story.site.record


async def test_a_person_may_look_at_such_a_site_without_the_app(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        api_url = f"{github.state.url}/api/v3"
        told = await look_with_token(api_url, github.personal_token("ada"), SITE, lambda _done, _all: None)
        assert (told.seen.faults, told.seen.state.open_pull is not None) == ((), True)
        assert told.seen.branch_output == story.fork.file(OUTPUT, ref=BRANCH)
        assert told.diff.startswith("--- /dev/null")


async def test_looking_at_the_fork_says_whose_it_is(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True):
        api_url = f"{github.state.url}/api/v3"
        with pytest.raises(NotASiteError, match=f"{FORK} is the fork"):
            await look_with_token(api_url, github.personal_token("ada"), FORK, lambda _done, _all: None)


# -- from elsewhere to here -------------------------------------------------------------------


@pytest.mark.parametrize("pushed", [False, True], ids=["the bot's alone", "somebody pushed to it"])
async def test_where_a_site_turns_away_from_its_fork_one_proposal_stands(
    github: Sandbox, clock: FakeClock, *, pushed: bool
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, accounts=(ORGANIZATION, FORKS_OWNER)) as story:
        old = story.the_proposal()
        if pushed:
            story.fork.push({"mine.md": "x\n"}, branch=BRANCH, by="ada")
        story.site.push({CONFIG: ""}, message="Without a fork", by="ada")
        await story.rest()
        standing = {pull.head.label for pull in story.site.pulls(state="open")}
        if pushed:
            assert standing == {f"{FORKS_OWNER}:{BRANCH}", f"{ORGANIZATION}:{BRANCH}"}
            assert old.comments == []
        else:
            assert standing == {f"{ORGANIZATION}:{BRANCH}"}
            [said] = old.comments
            assert_snapshot("moved_on.md", as_on_github(said.body + "\n\n<!-- "))
        await clock.advance(RESYNC)
        await story.rest()
        assert len(old.comments) == (0 if pushed else 1)


async def test_a_page_is_shown_and_explained_though_its_fork_is_out_of_reach(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        uninstalled(story)
        await release(story, "v0.1.0")
        shown = await answer_to(story, "/status show")
        assert "| [`v0.1`]" not in shown
        assert "`v0.2`" in shown
        assert "I do not propose this now: a person has to mend a fault first." in shown
        assert f"the app is not installed on any repository `{FORK}`" in shown
        assert "+    msLabel: v0.2" in await answer_to(story, "/status preview")
        assert "Release v0.1.0 proves" in await answer_to(story, "/status explain Python")
