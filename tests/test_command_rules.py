"""The rules of comment commands where they are bent: odd comments, replicas, crashes, forks, refusals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from bot.answers import HANDOVER_SECONDS
from bot.commands import MAX_COMMANDS, parse
from bot.marker import answer_marker
from bot.names import find_row
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.sandbox.state import State
from bot.service import Job, Key
from bot.status.datafile import read_source
from tests.clocks import FakeClock
from tests.kept import assert_snapshot
from tests.questions import EYES, ROCKET, THUMBS_DOWN, answer_to, as_on_github, replies, say
from tests.readers import query_in
from tests.staged import build_with_fork, stage
from tests.world import (
    BOT,
    BRANCH,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    SITE,
    SOURCE,
    build,
    world,
)

MINUTE = 60.0


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A traceback takes a second to draw, and here many failures are staged."""
    with capture_logs():
        yield


def given(body: str) -> list[tuple[str, str]]:
    """The commands of a comment, by their words and what follows these."""
    return [(request.word, request.rest) for request in parse(body, "status-bot")]


def is_reply(record: RequestRecord) -> bool:
    return record.method == "POST" and record.path.endswith("/comments")


def about_roles(answer: Response) -> Callable[[RequestRecord], Response | None]:
    """What GitHub says to whoever asks what a person may do."""
    return lambda record: answer if record.path.endswith("/permission") else None


# -- where a line starts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "/status help\n---",
        "/status help\n--\nAda",
        "/status help\n===\nThanks!",
        "- one\n- two\n/status help",
        "1. one\n/status help\n2. two",
        "- one\n  - two\n@status-bot help",
        "<!-- hidden -->\n/status help",
        "<details><summary>More</summary>\n\n/status help\n\n</details>",
        "Is it `<code>` or <code>code</code>?\n/status help",
        "<!-- <blockquote> -->\n\n/status help",
        "<!-->\n\n/status help",
        "> <!-- said --> <code>\n\n/status help",
        "<blockquote>said</blockquote>\n\n/status help",
        "</code>\n\n/status help",
        "@status-bot[bot] help",
        "/status help <!-- hidden -->",
        "```\r\n/status show\r\n```\r\n/status help\r\n",
        "\N{NO-BREAK SPACE}/status\N{NO-BREAK SPACE}help",
        "> said\n\n/status help",
    ],
)
def test_a_line_of_ones_own_is_heard(body: str) -> None:
    assert given(body) == [("help", "")]


@pytest.mark.parametrize(
    "body",
    [
        "<blockquote>\n\n/status help\n\n</blockquote>",
        "He said <blockquote>\n/status help\n</blockquote>",
        "<code>\n\n/status help\n\n</code>",
        "As in <code>\n/status help</code>",
        "<PRE class=x>\n\n/status help",
        "> - said\n/status help",
        "- > said\n/status help",
        "- one\n\n      /status help",
        "- one\n  /status help",
        "- ```\n  /status help\n  ```",
        "- `a\n/status help\nb`",
        "- <!--\n/status help\n-->",
        "> <!--\n\n/status help",
        "# /status help\n",
        "Setext /status help\n---",
        "<details>\n/status help\n</details>",
        "```\n/status help\r\n```\n",
        "~~~~\n```\n/status help\n~~~~",
        "/statusshow",
        "/status:show",
        "@status-botx help",
        "@status-bot[bot]x help",
        "Please\n@other-app help",
    ],
)
def test_what_is_quoted_shown_or_hidden_is_not(body: str) -> None:
    assert given(body) == []


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("/status show *js*", "*js*"),
        ("/status show __js__ <b>x</b>", "__js__ <b>x</b>"),
        ("/status show <https://github.com/o/js>", "https://github.com/o/js"),
        ("/status show js <!-- or python? -->", "js"),
        ("/status show ~~js~~ `go`", "~~js~~ go"),
    ],
)
def test_what_follows_a_command_is_as_it_was_written(line: str, rest: str) -> None:
    assert given(line) == [("show", rest)]


async def test_the_answer_to_help_is_kept(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, public_url="https://bot.example.org") as story:
        assert_snapshot("reply_help.md", await answer_to(story, "/status", by="grace"))
        assert_snapshot(
            "reply_help_unknown.md",
            await answer_to(story, "@status-bot thanks!", by="grace", reaction="confused"),
        )
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        for command in ("show", "preview"):
            assert_snapshot(f"reply_{command}_declined.md", await answer_to(story, f"/status {command}"))


async def test_a_comment_is_read_as_github_reads_it(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        hidden = "<!--\r\n/status refresh\r\n\r\n/status recreate\r\n-->\r\n"
        quoted = (
            "> /status refresh\r\n\r\n```yaml\r\n/status refresh\r\n```\r\n\r\n    /status refresh\r\n\r\n"
        )
        comment = await say(story, f"{hidden}{quoted}Done.\r\n   /STATUS Show Python\r\nThanks!", by="grace")
        [reply] = replies(story.site, comment.issue.number)
        assert reply.startswith("This is what the page says")
        assert comment.reactions == [EYES, ROCKET]


# -- who is heard -----------------------------------------------------------------------------


async def test_an_app_that_speaks_in_a_persons_name_is_a_bot(
    github: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(github, "Python")
    other = github.create_app("other-bot")
    async with world(github, clock) as story:
        with monkeypatch.context() as through_app:
            through_app.setattr(State, "app_of", lambda _self, _login: other)
            told = await say(story, "/status help")
            github.hold_webhooks()
            missed = story.site.comment(story.site.create_issue("Missed").number, "/status help")
            github.release_webhooks(drop=lambda _: True)
        story.bot.queue.add(Key("commands", story.site.id), Job())
        await story.rest()
        assert (told.author, missed.author) == ("ada", "ada")
        assert [told.reactions, missed.reactions] == [[], []]


async def test_only_comments_in_the_conversation_are_heard_and_only_new_ones(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = story.the_proposal().number
        comment = story.site.comment(pull, "Hello", by="ada")
        await story.rest()
        story.site.edit_comment(comment, "/status help")
        story.site.edit_issue(pull, body="/status help", by="ada")
        deleted = story.site.comment(pull, "/status help", by="ada")
        story.site.delete_comment(deleted)
        await story.rest()
        assert replies(story.site, pull) == []
        assert story.bot.queue.failures == {}


# -- once, with several processes -------------------------------------------------------------


async def test_two_replicas_answer_once(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        issue = story.site.create_issue("Questions")
        comments = [
            story.site.comment(issue.number, f"/status {command}", by="ada")
            for command in ("help", "show", "refresh", "nope")
        ]
        await story.rest()
        await clock.advance(2 * MINUTE)
        await story.rest()
        assert [len(comment.reactions) for comment in comments] == [2] * 4
        assert len(replies(story.site, issue.number)) == 4


async def test_a_command_of_a_replica_that_died_is_taken_over(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        github.hold_webhooks()
        comment = story.site.comment(story.site.create_issue("A question").number, "/status help")
        story.site.react(comment, "eyes", by=BOT)
        story.told -= {0}
        github.release_webhooks()
        await github.delivered()
        await clock.advance(HANDOVER_SECONDS - 1)
        assert replies(story.site, comment.issue.number) == [], "the other one may still be at it"
        await clock.advance(2)
        await story.rest()
        assert len(replies(story.site, comment.issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


async def test_who_is_overtaken_while_at_work_says_nothing_more(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        slow: list[RequestRecord] = []

        async def first_takes_its_time(record: RequestRecord) -> None:
            if query_in(record, "Site") and not slow:
                slow.append(record)
                await clock.sleep(15)

        github.intercept(first_takes_its_time)
        comment = story.site.comment(story.site.create_issue("A question").number, "/status show")
        await github.delivered()
        await clock.advance(2 * HANDOVER_SECONDS)
        assert len(replies(story.site, comment.issue.number)) == 1
        await clock.advance(MINUTE)
        await story.rest()
        assert len(slow) == 1
        assert len(replies(story.site, comment.issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


async def test_a_turn_that_two_replicas_wait_for_is_taken_once(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:

        async def takes_a_second(record: RequestRecord) -> None:
            if is_reply(record):
                await clock.sleep(1)

        github.intercept(takes_a_second)
        issue = story.site.create_issue("Questions")
        many = [story.site.comment(issue.number, "/status help", by="grace") for _ in range(7)]
        await story.rest()
        await clock.advance(3 * MINUTE)
        await story.rest()
        assert [comment.reactions for comment in many] == [[EYES, ROCKET]] * 7
        assert len(replies(story.site, issue.number)) == 7


async def test_a_github_that_never_tells_new_reactions_from_old_is_answered_too(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:

        def forgetful(record: RequestRecord) -> Response | None:
            if record.method == "POST" and record.path.endswith("/reactions"):
                content = record.sent["content"]
                return Response(200, {"id": 1, "node_id": "x", "user": None, "content": content})
            return Response(200, []) if record.path.partition("?")[0].endswith("/reactions") else None

        forget = github.intercept(forgetful)
        comment = await say(story, "/status help")
        await clock.advance(2 * HANDOVER_SECONDS)
        await story.rest()
        forget()
        assert len(replies(story.site, comment.issue.number)) == 1
        github.requests.clear()


async def test_what_was_done_but_could_not_be_said_is_on_record(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        refusing = github.intercept(
            lambda record: Response(422, {"message": "Spam"}) if is_reply(record) else None
        )
        comment = await say(story, "/status refresh")
        refusing()
        assert comment.reactions == [EYES, ROCKET]
        story.site.close_pull(story.the_proposal().number, by="ada")
        story.bot.queue.add(Key("commands", story.site.id), Job())
        await clock.advance(2 * MINUTE)
        await story.rest()
        assert story.site.pulls(state="open") == [], "it is not done again"
        assert replies(story.site, comment.issue.number) == []


@pytest.mark.parametrize(("content", "status"), [("eyes", 403), ("rocket", 422)])
async def test_a_reaction_that_github_refuses_repeats_nothing(
    github: Sandbox, clock: FakeClock, content: str, status: int
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        refused: list[RequestRecord] = []

        def refuse(record: RequestRecord) -> Response | None:
            if record.path.endswith("/reactions") and record.sent == {"content": content}:
                refused.append(record)
                return Response(status, {"message": "No"})
            return None

        github.intercept(refuse)
        comment = await say(story, "/status help")
        await clock.advance(30 * MINUTE)
        assert len(refused) == 2, "once more by the next sweep, which finds no answer"
        assert len(replies(story.site, comment.issue.number)) == (content == "rocket")
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize("gone", ["comment", "issue"])
async def test_what_was_deleted_meanwhile_is_let_go(github: Sandbox, clock: FakeClock, gone: str) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        issue = story.site.create_issue("A question")
        comment = story.site.comment(issue.number, "/status show")

        def deleted_now(record: RequestRecord) -> None:
            if query_in(record, "Site") and issue.comments:
                if gone == "comment":
                    story.site.delete_comment(comment)
                else:
                    issue.comments.clear()
                    story.site.delete_issue(issue.number)

        github.intercept(deleted_now)
        await story.rest()
        await clock.advance(10 * MINUTE)
        assert story.bot.queue.failures == {}
        assert story.bot.queue.idle


# -- who forges an answer ---------------------------------------------------------------------


async def test_a_forged_mark_of_an_answer_is_no_answer(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        issue = story.site.create_issue("A question")
        asked = story.site.comment(issue.number, "/status show")
        forged = answer_marker(asked.id, "rocket")
        story.sig("Python").create_release("v0.1.0", name=forged, body=f"{forged}\n{forged}")
        story.sig("Python").create_milestone(forged)
        github.release_webhooks(drop=lambda delivery: delivery.event == "issue_comment")
        await story.rest()
        # The bot itself is made to repeat it in as many ways as it has.
        text = f"/status preview\n/status explain python\n/status show {forged}\n/status show `{forged}`"
        story.site.comment(issue.number, text, by="grace")
        story.site.comment(issue.number, forged, by="grace")
        await story.rest()
        [repeated] = replies(story.site, issue.number)
        assert "status-bot answer" in repeated
        story.site.react(asked, "eyes", by=BOT)
        await clock.advance(HANDOVER_SECONDS + 1)
        story.bot.queue.add(Key("commands", story.site.id), Job())
        await story.rest()
        assert asked.reactions == [EYES, ROCKET]
        assert len(replies(story.site, issue.number)) == 2


# -- who sends many ---------------------------------------------------------------------------


async def test_ten_commands_are_seen_at_once_and_not_all_answered(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        issue = story.site.create_issue("Questions")
        many = [story.site.comment(issue.number, "/status help", by="grace") for _ in range(10)]
        await story.rest()
        assert all(EYES in comment.reactions for comment in many)
        assert len(replies(story.site, issue.number)) == 5


async def test_a_hundred_commands_of_one_comment_are_five_answers_in_one(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        text = "\n".join(f"/status explain {number}" for number in range(200))
        comment = await say(story, text, by="grace")
        [reply] = replies(story.site, comment.issue.number)
        assert reply.count("> `/status explain ") == 5
        assert f"The last {MAX_COMMANDS - 5} are left out" in reply
        assert_snapshot("reply_left_out.md", as_on_github(reply))


async def test_a_command_given_twice_in_a_comment_is_answered_once(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, "/status show python\n\n@status-bot  SHOW python\n/status show Python")
        [reply] = replies(story.site, comment.issue.number)
        assert reply.count("> `/status show") == 2


async def test_a_command_is_seen_at_once_while_others_wait_for_their_site(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        issue = story.site.create_issue("Questions")

        async def take_its_time(record: RequestRecord) -> None:
            if query_in(record, "Site"):
                await clock.sleep(20)

        github.intercept(take_its_time)
        for person in ("ada", "grace", "linus", "margaret"):
            story.site.comment(issue.number, "/status show", by=person)
        last = story.site.comment(issue.number, "/status help", by="barbara")
        await github.delivered()
        await clock.advance(1)
        seen = EYES in last.reactions
        await story.rest()
        assert seen


# -- who may ----------------------------------------------------------------------------------


async def test_who_is_demoted_is_refused_a_minute_later(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await answer_to(story, "/status refresh", by="ada")
        story.site.add_collaborator("ada", "read")
        await clock.advance(MINUTE)
        await answer_to(story, "/status refresh", by="ada", reaction="-1")


async def test_being_an_owner_by_association_alone_is_no_permission(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.create_organization(ORGANIZATION, owners=["linus"])
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        answer = {"permission": "read", "role_name": "read", "user": None}
        github.intercept(about_roles(Response(200, answer)))
        comment = await say(story, "/status refresh", by="linus")
        created = [one.payload for one in github.deliveries if one.event == "issue_comment"]
        assert {"OWNER", "MEMBER"} & {one["comment"]["author_association"] for one in created}
        assert comment.reactions == [EYES, THUMBS_DOWN]
        assert story.site.pulls(state="open") == []


async def test_who_cannot_be_asked_about_may_not(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        for status in (403, 404):
            github.intercept(about_roles(Response(status, {"message": "No"})))
            assert "takes the role `write`" in await answer_to(story, "/status recreate", reaction="-1")
            github.intercept(None)


async def test_a_permission_that_github_cannot_tell_now_is_asked_for_again(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        down = github.intercept(about_roles(Response(500)))
        comment = story.site.comment(story.site.create_issue("Now").number, "/status refresh")
        await github.delivered()
        await clock.until(lambda: story.bot.queue.failures)
        assert (comment.reactions, story.site.pulls(state="open")) == ([EYES], [])
        down()
        await story.rest()
        assert comment.reactions == [EYES, ROCKET]
        assert len(story.site.pulls(state="open")) == 1


async def test_who_may_triage_may_change_things_where_that_is_enough(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", files={CONFIG: "commands:\n  who: triage\n"})
    async with world(github, clock) as story:
        answer = {"permission": "read", "role_name": "triage", "user": None}
        github.intercept(about_roles(Response(200, answer)))
        await answer_to(story, "/status refresh", by="grace")


# -- refresh and recreate, whatever stands ----------------------------------------------------


async def test_what_was_merged_is_right_and_stays(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        page = story.read(OUTPUT, BRANCH)
        await story.rest()
        for command in ("refresh", "recreate"):
            assert_snapshot(f"reply_{command}_right.md", await answer_to(story, f"/status {command}"))
        assert story.site.pulls(state="open") == []
        assert story.read(OUTPUT) == page


@pytest.mark.parametrize("command", ["refresh", "recreate"])
async def test_a_deleted_branch_is_made_again(github: Sandbox, clock: FakeClock, command: str) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        page = story.read(OUTPUT, BRANCH)
        story.site.delete_branch(BRANCH)
        await story.rest()
        assert story.site.pulls(state="open") == [], "a person said no by that"
        await answer_to(story, f"/status {command}")
        assert story.read(OUTPUT, BRANCH) == page
        assert story.the_proposal().author == BOT


async def test_what_a_broken_source_leaves_to_do_is_said(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        tip = story.site.tip(BRANCH)
        story.site.push({SOURCE: "columns: [\n"}, message="Oops", by="ada")
        await story.rest()
        for command in ("refresh", "recreate"):
            assert_snapshot(f"reply_{command}_broken.md", await answer_to(story, f"/status {command}"))
        assert story.site.tip(BRANCH) == tip


async def test_an_archived_site_is_left_as_it_is(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        tip = story.site.tip(BRANCH)
        story.site.archive()
        await story.rest()
        for command in ("refresh", "recreate"):
            reply = await answer_to(story, f"/status {command}", story.sig("Python"))
            assert_snapshot(f"reply_{command}_archived.md", reply)
        assert story.site.tip(BRANCH) == tip


async def test_recreate_takes_the_branch_of_a_fork_over_and_loses_nothing(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        page = str(story.fork.file(OUTPUT, ref=BRANCH))
        mine = story.fork.push({"mine.md": "x\n", OUTPUT: "# by hand\n"}, branch=BRANCH, by="bots")
        await story.rest()
        assert "I keep my hands off it" in await answer_to(story, "/status refresh")
        assert story.fork.tip(BRANCH) == mine
        reply = await answer_to(story, "/status recreate")
        assert f"{SITE}/pull/{story.the_proposal().number}" in reply
        tip, before = story.fork.log(BRANCH)[:2]
        assert (tip.author, before.sha) == (BOT, mine)
        assert story.fork.file(OUTPUT, ref=BRANCH) == page
        assert story.fork.file("mine.md", ref=BRANCH) is None
        assert story.site.branches == ["main"]


async def test_refresh_proposes_from_the_fork_what_was_declined(github: Sandbox, clock: FakeClock) -> None:
    build_with_fork(github, "Python")
    async with stage(github, clock, on_the_fork=True) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        assert story.site.pulls(state="open") == []
        await answer_to(story, "/status refresh", story.sig("Python"))
        assert story.the_proposal().head.label == f"bots:{BRANCH}"


# -- names ------------------------------------------------------------------------------------


async def test_a_name_that_is_none_is_answered_in_short(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "JavaScript")
    async with world(github, clock) as story:
        near = await answer_to(story, "/status show javascritp", by="grace", reaction="confused")
        assert near == "The page has no SIG `javascritp`. Did you mean `JavaScript`?"
        for asked in ("x" * 10_000, "🎉 ß İ", "C#"):
            reply = await answer_to(story, f"/status explain {asked}", by="grace", reaction="confused")
            assert "There are `Python`, `JavaScript`." in reply
            assert len(reply) < 500


def test_a_name_is_found_among_a_thousand_at_once() -> None:
    rows = read_source(
        "columns: [label: v0.1]\ndata:\n"
        + "".join(
            f"  - label: SIG number {n}\n    sourceUrl: https://github.com/o/sig-{n}\n" for n in range(1000)
        )
    ).rows
    started = time.process_time()
    assert find_row("sig-number-777", rows).row == rows[777]
    assert find_row("nothing of that kind " * 9, rows).row is None
    assert time.process_time() - started < 1


# -- where it is asked ------------------------------------------------------------------------


async def test_commands_work_on_pull_requests_of_sigs(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        python = story.sig("Python")
        python.push({"x.md": "x\n"}, branch="change", by="ada")
        pull = python.create_pull("change", title="Change", by="ada")
        comment = python.comment(pull.number, "/status explain", by="grace")
        await story.rest()
        [reply] = replies(python, pull.number)
        assert "| Column |" in reply
        assert comment.reactions == [EYES, ROCKET]


async def test_a_command_on_a_sigs_repository_that_a_crash_left_unanswered_is_answered(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    python = github.repository(f"{ORGANIZATION}/python")
    comment = python.comment(python.create_issue("A question").number, "/status explain", by="grace")
    async with world(github, clock):
        assert comment.reactions == [EYES, ROCKET]
