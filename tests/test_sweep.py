"""What got lost heals: commands that nobody answered, deliveries that failed, whoever was down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from bot.app import running
from bot.events import is_of_interest
from bot.github import conversations
from bot.github.conversations import Conversations, read_conversations
from bot.github.deliveries import MOST_PAGES as MOST_LOG_PAGES
from bot.github.deliveries import read_attempts
from bot.redelivery import HESITATION_SECONDS, MOST_AT_ONCE, MOST_ATTEMPTS, PACE_SECONDS, Redelivery
from bot.sandbox import App, Comment, Repo, RequestRecord, Response, Sandbox
from bot.sandbox.deliveries import Delivery
from bot.settings import Settings
from tests.clocks import FakeClock
from tests.questions import EYES, ROCKET, replies
from tests.readers import Access, access, names_in, queries, query_in
from tests.readers import stage as answer_queries
from tests.sandbox.receiving import receiving
from tests.staged import stage
from tests.world import (
    EVENTS,
    ORGANIZATION,
    PERMISSIONS,
    SECRET,
    SITE,
    World,
    build,
    free_port,
    row_of,
    settings_of,
    world,
)

MINUTE = 60.0
SWEEP = 10 * MINUTE
HOUR = 60 * MINUTE
NEVER = 24 * 60
"""Minutes from one resync to the next, where it is not to help."""
LOG = "/app/hook/deliveries"
MAKERS = "makers"
RUST = f"{MAKERS}/rust"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[dict[str, object]]]:
    """The lines of the log."""
    with capture_logs() as lines:
        yield lines  # type: ignore[misc]  # structlog's own type of a line is narrower


@dataclass
class Place:
    """A GitHub with the app installed, where one process after the other may look after it."""

    github: Sandbox
    clock: FakeClock
    app: App
    settings: Settings

    @asynccontextmanager
    async def process(self) -> AsyncIterator[World]:
        async with running(self.settings, self.clock) as bot:
            told = World(self.github, bot, self.clock)
            await told.rest()
            yield told


@asynccontextmanager
async def place(github: Sandbox, clock: FakeClock) -> AsyncIterator[Place]:
    port = free_port()
    app = github.create_app("status-bot", PERMISSIONS, EVENTS, f"http://127.0.0.1:{port}/webhook", SECRET)
    github.install(app, ORGANIZATION)
    async with github.serve() as server:
        settings = replace(settings_of(app, server.api_url, port), resync_minutes=NEVER)
        yield Place(github, clock, app, settings)


def ask(repository: Repo, text: str = "/status help", by: str = "ada") -> Comment:
    return repository.comment(repository.create_issue("A question").number, text, by=by)


def attempts(github: Sandbox, event: str) -> list[tuple[str, bool]]:
    """What became of each attempt to deliver such an event, and whether it was a repeated one.

    A release is told of three times at once; it is the last that counts here.
    """
    told = [one for one in github.deliveries if one.event == event]
    return [(one.status, one.redelivery) for one in told if event != "release" or one.action == "released"]


def asked_again(github: Sandbox, event: str | None = None) -> list[RequestRecord]:
    """The requests for another attempt, for such an event or for any."""
    ids = {str(one.id) for one in github.deliveries if event in (None, one.event)}
    posted = [record for record in github.requests if record.path.endswith("/attempts")]
    return [record for record in posted if record.path.split("/")[-2] in ids]


async def sweep(story: World) -> None:
    """Let the next sweep come, and everything that it sets going be done."""
    await story.clock.advance(SWEEP + MINUTE)
    await story.rest()


# -- commands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("on_pull", [False, True])
async def test_a_command_of_which_github_never_told_is_answered_by_the_next_sweep(
    github: Sandbox, clock: FakeClock, *, on_pull: bool
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        python = story.sig("Python")
        github.hold_webhooks()
        if on_pull:
            python.push({"x.md": "x\n"}, branch="change")
            comment = python.comment(python.create_pull("change").number, "/status explain", by="grace")
        else:
            comment = ask(python, "/status explain", by="grace")
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]
        [reply] = replies(python, comment.issue.number)
        assert "| Column |" in reply
        await sweep(story)
        assert len(replies(python, comment.issue.number)) == 1


async def test_a_command_that_was_taken_and_died_with_the_process_is_answered_by_the_next(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with place(github, clock) as here:
        async with here.process() as story:
            down = github.intercept(lambda record: None if record.path.startswith("/app") else Response(500))
            comment = ask(story.sig("Python"))
            await github.delivered()
            assert attempts(github, "issue_comment") == [("OK", False)]
            await clock.until(lambda: story.bot.queue.failures)
        down()
        assert comment.reactions == []
        async with here.process():
            assert comment.reactions == [EYES, ROCKET]
            assert attempts(github, "issue_comment") == [("OK", False)] * 2, "the other is the answer"


async def test_a_command_on_a_repository_that_was_renamed_is_answered_under_its_new_name(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.hold_webhooks()
        python = story.sig("Python")
        python.rename("snake")
        comment = ask(python)
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]


async def test_only_new_commands_of_people_are_answered_late(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.create_app("other-bot")
    python = github.repository(f"{ORGANIZATION}/python")
    old = ask(python)
    await clock.advance(24 * HOUR + MINUTE)
    edited, by_bot = ask(python, "Hello"), ask(python, by="other-bot[bot]")
    python.edit_comment(edited, "/status help")
    python.comment(old.issue.number, "@ada please look")
    new = python.comment(old.issue.number, "/status help", by="grace")
    async with world(github, clock) as story:
        await sweep(story)
        assert new.reactions == [EYES, ROCKET]
        assert [one.reactions for one in (old, edited, by_bot)] == [[]] * 3


async def test_a_command_elsewhere_is_answered_through_the_installation_there(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    rows = row_of("Rust") + row_of("Zig")
    rows = rows.replace(f"/{ORGANIZATION}/rust", f"/{RUST}").replace(f"/{ORGANIZATION}/zig", "/strangers/zig")
    source = "data/progress_source.yaml"
    site.push({source: str(site.file(source)) + rows})
    rust, zig = github.create_repository(RUST), github.create_repository("strangers/zig")
    bystander = github.create_repository(f"{MAKERS}/bystander")
    async with stage(github, clock, accounts=(ORGANIZATION, MAKERS)) as story:
        github.hold_webhooks()
        github.requests.clear()
        asked, unreached, unnamed = ask(rust, "/status explain"), ask(zig), ask(bystander)
        await sweep(story)
        assert asked.reactions == [EYES, ROCKET]
        assert (unreached.reactions, unnamed.reactions) == ([], [])
        reading = {
            (record.installation_id, *names_in(query))
            for record in github.requests
            if (query := query_in(record, "Threads"))
        }
        home, away = github.state.installations
        assert reading == {(home, "python", "opentelemetry.io"), (away, "rust"), (away, "bystander")}


# -- where there is no site yet ---------------------------------------------------------------

STARTED = f"{ORGANIZATION}/begun-elsewhere"


def a_beginning(github: Sandbox, *, sites: bool) -> Repo:
    """A repository that could become a site, in an organisation with or without another site."""
    if sites:
        build(github, "Python")
    else:
        github.create_organization(ORGANIZATION)
        github.create_user("ada")
    return github.create_repository(STARTED, files={"README.md": "# begun\n"})


@pytest.mark.parametrize("sites", [False, True])
async def test_a_site_that_was_asked_for_is_begun_by_the_next_process(
    github: Sandbox, clock: FakeClock, *, sites: bool
) -> None:
    repository = a_beginning(github, sites=sites)
    repository.add_collaborator("ada", "write")
    async with place(github, clock) as here:
        async with here.process() as story:
            down = github.intercept(lambda record: None if record.path.startswith("/app") else Response(500))
            comment = ask(repository, "/status init")
            await github.delivered()
            assert attempts(github, "issue_comment") == [("OK", False)], "GitHub has no cause to repeat it"
            await clock.until(lambda: story.bot.queue.failures)
        down()
        async with here.process():
            assert comment.reactions == [EYES, ROCKET]
            [pull] = repository.pulls()
            assert pull.head.ref == "status-bot/init"


async def test_a_site_that_was_asked_for_without_a_word_from_github_is_begun_by_the_next_sweep(
    github: Sandbox, clock: FakeClock
) -> None:
    repository = a_beginning(github, sites=True)
    repository.add_collaborator("ada", "write")
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.hold_webhooks()
        comment, another = ask(repository, "/status init"), ask(repository, "/status show")
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]
        assert [pull.head.ref for pull in repository.pulls()] == ["status-bot/init"]
        assert another.reactions == [], "it may be meant for somebody else's bot"
        await sweep(story)
        assert len(replies(repository, comment.issue.number)) == 1


async def test_of_very_many_repositories_without_a_site_each_has_its_turn(
    github: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.MOST_ELSEWHERE", 2)
    a_beginning(github, sites=False)
    repositories = [github.create_repository(f"{ORGANIZATION}/r{number}") for number in range(5)]
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.hold_webhooks()
        comments = [ask(repository, "/status init", by="ada") for repository in repositories]
        looked = []
        for _ in range(4):
            github.requests.clear()
            await sweep(story)
            looked += [
                names_in(query) for record in github.requests if (query := query_in(record, "Threads"))
            ]
        assert all(len(names) == 2 for names in looked)
        assert [bool(comment.reactions) for comment in comments] == [True] * 5


async def test_two_replicas_that_find_a_command_answer_it_once(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2) as story:
        github.hold_webhooks()
        comments = [ask(story.sig("Python"), by=person) for person in ("ada", "grace")]
        await sweep(story)
        await sweep(story)
        for comment in comments:
            assert comment.reactions == [EYES, ROCKET]
            assert len(replies(story.sig("Python"), comment.issue.number)) == 1


async def test_repositories_that_cannot_be_read_hide_no_others(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go")
    async with stage(github, clock, accounts=(ORGANIZATION, MAKERS)) as story:
        github.hold_webhooks()
        comment = ask(story.sig("Go"))
        story.sig("Python").delete()
        story.sig("Java").make_private()
        github.suspend(list(github.state.installations.values())[1])
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]
        assert story.bot.queue.failures == {}


async def test_an_answer_that_makes_no_sense_hides_no_others(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    site = github.repository(SITE)
    row = row_of("Rust").replace(f"/{ORGANIZATION}/rust", f"/{RUST}")
    site.push({"data/progress_source.yaml": str(site.file("data/progress_source.yaml")) + row})
    github.create_repository(RUST)
    async with stage(github, clock, accounts=(ORGANIZATION, MAKERS)) as story:
        github.hold_webhooks()
        comment = ask(story.sig("Python"))
        strange = Response(200, {"data": {"r0": {}}})

        def spoil(record: RequestRecord) -> Response | None:
            query = query_in(record, "Threads")
            return strange if query and names_in(query) == ["rust"] else None

        github.intercept(spoil)
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]
        assert story.bot.queue.failures == {}


async def test_what_github_cannot_tell_now_is_looked_at_again(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.hold_webhooks()
        failed = {"message": "Something went wrong", "path": ["r1"], "type": "SERVICE_UNAVAILABLE"}
        answer_queries(github, "Threads", Response(200, {"data": {"r0": None}, "errors": [failed]}))
        comment = ask(story.sig("Java"))
        for _ in range(3):
            await sweep(story)
        assert comment.reactions == []
        github.intercept(None)
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]


@pytest.mark.parametrize("status", [404, 500])
async def test_a_comment_of_which_not_enough_can_be_told_hides_no_others(
    github: Sandbox, clock: FakeClock, status: int
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        python = story.sig("Python")
        doubtful, other = ask(python), ask(python, by="grace")
        number = f"/comments/{doubtful.id}"
        github.intercept(
            lambda record: Response(status, {"message": "No"}) if record.path.endswith(number) else None
        )
        await sweep(story)
        assert (doubtful.reactions, other.reactions) == ([], [EYES, ROCKET])
        github.intercept(None)
        await sweep(story)
        assert bool(doubtful.reactions) == (status == 500)


async def test_a_hundred_sigs_cost_a_handful_of_requests_and_points(
    github: Sandbox, clock: FakeClock
) -> None:
    labels = [f"Sig{number}" for number in range(99)]
    build(github, *labels)
    async with world(github, clock, resync_minutes=NEVER) as story:
        answered = ask(story.sig("Sig7"))
        for number in range(10):
            ask(story.sig(f"Sig{number}"), "@ada Thank you!")
        await story.rest()
        assert answered.reactions == [EYES, ROCKET]
        github.requests.clear()
        await sweep(story)
        assert [len(queries(github, name)) for name in ("Threads", "Comments")] == [5, 1]
        assert sum(record.graphql_cost for record in github.requests) == 6
        assert [record.path for record in github.requests if record.path != "/graphql"] == [
            f"{LOG}?per_page=100"
        ]
        github.requests.clear()
        await clock.advance(HOUR)
        hour = [record for record in github.requests if not record.path.endswith("/access_tokens")]
        assert len(hour) <= 7 * 6


# -- deliveries -------------------------------------------------------------------------------


@pytest.mark.parametrize("running_meanwhile", [True, False])
async def test_what_happened_while_nobody_listened_is_delivered_again(
    github: Sandbox, clock: FakeClock, *, running_meanwhile: bool
) -> None:
    build(github, "Python")
    async with place(github, clock) as here:
        async with here.process() as story:
            github.hold_webhooks()
            if running_meanwhile:
                story.sig("Python").create_release("v0.1.0")
                github.release_webhooks(drop=lambda _: True)
                await story.rest()
                assert story.proposed()["Python"]["msLabel"] == "v0.1"
                await sweep(story)
                assert story.proposed()["Python"]["msLabel"] == "v0.2"
        if not running_meanwhile:
            github.release_webhooks()
            here_is = github.repository(f"{ORGANIZATION}/python")
            here_is.create_release("v0.1.0")
            await github.delivered()
            async with here.process() as story:
                await clock.advance(MINUTE)
                assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert attempts(github, "release") == [("failed to connect to host", False), ("OK", True)]


async def test_what_was_refused_while_stopping_is_delivered_again_once(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with place(github, clock) as here:
        async with AsyncExitStack() as stack:
            story = await stack.enter_async_context(here.process())

            async def take_its_time(record: RequestRecord) -> None:
                if query_in(record, "Facts"):
                    await clock.sleep(20)

            slowed = github.intercept(take_its_time)
            story.sig("Python").create_release("v0.1.0")
            await github.delivered()
            await clock.advance(5)
            stopping = asyncio.create_task(stack.aclose())
            await clock.settle()
            story.sig("Python").create_release("v0.2.0")
            await github.delivered()
            await clock.advance(25)
            await stopping
            slowed()
        assert attempts(github, "release") == [("OK", False), ("Invalid HTTP Response: 503", False)]
        async with here.process() as story:
            await sweep(story)
            await sweep(story)
            assert attempts(github, "release")[2:] == [("OK", True)]
            assert len(asked_again(github, "release")) == 3
            assert story.proposed()["Python"]["msLabel"] == "v0.3"


async def test_what_succeeded_in_a_later_attempt_is_not_delivered_again(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        story.sig("Python").create_release("v0.1.0")
        github.release_webhooks(drop=lambda _: True)
        for lost in [one for one in github.deliveries if one.event == "release"]:
            await github.redeliver(lost.id)
        await sweep(story)
        assert attempts(github, "release") == [("failed to connect to host", False), ("OK", True)]
        assert asked_again(github, "release") == []


async def test_what_is_of_no_interest_is_not_delivered_again(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        number = story.site.create_issue("A fault").number
        comment = story.site.comment(number, "Hello")
        await story.rest()
        github.hold_webhooks()
        story.site.label_issue(number, "bug")
        story.site.edit_comment(comment, "Hello!")
        github.release_webhooks(drop=lambda _: True)
        assert [one.status_code for one in github.deliveries[-2:]] == [502, 502]
        await sweep(story)
        assert asked_again(github) == []


def test_interest_is_a_matter_of_the_action_too() -> None:
    interesting = [("push", None), ("release", "published"), ("issue_comment", "created"), ("push", "x")]
    boring = [("ping", None), ("issue_comment", "edited"), ("issues", "labeled"), ("issues", None), ("", "")]
    assert all(is_of_interest(*event) for event in interesting)
    assert not any(is_of_interest(*event) for event in boring)


async def test_what_fails_again_and_again_is_given_up(
    github: Sandbox, clock: FakeClock, logged: list[dict[str, object]]
) -> None:
    build(github, "Python")
    async with place(github, clock) as here:
        async with here.process() as story:
            here.app.url = f"http://127.0.0.1:{free_port()}/webhook"
            story.sig("Python").create_release("v0.1.0")
            for _ in range(MOST_ATTEMPTS + 2):
                await sweep(story)
            failed = ("failed to connect to host", True)
            assert attempts(github, "release") == [("failed to connect to host", False)] + [failed] * 3
            given_up = [line["event_name"] for line in logged if line["event"] == "delivery given up"]
            assert given_up.count("release") == 3
        async with here.process() as story:
            await sweep(story)
            assert len(attempts(github, "release")) == MOST_ATTEMPTS, "the log remembers"
            assert story.proposed()["Python"]["msLabel"] == "v0.2", "the full look found it"


@pytest.mark.parametrize("status", [403, 500])
async def test_a_log_that_cannot_be_read_hinders_nothing_else(
    github: Sandbox, clock: FakeClock, logged: list[dict[str, object]], status: int
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=NEVER) as story:
        closed = github.intercept(
            lambda one: Response(status, {"message": "No"}) if one.path.startswith(LOG) else None
        )
        github.hold_webhooks()
        story.sig("Python").create_release("v0.1.0")
        comment = ask(story.sig("Python"), "/status show")
        github.release_webhooks(drop=lambda _: True)
        await sweep(story)
        await sweep(story)
        assert comment.reactions == [EYES, ROCKET]
        assert [line["log_level"] for line in logged if "missed deliveries" in str(line["event"])] == [
            "warning"
        ] * 2
        assert attempts(github, "release") == [("failed to connect to host", False)]
        closed()
        await sweep(story)
        assert attempts(github, "release")[1:] == [("OK", True)]


async def test_a_log_that_makes_no_sense_ends_no_timer(
    github: Sandbox, clock: FakeClock, logged: list[dict[str, object]]
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=NEVER) as story:
        strange = github.intercept(lambda one: Response(200, [{}]) if one.path.startswith(LOG) else None)
        await sweep(story)
        assert "missed deliveries cannot be fetched now" in [line["event"] for line in logged]
        github.hold_webhooks()
        story.sig("Python").create_release("v0.1.0")
        github.release_webhooks(drop=lambda _: True)
        strange()
        await sweep(story)
        assert attempts(github, "release")[1:] == [("OK", True)]


async def test_a_delivery_of_which_only_what_matters_is_told_is_delivered_again(clock: FakeClock) -> None:
    """An event without actions may be told without that field."""
    asked: list[str] = []

    def tersely(one: RequestRecord) -> Response | None:
        if one.method == "POST" and one.path.startswith(LOG):
            asked.append(one.path)
            return Response(202, {})
        if not one.path.startswith(LOG):
            return None
        moment = clock.now().isoformat()
        told = {"id": 7, "guid": "g", "event": "push", "delivered_at": moment, "status_code": 0}
        return Response(200, [told])

    github = Sandbox(clock)
    build(github, "Python")
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.intercept(tersely)
        await sweep(story)
        assert asked == [f"{LOG}/7/attempts"]


async def test_a_delivery_that_github_no_longer_keeps_hinders_no_other(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.hold_webhooks()
        story.sig("Python").create_milestone("v0.2")
        story.sig("Python").create_release("v0.1.0")
        github.release_webhooks(drop=lambda _: True)
        [gone] = [one.id for one in github.deliveries if one.event == "milestone"]
        path = f"{LOG}/{gone}/attempts"
        github.intercept(lambda one: Response(422, {"message": "No"}) if one.path == path else None)
        await sweep(story)
        await sweep(story)
        assert attempts(github, "release")[1:] == [("OK", True)]
        assert [record.path for record in asked_again(github)].count(path) == 1


async def test_many_are_delivered_again_at_a_gentle_pace(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=NEVER) as story:
        github.hold_webhooks()
        for number in range(MOST_AT_ONCE + 10):
            story.sig("Python").create_milestone(f"v{number}.0")
        github.release_webhooks(drop=lambda _: True)
        await sweep(story)
        await clock.advance(2 * MINUTE)
        moments = [record.at for record in asked_again(github)]
        assert len(moments) == MOST_AT_ONCE
        assert all(later - earlier >= timedelta(seconds=PACE_SECONDS) for earlier, later in pairwise(moments))
        await sweep(story)
        assert len(asked_again(github)) == MOST_AT_ONCE + 10
        assert {one.guid for one in github.deliveries if one.event == "milestone" and one.succeeded()} == {
            one.guid for one in github.deliveries if one.event == "milestone"
        }


@asynccontextmanager
async def listening(github: Sandbox, clock: FakeClock) -> AsyncIterator[Access]:
    """The app in front of its log, with somebody who takes what is delivered."""
    github.create_organization(ORGANIZATION)
    github.create_repository(SITE)
    async with receiving() as receiver, access(github, clock, ORGANIZATION) as reached:
        [app] = github.state.apps.values()
        app.events.extend(EVENTS)
        reached.installation.events.extend(EVENTS)
        app.url = receiver.url
        yield reached


def lose(github: Sandbox, number: int = 1) -> list[Delivery]:
    """Deliveries that failed."""
    github.hold_webhooks()
    for _ in range(number):
        github.repository(SITE).create_milestone(f"v{len(github.deliveries)}.0")
    github.release_webhooks(drop=lambda _: True)
    return github.deliveries[-number:]


async def test_of_two_replicas_that_start_together_one_asks(github: Sandbox, clock: FakeClock) -> None:
    async with listening(github, clock) as reached:
        lost = lose(github, 3)
        replicas = [Redelivery(reached.hub.app, clock, iter([at]).__next__) for at in (0.1, 0.9)]
        sweeps = [asyncio.create_task(replica.sweep()) for replica in replicas]
        await clock.advance(HESITATION_SECONDS + 10)
        await asyncio.gather(*sweeps)
        assert len(asked_again(github)) == len(lost)


async def test_what_is_older_than_a_day_is_let_go(github: Sandbox, clock: FakeClock) -> None:
    async with listening(github, clock) as reached:
        lose(github)
        await clock.advance(25 * HOUR)
        replica = Redelivery(reached.hub.app, clock)
        await replica.sweep()
        assert asked_again(github) == []
        lose(github)
        broken = github.intercept(lambda one: Response(500) if one.path.endswith("/attempts") else None)
        first = asyncio.create_task(replica.sweep())
        await clock.advance(HESITATION_SECONDS)
        assert "GitHub answered 500" in str((await asyncio.gather(first, return_exceptions=True))[0])
        assert len(asked_again(github)) == 1
        broken()
        await clock.advance(25 * HOUR)
        await replica.sweep()
        assert len(asked_again(github)) == 1


async def test_a_long_log_is_read_as_far_as_is_needed_and_not_for_ever(
    github: Sandbox, clock: FakeClock
) -> None:
    async with listening(github, clock) as reached:
        since = clock.now()
        lose(github, 99)
        await clock.advance(MINUTE)
        lost = lose(github, 151)
        github.requests.clear()
        found = await read_attempts(reached.hub.app, since + timedelta(seconds=30))
        assert [one.id for one in found] == [one.id for one in reversed(lost)]
        assert len(github.requests) == 2
        github.requests.clear()

        def endless(record: RequestRecord) -> Response:
            page = [{**item, "id": number} for number in range(100)]
            here = reached.api_url + record.path
            return Response(200, page, {"Link": f'<{here}&cursor={len(github.requests)}>; rel="next"'})

        item = {"guid": "x", "event": "push", "action": None, "status_code": 200}
        item["delivered_at"] = clock.now().isoformat()
        github.intercept(endless)
        assert len(await read_attempts(reached.hub.app, since)) == 100 * MOST_LOG_PAGES
        assert len(github.requests) <= MOST_LOG_PAGES + 1


# -- reading conversations --------------------------------------------------------------------


async def read_since(reached: Access, clock: FakeClock, seconds: float, *names: str) -> Conversations:
    since = clock.now() - timedelta(seconds=seconds)
    return await read_conversations(reached.client, dict.fromkeys(names or (SITE,), since))


async def test_every_new_comment_is_found_on_however_many_pages(github: Sandbox, clock: FakeClock) -> None:
    async with listening(github, clock) as reached:
        site = github.repository(SITE)
        site.push({"x.md": "x\n"}, branch="change")
        threads = [site.create_issue("Old").number, site.create_pull("change").number]
        for number in threads:
            site.comment(number, "An old one")
        await clock.advance(HOUR)
        new = []
        for number in range(35):
            site.push({"x.md": f"{number}\n"}, branch=f"change-{number}")
            new.append(site.comment(site.create_pull(f"change-{number}").number, "New"))
        new += [site.comment(site.create_issue("New").number, "New") for _ in range(105)]
        new += [site.comment(number, "New") for number in threads for _ in range(51)]
        found = await read_since(reached, clock, MINUTE)
        assert [one.comment_id for one in found.comments] == [one.id for one in new]
        assert found.done_with == {SITE}
        assert {(one.full_name, one.repository_id, one.author) for one in found.comments} == {
            (SITE, site.id, new[0].author)
        }
        assert sum(record.graphql_cost for record in github.requests) <= 20


async def test_an_endless_conversation_is_not_read_for_ever(
    github: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "MOST_PAGES", 2)
    async with listening(github, clock) as reached:
        site = github.repository(SITE)
        number = site.create_issue("Talk").number
        said = [site.comment(number, "More") for _ in range(101)]
        found = await read_since(reached, clock, MINUTE)
        assert [one.comment_id for one in found.comments] == [one.id for one in said[1:]]


async def test_what_the_bot_answered_is_told_by_its_own_reaction_alone(
    github: Sandbox, clock: FakeClock
) -> None:
    async with listening(github, clock) as reached:
        site = github.repository(SITE)
        mine, others, begun, ghost = (ask(site) for _ in range(4))
        site.react(mine, "rocket", by="status-bot[bot]")
        site.react(others, "rocket", by="ada")
        site.react(begun, "eyes", by="status-bot[bot]")
        ghost.author = ""
        found = (await read_since(reached, clock, MINUTE)).comments
        assert {one.comment_id: one.answered for one in found} == {
            mine.id: True,
            others.id: False,
            begun.id: False,
            ghost.id: False,
        }
        assert (found[-1].author, found[-1].author_type) == ("", "")


async def test_a_query_that_is_too_much_is_asked_in_halves(github: Sandbox, clock: FakeClock) -> None:
    async with listening(github, clock) as reached:
        names = [f"{ORGANIZATION}/sig-{number}" for number in range(4)]
        comments = [ask(github.create_repository(name)) for name in names]
        too_much = {"data": None, "errors": [{"message": "Too much", "type": "RESOURCE_LIMITS_EXCEEDED"}]}
        answer_queries(github, "Threads", Response(200, too_much), "sig-2")

        def too_many_comments(record: RequestRecord) -> Response | None:
            query = query_in(record, "Comments")
            culprit = comments[1].issue.node_id
            return Response(502) if query and culprit in query["variables"].values() else None

        github.intercept(too_many_comments)
        found = await read_since(reached, clock, MINUTE, *names, "nobody/nothing")
        assert [one.comment_id for one in found.comments] == [comments[0].id, comments[3].id]
        assert found.done_with == {names[0], names[3], "nobody/nothing"}
        answered = github.intercept(None)
        answered()
