"""Comments that hold a command are answered: once, on the repository where they stand, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from bot.answers import Answerer, Question
from bot.events import Comment as Posted
from bot.github.errors import Unavailable
from bot.github.hub import GitHub
from bot.look import endpoints_of
from bot.marker import answer_marker
from bot.sandbox import Comment, Repo, RequestRecord, Response, Sandbox
from tests.clocks import FakeClock
from tests.readers import access
from tests.world import BOT, ORGANIZATION, SITE, World, build, world

MINUTE = 60.0
EYES, ROCKET, CONFUSED = ("eyes", BOT), ("rocket", BOT), ("confused", BOT)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A traceback takes a second to draw, and here many failures are staged."""
    with capture_logs():
        yield


def replies(repository: Repo, number: int) -> list[str]:
    """What the bot said on an issue."""
    return [comment.body for comment in repository.issue(number).comments if comment.author == BOT]


async def say(story: World, text: str, repository: Repo | None = None, by: str = "ada") -> Comment:
    """Comment on a new issue, of the site if no other repository is named."""
    where = repository or story.site
    comment = where.comment(where.create_issue("A question").number, text, by=by)
    await story.rest()
    return comment


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
        assert reply.endswith(answer_marker(comment.id))
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
            story.site.comment(issue.number, f"The table.\n\n{answer_marker(comment.id)}", by=BOT)

        fail_once(
            github,
            lambda record: record.method == "POST" and record.path.endswith("/comments"),
            arrive_all_the_same,
        )
        await story.rest()
        assert len(replies(story.site, issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]


async def test_a_crash_between_reply_and_reaction_leads_to_no_second_reply(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    comment = site.comment(site.create_issue("A question").number, "/status help")
    question = Question(0, site.id, SITE, comment.issue.number, comment.id, comment.body, "ada")
    async with access(github, clock, ORGANIZATION) as reached:
        [app] = github.state.apps.values()
        question = Question(**{**vars(question), "installation_id": reached.installation.id})

        def another_process() -> Answerer:
            endpoints = endpoints_of(reached.api_url)
            return Answerer(GitHub(reached.session, endpoints, str(app.id), app.private_key, clock))

        fail_once(github, reacts_with("rocket"))
        with pytest.raises(Unavailable):
            await another_process().answer(question)
        assert (len(replies(site, comment.issue.number)), comment.reactions) == (1, [EYES])
        assert await another_process().answer(question) is True
        assert (len(replies(site, comment.issue.number)), comment.reactions) == (1, [EYES, ROCKET])
        assert await another_process().answer(question) is False
        assert len(replies(site, comment.issue.number)) == 1


async def test_what_other_people_wrote_or_felt_does_not_count_as_an_answer(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        issue = story.site.create_issue("A question")
        comment = story.site.comment(issue.number, "/status help")
        for content in ("eyes", "rocket", "confused"):
            story.site.react(comment, content, by="grace")
        story.site.comment(issue.number, answer_marker(comment.id), by="grace")
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
