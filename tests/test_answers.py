"""Comments that hold a command are answered: once, on the repository where they stand, and no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.answers import SITES_UNKNOWN_SECONDS, Answerer
from bot.cases import Question
from bot.check_reading import PullReader
from bot.checker import Checker
from bot.clerk import Clerk
from bot.events import Comment as Posted
from bot.github.errors import Unavailable
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.github.repository import FileReader
from bot.look import endpoints_of
from bot.marker import answer_marker
from bot.observe import Observer
from bot.permissions import Permissions
from bot.reconcile import Reconciler
from bot.sandbox import Comment, RequestRecord, Response, Sandbox
from bot.service import Job, Key, Service
from tests.clocks import FakeClock
from tests.questions import CONFUSED, EYES, ROCKET, THUMBS_DOWN, replies, say
from tests.readers import access, begun
from tests.world import BOT, ORGANIZATION, SITE, build, world

MINUTE = 60.0


def asked_about(github: Sandbox, comment: Comment) -> list[RequestRecord]:
    """The requests that had to do with a comment or its issue."""
    paths = (f"/issues/comments/{comment.id}/", f"/issues/{comment.issue.number}/comments")
    return [record for record in github.requests if any(path in record.path for path in paths)]


# -- what is answered -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/status help", "Dear bot,\r\n@status-bot help\r\nThanks!", "@Status-Bot"])
async def test_help_is_answered_once_with_the_table_of_commands(
    github: Sandbox, clock: FakeClock, text: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, text)
        [reply] = replies(story.site, comment.issue.number)
        assert "| `/status help` | shows this table | anyone |" in reply
        assert reply.endswith(answer_marker(comment.id, "rocket"))
        assert comment.reactions == [EYES, ROCKET]
        await clock.advance(60 * MINUTE)
        await story.rest()
        assert len(replies(story.site, comment.issue.number)) == 1


async def test_a_comment_on_the_proposal_is_answered_there(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = story.the_proposal()
        comment = story.site.comment(pull.number, "/status help", by="ada")
        await story.rest()
        assert len(replies(story.site, pull.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


async def test_an_unknown_command_is_answered_with_the_table_too(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.create_user("grace")
        comment = await say(story, "/status @grace")
        [reply] = replies(story.site, comment.issue.number)
        assert reply.replace("\u200b", "").startswith("I do not know `@grace`.")
        assert "| `/status help` |" in reply
        assert comment.reactions == [EYES, CONFUSED]
        assert [(mention.login, mention.by) for mention in github.mentions] == [("grace", "ada")]


async def test_several_commands_in_one_comment_are_one_answer(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, "/status help\n/status frobnicate\n/status unhold")
        [reply] = replies(story.site, comment.issue.number)
        assert reply.startswith("I do not know `frobnicate`, `unhold`.")
        assert comment.reactions == [EYES, CONFUSED]


async def test_a_comment_on_a_sigs_repository_is_answered_with_a_token_for_that_alone(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, "/status help", story.sig("Python"))
        assert len(replies(story.sig("Python"), comment.issue.number)) == 1
        asked = asked_about(github, comment)
        assert len(asked) == 4
        assert {record.repositories for record in asked} == {frozenset({story.sig("Python").id})}
        for record in asked:
            assert "contents" not in record.permissions
            assert set(record.permissions) == {"metadata", "issues", "pull_requests"}


# -- what is not ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Thank you all!", "ada@example.org", "Use `/status help`."])
async def test_a_comment_without_a_command_costs_no_request(
    github: Sandbox, clock: FakeClock, text: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.requests.clear()
        await say(story, text)
        assert github.requests == []


@pytest.mark.parametrize("text", ["@ada, have a look", "> /status help", "- /status help"])
async def test_a_comment_to_somebody_else_is_not_answered(
    github: Sandbox, clock: FakeClock, text: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, text)
        assert (replies(story.site, comment.issue.number), comment.reactions) == ([], [])


async def test_no_bot_is_ever_answered(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.create_app("other-bot")
    async with world(github, clock) as story:
        for author in ("other-bot[bot]", BOT):
            comment = await say(story, "/status help", by=author)
            assert len(comment.issue.comments) == 1
            assert comment.reactions == []


async def test_an_edited_comment_is_not_a_new_one(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, "Thank you!")
        story.site.edit_comment(comment, "/status help")
        await story.rest()
        assert (replies(story.site, comment.issue.number), comment.reactions) == ([], [])


async def test_a_comment_of_no_installation_cannot_be_answered(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.requests.clear()
        posted = Posted(
            full_name=SITE,
            repository_id=story.site.id,
            issue_number=1,
            comment_id=2,
            comment_node_id="",
            body="/status help",
            author_login="ada",
            author_type="User",
            installation_id=None,
            url="",
            on_pull_request=False,
        )
        story.bot.service.comment_posted(posted)
        await story.rest()
        assert github.requests == []


# -- once, whatever happens in between --------------------------------------------------------


def fail_once(
    github: Sandbox, concerned: Callable[[RequestRecord], bool], first: Callable[[], object] = lambda: None
) -> None:
    """Answer 502 to the first request of that kind, after something has happened."""
    failed: list[RequestRecord] = []

    def staged(record: RequestRecord) -> Response | None:
        if failed or not concerned(record):
            return None
        failed.append(record)
        first()
        return Response(502, {"message": "Bad Gateway"})

    github.intercept(staged)


def reacts_with(content: str) -> Callable[[RequestRecord], bool]:
    return lambda record: record.path.endswith("/reactions") and record.sent == {"content": content}


@pytest.mark.parametrize("content", ["eyes", "rocket"])
async def test_a_reaction_that_fails_does_not_repeat_the_reply(
    github: Sandbox, clock: FakeClock, content: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        fail_once(github, reacts_with(content))
        comment = await say(story, "/status help")
        assert len(replies(story.site, comment.issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


async def test_a_reply_that_failed_is_made_good(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        fail_once(github, lambda record: record.method == "POST" and record.path.endswith("/comments"))
        comment = await say(story, "/status help")
        assert len(replies(story.site, comment.issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


async def test_a_reply_that_arrived_although_it_seemed_to_fail_is_not_repeated(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        issue = story.site.create_issue("A question")
        comment = story.site.comment(issue.number, "/status help")

        def arrive_all_the_same() -> None:
            story.site.comment(issue.number, f"The table.\n\n{answer_marker(comment.id, 'rocket')}", by=BOT)

        fail_once(
            github,
            lambda record: record.method == "POST" and record.path.endswith("/comments"),
            arrive_all_the_same,
        )
        await story.rest()
        assert len(replies(story.site, issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


@pytest.mark.parametrize(
    ("text", "final"),
    [("/status help", ROCKET), ("/status frobnicate", CONFUSED), ("/status refresh", THUMBS_DOWN)],
)
async def test_a_crash_between_reply_and_reaction_leads_to_no_second_reply(
    github: Sandbox, clock: FakeClock, text: str, final: tuple[str, str]
) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    comment = site.comment(site.create_issue("A question").number, text, by="grace")
    async with access(github, clock, ORGANIZATION) as reached:
        question = Question(
            reached.installation.id,
            site.id,
            SITE,
            comment.issue.number,
            comment.id,
            comment.body,
            "grace",
        )
        [app] = github.state.apps.values()

        async def another_process() -> None:
            endpoints = endpoints_of(reached.api_url)
            hub = GitHub(reached.session, endpoints, str(app.id), app.private_key, clock)
            observer = Observer(("127.0.0.1", "github.com"))
            checker = Checker(hub, (), clock, PullReader(FileReader()))
            reconciler = Reconciler(hub, observer, clock)
            office = Service(hub, reconciler, observer, clock, lambda _: None, checker)
            office.sites.add(SiteRef(reached.installation.id, site.id, SITE))
            clerk = Clerk(hub, office, Permissions(hub, clock))
            assert await Answerer(hub, clerk, clock, ready=lambda: True).answer(question) is None

        fail_once(github, reacts_with(final[0]))
        with pytest.raises(Unavailable):
            await another_process()
        assert (len(replies(site, comment.issue.number)), comment.reactions) == (1, [EYES])
        for _ in range(2):
            await another_process()
            assert (len(replies(site, comment.issue.number)), comment.reactions) == (1, [EYES, final])


async def test_what_other_people_wrote_or_felt_does_not_count_as_an_answer(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        issue = story.site.create_issue("A question")
        comment = story.site.comment(issue.number, "/status help")
        for content in ("eyes", "rocket", "confused", "-1"):
            story.site.react(comment, content, by="grace")
        story.site.comment(issue.number, answer_marker(comment.id, "rocket"), by="grace")
        github.release_webhooks()
        await story.rest()
        assert len(replies(story.site, issue.number)) == 1


async def test_a_delivery_that_comes_again_is_not_answered_again(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        comment = await say(story, "/status help")
        [delivery] = [
            one
            for one in github.deliveries
            if one.event == "issue_comment"
            and one.action == "created"
            and one.payload["comment"]["id"] == comment.id
        ]
        await github.redeliver(delivery.id)
        await story.rest()
        assert len(replies(story.site, comment.issue.number)) == 1


# -- what cannot be answered ------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Response(403, {"message": "Unable to create comment because issue is locked."}),
        Response(404, {"message": "Not Found"}),
        Response(410, {"message": "This issue was deleted"}),
        Response(422, {"message": "Validation Failed"}),
        Response(307, {"message": "Temporary Redirect"}, {"Location": "/repositories/1"}),
    ],
    ids=lambda answer: str(answer.status),
)
async def test_what_github_refuses_is_not_tried_for_ever(
    github: Sandbox, clock: FakeClock, answer: Response
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        asked: list[str] = []

        def refuse(record: RequestRecord) -> Response | None:
            if record.method == "POST" and record.path.endswith("/comments"):
                asked.append(record.path)
                return answer
            return None

        github.intercept(refuse)
        await say(story, "/status help")
        await clock.advance(60 * MINUTE)
        assert len(asked) == 1
        assert story.bot.queue.failures == {}


async def test_without_the_permission_nothing_is_answered_and_nothing_is_tried_for_ever(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        [installation] = github.state.installations.values()
        installation.permissions = {**installation.permissions, "issues": "read"}
        comment = await say(story, "/status help")
        assert (replies(story.site, comment.issue.number), comment.reactions) == ([], [])
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize(
    "answer",
    [
        Response(503, {"message": "Unavailable"}),
        Response(429, {"message": "Slow down"}, {"Retry-After": "90"}),
    ],
    ids=["down", "limited"],
)
async def test_an_answer_waits_until_github_takes_it(
    github: Sandbox, clock: FakeClock, answer: Response
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        forget = github.intercept(lambda record: answer if "/reactions" in record.path else None)
        issue = story.site.create_issue("A question")
        comment = story.site.comment(issue.number, "/status help")
        await github.delivered()
        await clock.until(lambda: story.bot.queue.failures)
        assert (replies(story.site, issue.number), comment.reactions) == ([], [])
        forget()
        await story.rest()
        assert len(replies(story.site, issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


# -- when it has to wait ----------------------------------------------------------------------


async def test_a_command_given_before_the_sites_are_known_is_seen_and_answered_once_they_are(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    down = github.intercept(
        lambda record: Response(503) if record.path.startswith("/app/installations?") else None
    )
    async with begun(github, clock) as story:
        await clock.until(lambda: story.bot.queue.failures)
        issue = story.site.create_issue("A question")
        asked = story.site.comment(issue.number, "/status show")
        for_help = story.site.comment(issue.number, "/status help", by="grace")
        await github.delivered()
        await clock.settle()
        assert (asked.reactions, for_help.reactions) == ([EYES], [EYES, ROCKET])
        await clock.advance(3 * SITES_UNKNOWN_SECONDS)
        assert asked.reactions == [EYES]
        down()
        await story.rest()
        await clock.advance(SITES_UNKNOWN_SECONDS)
        await story.rest()
        assert asked.reactions == [EYES, ROCKET]
        assert len(replies(story.site, issue.number)) == 2


async def test_somebody_who_sends_many_commands_is_answered_five_times_a_minute(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        issue = story.site.create_issue("Questions")
        many = [story.site.comment(issue.number, "/status help", by="grace") for _ in range(12)]
        other = story.site.comment(issue.number, "/status help", by="ada")
        await story.rest()
        assert other.reactions == [EYES, ROCKET], "others do not wait for that"
        answered = [len(answered_of(many))]
        for _ in range(3):
            await clock.advance(MINUTE)
            await story.rest()
            answered.append(len(answered_of(many)))
        assert answered == [5, 10, 12, 12]
        assert len(replies(story.site, issue.number)) == 13


def answered_of(comments: list[Comment]) -> list[Comment]:
    return [comment for comment in comments if ROCKET in comment.reactions]


async def test_five_commands_of_a_comment_are_answered_and_the_others_counted(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        text = "\n".join(f"/status explain {name}" for name in ("a", "b", "c", "d", "e", "f", "g"))
        comment = await say(story, f"{text}\n/status explain a")
        [reply] = replies(story.site, comment.issue.number)
        assert reply.count("> `/status explain ") == 5
        assert "The last 2 are left out" in reply
        again = await say(story, "/status help")
        assert again.reactions == [EYES], "five commands are as many as a minute takes"


# -- what was missed --------------------------------------------------------------------------


async def test_commands_on_the_site_that_no_delivery_told_of_are_answered_after_the_start(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.create_app("other-bot")
    site = github.repository(SITE)
    old = site.comment(site.create_issue("Long ago").number, "/status show")
    await clock.advance(25 * 60 * MINUTE)
    issue = site.create_issue("Questions")
    asked = [site.comment(issue.number, f"/status {name}", by="ada") for name in ("show", "refresh", "help")]
    edited = site.comment(issue.number, "Thank you!")
    await clock.advance(MINUTE)
    site.edit_comment(edited, "/status help")
    others = [
        site.comment(issue.number, "Nothing of that kind."),
        site.comment(issue.number, "/status help", by="other-bot[bot]"),
        edited,
        old,
    ]
    async with world(github, clock) as story:
        assert [comment.reactions for comment in asked] == [[EYES, ROCKET]] * 3
        assert [comment.reactions for comment in others] == [[]] * 4
        assert len(replies(story.site, issue.number)) == 3
        await clock.advance(60 * MINUTE)
        await story.rest()
        assert len(replies(story.site, issue.number)) == 3


async def test_commands_that_were_answered_cost_nobody_another_turn(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        issue = story.site.create_issue("Questions")
        for _ in range(5):
            story.site.comment(issue.number, "/status help", by="ada")
        await story.rest()
        await clock.advance(2 * MINUTE)
        story.bot.queue.add(Key("commands", story.site.id), Job())
        await story.rest()
        comment = await say(story, "/status show")
        assert comment.reactions == [EYES, ROCKET]
        assert len(replies(story.site, issue.number)) == 5
