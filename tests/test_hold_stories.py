"""``hold`` and ``resume``, from the comment to what stands in the proposal, and what outlives it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from structlog.testing import capture_logs

from bot.sandbox import RequestRecord, Response, Sandbox
from bot.sandbox.records import MergeMethod, Role
from tests.attacks import ATTACKS
from tests.clocks import FakeClock
from tests.kept import assert_snapshot
from tests.questions import TURN_SECONDS, answer_to, as_on_github, replies, say
from tests.staged import build_with_fork, stage
from tests.world import BOT, BRANCH, CONFIG, OUTPUT, SITE, SOURCE, World, build, row_of, source_of, world

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/open-telemetry/\S+/issues/\d+#issuecomment-\d+")
"""That of the comment, which is the reason where none is given."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A traceback takes a second to draw, and here many failures are staged."""
    with capture_logs():
        yield


def holds(story: World, path: str = SOURCE, ref: str = BRANCH) -> dict[str, str]:
    """The rows of a file that are on hold, with their reasons."""
    rows = yaml.safe_load(story.read(path, ref))["data"]
    return {row["label"]: ADDRESS.sub("this", row["hold"]) for row in rows if "hold" in row}


async def merged(story: World) -> None:
    """The page stands as it was proposed."""
    story.site.merge_pull(story.the_proposal().number, by="ada")
    await story.rest()


async def released(story: World, label: str, tag: str) -> None:
    """A SIG releases something, and the bot has seen it."""
    story.sig(label).create_release(tag)
    await story.rest()


# -- in force at once -------------------------------------------------------------------------


async def test_hold_keeps_the_row_as_the_page_has_it_and_takes_back_what_was_proposed(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merged(story)
        await released(story, "Python", "v0.1.0")
        await released(story, "Java", "v0.1.0")
        before = story.the_proposal()
        reply = await answer_to(story, "/status hold python until the blog post is out")
        assert_snapshot("reply_hold.md", reply)

        pull = story.the_proposal()
        assert pull.number == before.number, "the proposal that stands is edited"
        rows = story.proposed()
        assert (rows["Python"]["msLabel"], rows["Java"]["msLabel"]) == ("v0.1", "v0.2")
        assert rows["Python"]["releaseName"] == "n/a"
        assert holds(story) == holds(story, OUTPUT) == {"Python": "until the blog post is out"}
        base = story.read(SOURCE)
        python = row_of("Python").splitlines()[1]
        expected = base.replace(f"{python}\n", f'{python}\n    hold: "until the blog post is out"\n')
        assert story.read(SOURCE, BRANCH) == expected, "nothing else in the source differs"
        tip = story.site.log(BRANCH)[0]
        assert tip.author == BOT
        assert pull.title == "Java reaches v0.2; Java 0.1.0 released; Python put on hold"
        assert "is kept as it stands from now on: until the blog post is out" in str(pull.body)


async def test_a_hold_lasts_through_later_changes_of_the_same_proposal(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Python")
        await released(story, "Python", "v0.1.0")
        await released(story, "Java", "v0.1.0")
        story.site.push({"content/other.md": "x\n"}, message="Something else")
        await released(story, "Java", "v0.2.0")
        rows = story.proposed()
        assert (rows["Python"]["msLabel"], rows["Java"]["msLabel"]) == ("v0.1", "v0.3")
        assert holds(story) == {"Python": "this"}


async def test_once_merged_the_hold_stands_in_the_source_and_resume_takes_it_out(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        before = story.read(SOURCE)
        await answer_to(story, "/status hold Python moving house")
        await merged(story)
        assert holds(story, ref="main") == {"Python": "moving house"}
        await released(story, "Python", "v0.1.0")
        assert story.site.pulls(state="open") == []

        reply = await answer_to(story, "/status resume python")
        assert_snapshot("reply_resume.md", reply)
        pull = story.the_proposal()
        assert pull.title == "Python reaches v0.2; Python 0.1.0 released; Python taken off hold"
        assert "### Off hold" in str(pull.body)
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert story.read(SOURCE, BRANCH) == before
        await merged(story)
        assert story.read(SOURCE) == before
        assert story.site.pulls(state="open") == []


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_a_hold_reaches_the_site_by_any_way_of_merging_though_the_base_has_moved(
    github: Sandbox, clock: FakeClock, method: MergeMethod
) -> None:
    build(github, "Python", "Java", files={"index.md": "# Hello\n"})
    async with world(github, clock) as story:
        await merged(story)
        await released(story, "Java", "v0.1.0")
        moved = story.site.push({"index.md": "# Welcome\n"}, message="A word", by="ada")
        await answer_to(story, "/status hold python until the blog post is out")
        tip = story.site.log(BRANCH)[0]
        assert tip.parents[1] == moved
        assert tip.author == BOT
        await released(story, "Java", "v0.2.0")
        story.site.merge_pull(story.the_proposal().number, by="ada", method=method)
        await story.rest()
        assert holds(story, ref="main") == {"Python": "until the blog post is out"}
        assert story.read("index.md") == "# Welcome\n"
        assert story.site.pulls() == [], "the page is as it was proposed, too"


async def test_resume_takes_back_a_hold_that_is_only_proposed(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merged(story)
        await answer_to(story, "/status hold Python")
        number = story.the_proposal().number
        assert "nothing is left to propose" in await answer_to(story, "/status resume Python")
        assert story.site.pull(number).state == "closed"
        assert BRANCH not in story.site.branches
        await released(story, "Python", "v0.1.0")
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert holds(story) == {}


async def test_a_hold_is_a_proposal_of_its_own_where_nothing_else_is_to_be_said(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={CONFIG: "propose:\n  counts: weekly\n"})
    async with world(github, clock) as story:
        await merged(story)
        await answer_to(story, "/status hold Python until May")
        pull = story.the_proposal()
        assert pull.title == "Python put on hold"
        assert story.site.log(BRANCH)[0].message.startswith("Update holds of Python\n")
        assert_snapshot("proposal_hold.md", as_on_github(str(pull.body)))


async def test_another_reason_replaces_the_first_and_none_leaves_it(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Python one")
        await answer_to(story, "/status hold Python two")
        assert holds(story) == {"Python": "two"}
        commits = len(story.site.log(BRANCH))
        assert_snapshot("reply_hold_already.md", await answer_to(story, "/status hold Python"))
        assert holds(story) == {"Python": "two"}
        await answer_to(story, "/status resume Python")
        assert_snapshot("reply_resume_already.md", await answer_to(story, "/status resume Python"))
        assert len(story.site.log(BRANCH)) == commits + 1


# -- nothing of it is lost --------------------------------------------------------------------


@pytest.mark.parametrize("delete", [False, True])
async def test_a_hold_outlives_the_declining_of_its_proposal(
    github: Sandbox, clock: FakeClock, *, delete: bool
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merged(story)
        await answer_to(story, "/status hold Python")
        story.site.close_pull(story.the_proposal().number, by="ada")
        if delete:
            story.site.delete_branch(BRANCH)
        await story.rest()
        await released(story, "Python", "v0.1.0")
        assert story.site.pulls(state="open") == [], "Python is on hold, and the rest was declined"
        await released(story, "Java", "v0.1.0")
        rows = story.proposed()
        assert (rows["Python"]["msLabel"], rows["Java"]["msLabel"]) == ("v0.1", "v0.2")
        assert holds(story) == {"Python": "this"}


@pytest.mark.parametrize("left", ["the branch", "no branch", "a person's branch"])
async def test_a_hold_that_was_declined_with_its_proposal_can_be_resumed(
    github: Sandbox, clock: FakeClock, left: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merged(story)
        await answer_to(story, "/status hold Python")
        pull = story.the_proposal()
        if left == "a person's branch":
            story.site.push({"mine.md": "x\n"}, message="Mine", branch=BRANCH, by="ada")
        story.site.close_pull(pull.number, by="ada")
        if left == "no branch":
            story.site.delete_branch(BRANCH)
        await story.rest()
        said, theirs = len(pull.comments), story.site.tip(BRANCH)
        await answer_to(story, "/status resume Python")
        assert story.site.pulls(state="open") == []
        assert len(pull.comments) == said
        assert story.site.tip(BRANCH) == (theirs if left == "a person's branch" else None)
        if theirs and left == "a person's branch":
            story.site.delete_branch(BRANCH)
        await released(story, "Python", "v0.1.0")
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert holds(story) == {}


async def test_a_hold_is_known_to_a_replica_that_was_not_told(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with stage(github, clock, replicas=2) as story:
        story.told -= {0}
        await answer_to(story, "/status hold Python")
        story.told ^= {0, 1}
        await released(story, "Python", "v0.1.0")
        await released(story, "Java", "v0.1.0")
        rows = story.proposed()
        assert (rows["Python"]["msLabel"], rows["Java"]["msLabel"]) == ("v0.1", "v0.2")
        assert holds(story) == {"Python": "this"}


async def test_a_proposal_from_a_fork_carries_holds_too(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python", "Java")
    async with stage(github, clock, on_the_fork=True) as story:
        await answer_to(story, "/status hold Python")
        await released(story, "Python", "v0.1.0")
        await released(story, "Java", "v0.1.0")
        text = story.fork.file(OUTPUT, ref=BRANCH)
        rows = {row["label"]: row for row in yaml.safe_load(text or "")["data"]}
        assert (rows["Python"]["msLabel"], rows["Java"]["msLabel"]) == ("v0.1", "v0.2")
        assert 'hold: "http' in (story.fork.file(SOURCE, ref=BRANCH) or "")
        await merged(story)
        assert holds(story, ref="main") == {"Python": "this"}


async def test_a_hold_comes_back_when_the_branch_is_taken_over_again(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Python")
        text = story.read(SOURCE, BRANCH).replace("    hold: ", "    # hold: ")
        story.site.push({SOURCE: text}, message="No hold", branch=BRANCH, by="ada")
        await story.rest()
        reply = await answer_to(story, "/status hold Java", reaction="confused")
        assert_snapshot("reply_hold_hands_off.md", reply)
        assert story.read(SOURCE, BRANCH) == text
        await answer_to(story, "/status recreate")
        assert holds(story) == {"Python": "this"}


async def test_what_people_change_in_the_source_meanwhile_stays(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Python")
        held = source_of("Ruby", "Java", "Python").replace("/java\n", "/java\n    hold: theirs\n")
        story.site.push({SOURCE: held}, message="Ruby too")
        await story.rest()
        assert holds(story) == {"Java": "theirs", "Python": "this"}
        story.site.push({SOURCE: source_of("Ruby", "Java")}, message="Without Python")
        await story.rest()
        assert holds(story) == {}
        assert story.read(SOURCE, BRANCH) == story.read(SOURCE)


async def test_a_fault_is_named_by_its_line_on_the_base(github: Sandbox, clock: FakeClock) -> None:
    broken = source_of("Python") + "  - label: Java\n    sourceUrl: nowhere\n"
    build(github, "Python", files={SOURCE: broken})
    line = broken.splitlines().index("    sourceUrl: nowhere") + 1
    async with world(github, clock) as story:
        for _ in range(2):
            body = str(story.the_proposal().body)
            assert f"progress_source.yaml:{line}`" in body
            await answer_to(story, "/status hold Python")
        assert "from now on" in body


# -- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["site", "sig", "other sig"])
@pytest.mark.parametrize("command", ["hold Python", "resume Python"])
async def test_who_may_write_on_the_site_or_on_the_sigs_repository_may(
    github: Sandbox, clock: FakeClock, command: str, where: str
) -> None:
    build(github, "Python", "Java", files={SOURCE: source_of("Java", "Python")})
    github.create_user("guido")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Python first")
        story.sig("Python").add_collaborator("guido", "write")
        repository = {"site": story.site, "sig": story.sig("Python"), "other sig": story.sig("Java")}[where]
        await answer_to(story, f"/status {command} then", repository, by="guido")
        assert holds(story) == ({"Python": "then"} if "hold" in command else {})


@pytest.mark.parametrize("role", ["read", "triage", None])
async def test_everybody_else_is_told_who_may(github: Sandbox, clock: FakeClock, role: Role | None) -> None:
    build(github, "Python", "Java")
    github.create_user("mallory")
    async with world(github, clock) as story:
        story.sig("Java").add_collaborator("mallory", "admin")
        if role is not None:
            story.sig("Python").add_collaborator("mallory", role)
        page = story.read(SOURCE, BRANCH)
        for repository in (story.site, story.sig("Java")):
            reply = await answer_to(story, "/status hold Python ha", repository, by="mallory", reaction="-1")
        assert_snapshot("reply_hold_refused.md", reply)
        assert story.read(SOURCE, BRANCH) == page


async def test_a_sig_that_the_app_is_not_installed_on_is_held_by_the_sites_people_alone(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.create_organization("elsewhere", owners=["linus"])
    github.create_repository("elsewhere/java")
    row = row_of("Java").replace("open-telemetry/java", "elsewhere/java")
    github.repository(SITE).push({SOURCE: source_of("Python") + row}, message="Java")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Java ha", by="linus", reaction="-1")
        await answer_to(story, "/status hold Java")
        assert holds(story) == {"Java": "this"}


# -- which row, and why -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("hold Go", {"Go": "this"}),
        ("hold go contrib is broken", {"Go Contrib": "is broken"}),
        ("hold `Go Contrib`: it is broken", {"Go Contrib": "it is broken"}),
        ("hold open-telemetry/go - why not", {"Go": "why not"}),
        ("hold GO \u200f  because\tof   blanks", {"Go": "because of blanks"}),
    ],
)
async def test_the_longest_name_counts_and_the_rest_is_the_reason(
    github: Sandbox, clock: FakeClock, said: str, held: dict[str, str]
) -> None:
    contrib = row_of("Go Contrib").replace("/go contrib", "/go-contrib")
    build(github, "Go", files={SOURCE: source_of("Go") + contrib})
    github.create_repository("open-telemetry/go-contrib")
    async with world(github, clock) as story:
        await answer_to(story, f"/status {said}")
        assert holds(story) == held


async def test_a_name_that_is_none_is_asked_about_and_nothing_is_held(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        reply = await answer_to(story, "/status hold Pyhton because of it", reaction="confused")
        assert "Did you mean `Python`?" in reply
        reply = await answer_to(story, "/status hold", reaction="confused")
        assert "Name a SIG after the command" in reply
        assert holds(story) == {}


async def test_on_a_sigs_own_repository_it_need_not_be_named(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        story.sig("Python").add_collaborator("ada", "write")
        await answer_to(story, "/status hold", story.sig("Python"))
        assert holds(story) == {"Python": "this"}


async def test_a_row_with_a_fault_is_explained_instead(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", files={SOURCE: source_of("Python", "Java") + "    match: 7\n"})
    async with world(github, clock) as story:
        reply = await answer_to(story, "/status hold Java", reaction="confused")
        assert "`match` must be" in reply
        assert holds(story) == {}


async def test_a_hold_that_is_borrowed_is_taken_off_by_people(github: Sandbox, clock: FakeClock) -> None:
    python = row_of("Python").replace("  - label", "  - <<: *held\n    label")
    source = "held: &held\n  hold: for all\n" + source_of() + python
    build(github, "Python", files={SOURCE: source})
    async with world(github, clock) as story:
        reply = await answer_to(story, "/status resume Python", reaction="confused")
        assert_snapshot("reply_not_held.md", reply)
        assert story.read(SOURCE) == source


async def test_any_reason_is_harmless(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    innocent = github.repository(SITE).create_issue("Number one").number
    async with world(github, clock) as story:
        pull = story.the_proposal()
        for text in (*ATTACKS, "x" * 60_000):
            # GitHub gives no lone surrogates and no longer comments.
            sent = text[:60_000].encode(errors="replace").decode()
            comment = await say(story, f"/status hold Python {sent}")
            [reply] = replies(story.site, comment.issue.number)
            assert len(holds(story)["Python"]) <= 200
            assert len(reply) < 2_000
            assert len(str(pull.body)) < 65_536
            assert [mention for mention in github.mentions if mention.by == BOT] == []
            linked = {found.target for found in github.cross_references if found.by == BOT}
            assert linked == {f"{SITE}#{pull.number}"}, "its own proposal, and nothing else"
            await clock.advance(TURN_SECONDS)
        await merged(story)
        assert story.site.issue(innocent).state == "open"


# -- at odds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("meanwhile", ["a person pushes", "another replica commits"])
async def test_a_hold_is_not_lost_where_somebody_else_writes_at_the_same_moment(
    github: Sandbox, clock: FakeClock, meanwhile: str
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merged(story)
        await released(story, "Java", "v0.1.0")
        theirs: list[str] = []

        def push(record: RequestRecord) -> Response | None:
            if record.method == "PATCH" and "/git/refs/" in record.path and not theirs:
                by, text = (
                    ("ada", story.read(OUTPUT, BRANCH) + "# mine\n")
                    if meanwhile == "a person pushes"
                    else (BOT, story.read(OUTPUT, BRANCH).replace("v0.2", "v0.3"))
                )
                theirs.append(story.site.push({OUTPUT: text}, message="Meanwhile", branch=BRANCH, by=by))
            return None

        github.intercept(push)
        comment = await say(story, "/status hold Python")
        assert theirs
        assert theirs[0] in {commit.sha for commit in story.site.log(BRANCH)}
        if meanwhile == "a person pushes":
            assert story.site.tip(BRANCH) == theirs[0]
            assert "I could not do it" in replies(story.site, comment.issue.number)[0]
        else:
            assert holds(story) == {"Python": "this"}
            assert story.proposed()["Java"]["msLabel"] == "v0.2"


async def test_two_holds_in_one_comment_are_both_in_force(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await answer_to(story, "/status hold Python\n/status hold Java until May")
        assert holds(story) == {"Python": "this", "Java": "until May"}
        assert len(story.site.pulls(state="open")) == 1
