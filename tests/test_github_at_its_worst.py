"""GitHub at its worst: each trouble is staged, and it is looked at what stands there then and afterwards.

While it lasts nothing wrong is proposed, reported or forgotten, and GitHub is not hammered. When it is over,
the right proposal stands.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import structlog
import yaml
from structlog.testing import capture_logs

from bot.app import Bot, running
from bot.events import Comment
from bot.github.limits import WRITES_AT_ONCE
from bot.jobs import MOST_QUESTIONS
from bot.sandbox import RequestRecord, Response, Sandbox
from tests.clocks import FakeClock
from tests.questions import EYES, ROCKET
from tests.readers import begun, names_in, query_in
from tests.staged import stage as staged
from tests.test_races import together
from tests.test_service import MAKERS, RUST, build_two, first_installation, install, merge, sites
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
    free_port,
    row_of,
    settings_of,
    world,
)

MINUTE = 60.0
HALF_AN_HOUR = 30 * MINUTE
PAGE = b"<!DOCTYPE html><html><body>Please log in to the network.</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
LIMIT = {"message": "API rate limit exceeded for installation."}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
ABUSE = {"message": "You have triggered an abuse detection mechanism."}
MOST_REQUESTS = 60
"""In ten minutes of trouble. Anything wrong in the client's manners makes hundreds of it."""

Trouble = Callable[[RequestRecord], Response | None]


def is_file_read(record: RequestRecord) -> bool:
    return record.method == "GET" and "/contents/" in record.path


def is_query(record: RequestRecord) -> bool:
    return record.path == "/graphql"


def is_write(record: RequestRecord) -> bool:
    return record.method != "GET" and record.path.startswith("/repos/")


def always(answer: Response) -> Trouble:
    return lambda _: answer


def hang_up(_: RequestRecord) -> Response | None:
    raise ConnectionResetError


def to(location: str) -> Trouble:
    return always(Response(301, {"message": "Moved Permanently"}, {"Location": location}))


def in_circles(record: RequestRecord) -> Response:
    return Response(302, {"message": "Found"}, {"Location": f"/api/v3{record.path}"})


TROUBLES: dict[str, tuple[Trouble, ...]] = {
    "outages": (
        *(always(Response(status, {"message": "Oops"})) for status in (500, 502, 503, 504, 529)),
        always(Response(500, PAGE, HTML)),
    ),
    "a portal before it": (
        always(Response(200, PAGE, HTML)),
        always(Response(200, b"GIF89a", {"Content-Type": "image/gif"})),
        always(Response(200, b"\xff\xfe\x00", {"Content-Type": "application/json"})),
        always(Response(200, b"{}", {"Content-Type": "application/json; charset=banana"})),
    ),
    "a proxy before it": tuple(always(Response(status, PAGE, HTML)) for status in (401, 403, 404, 407, 422)),
    "nothing said": (
        *(always(Response(status)) for status in (200, 409, 422)),
        always(Response(200, b"null")),
        always(Response(200, b"[]")),
        always(Response(200, b'{"data":{"repository":{"nameWithOwner":"o')),
    ),
    "hanging up": (hang_up,),
    "limits": (
        always(Response(429, LIMIT)),
        always(Response(403, SECONDARY)),
        always(Response(403, ABUSE)),
        always(Response(429, LIMIT, {"Retry-After": "100"})),
        always(Response(403, LIMIT, {"Retry-After": "-5"})),
    ),
    "faults with the status 200": (
        always(Response(200, {"data": None, "errors": [{"type": "INTERNAL", "message": "Sorry"}]})),
        always(Response(200, {"errors": [{"message": "Something went wrong"}]})),
        always(Response(200, {"data": None, "errors": [None, 7]})),
        always(Response(200, {"data": None, "errors": []})),
    ),
    "a limit with the status 200": (
        always(Response(200, {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "Sorry"}]})),
    ),
    "refusals": (
        always(Response(401, {"message": "Bad credentials"})),
        always(Response(403, {"message": "Resource not accessible by integration"})),
        always(Response(499, {"message": "Client closed the request"})),
    ),
    "redirects": (
        in_circles,
        to("https://elsewhere.example/api/v3/x"),
        always(Response(301, {"message": "Moved Permanently"})),
    ),
    "headers that make no sense": (
        always(Response(500, None, {"X-RateLimit-Limit": "many", "X-RateLimit-Reset": "9" * 40})),
        always(Response(502, None, {"X-RateLimit-Remaining": "-1", "Link": "<<>>", "Date": "yesterday"})),
    ),
}


def releases(story: World) -> dict[str, str] | None:
    """The releases that are proposed now."""
    text = story.site.file(OUTPUT, ref=BRANCH)
    return {row["label"]: row["releaseTag"] for row in yaml.safe_load(text)["data"]} if text else None


@pytest.mark.parametrize("name", TROUBLES)
async def test_while_it_lasts_nothing_wrong_happens_and_afterwards_all_is_right(
    github: Sandbox, clock: FakeClock, name: str
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        pull = story.the_proposal()
        turns = itertools.cycle(TROUBLES[name])
        for number, concerns in enumerate((is_query, is_file_read, is_write), 1):
            before = releases(story)
            asked = trouble(github, turns, concerns)
            tag = f"v0.{number}.0"
            right = {"Python": tag, "Java": tag}
            for label in right:
                story.sig(label).create_release(tag)
            story.site.push({SOURCE: story.read(SOURCE) + f"# {number}\n"}, message="A word")
            await github.delivered()
            await clock.advance(10 * MINUTE)
            assert 0 < len(asked) <= MOST_REQUESTS
            assert releases(story) in (before, right)
            assert (story.site.pulls(state="all"), pull.comments, story.reports()) == ([pull], [], [])
            assert sites(story) == [SITE], "nobody is forgotten"
            assert story.bot.queue.failures
            github.intercept(None)
            await clock.advance(35 * MINUTE)
            await story.rest()
            assert releases(story) == right
            assert story.the_proposal() is pull
            assert story.bot.queue.failures == {}


def trouble(
    github: Sandbox, turns: Iterator[Trouble], concerns: Callable[[RequestRecord], bool]
) -> list[RequestRecord]:
    """Answer what is concerned by one trouble after the other; gives what was asked."""
    asked: list[RequestRecord] = []

    def troubled(record: RequestRecord) -> Response | None:
        if not concerns(record):
            return None
        asked.append(record)
        return next(turns)(record)

    github.intercept(troubled)
    return asked


# -- tokens and clocks ------------------------------------------------------------------------


async def test_a_token_that_is_revoked_in_the_middle_is_replaced_once(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        github.requests.clear()

        def revoke(record: RequestRecord) -> None:
            if not record.path.startswith("/app/") and record.status == 0:
                key = (record.method, record.path, record.request_body)
                if key not in seen:
                    seen.add(key)
                    github.state.tokens.clear()

        seen: set[tuple[str, str, bytes]] = set()
        github.intercept(revoke)
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(5)
        github.intercept(None)
        assert releases(story) == {"Python": "v0.1.0"}, "without a failure on the way"
        assert len(seen) >= 8
        minted = [record for record in github.requests if record.path.endswith("/access_tokens")]
        assert len(minted) <= len(seen) + 1
        assert all(record.status in (200, 201, 401) for record in github.requests)


async def test_of_several_that_are_refused_one_token_only_one_asks_for_another(
    github: Sandbox, clock: FakeClock
) -> None:
    labels = [f"Sig{number}" for number in range(80)]
    build(github, *labels)
    async with world(github, clock) as story:
        together: list[RequestRecord] = []
        four = asyncio.Event()

        async def revoke(record: RequestRecord) -> None:
            if query_in(record, "Facts") and not four.is_set():
                together.append(record)
                if len(together) == 4:
                    github.requests.clear()
                    github.state.tokens.clear()
                    four.set()
                await asyncio.wait_for(four.wait(), 10)

        github.intercept(revoke)
        story.bot.service.search()
        await story.rest()
        assert [record.status for record in together] == [401] * 4
        assert len([record for record in github.requests if record.path.endswith("/access_tokens")]) == 1


class SkewedClock(FakeClock):
    """A machine whose clock is set wrong, though its seconds are as long as anybody's."""

    def __init__(self, right: FakeClock, ahead: timedelta) -> None:
        super().__init__()
        self._right = right
        self._ahead_by = ahead

    def now(self) -> datetime:
        return self._right.now() + self._ahead_by

    def monotonic(self) -> float:
        return self._right.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._right.sleep(seconds)


@pytest.mark.parametrize("hours", [-30, -0.5, 0.05, 1, 30])
async def test_a_machine_whose_clock_is_wrong_gets_its_tokens_all_the_same(
    github: Sandbox, clock: FakeClock, hours: float
) -> None:
    build(github, "Python")
    async with begun(github, SkewedClock(clock, timedelta(hours=hours))) as story:
        await github.delivered()
        await clock.until(story.site.pulls, within_seconds=30)
        await clock.advance(70 * MINUTE)
        github.requests.clear()
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.until(lambda: releases(story) == {"Python": "v0.1.0"}, within_seconds=10)
        minted = [record for record in github.requests if record.path.endswith("/access_tokens")]
        assert len(minted) <= 4


# -- what changes hands or goes away while at work ---------------------------------------------


CALLS: dict[str, Callable[[RequestRecord], bool]] = {
    "before the facts are read": lambda record: query_in(record, "Facts") is not None,
    "before the commit": lambda record: record.path.endswith("/git/trees"),
    "before the branch moves": lambda record: record.method == "PATCH" and "/git/refs/" in record.path,
    "before the words": lambda record: record.method == "PATCH" and "/pulls/" in record.path,
}


def once(github: Sandbox, call: str, deed: Callable[[], object]) -> list[str]:
    """Do something just before a call comes through; tells whether that happened."""
    done: list[str] = []

    def interceptor(record: RequestRecord) -> None:
        if CALLS[call](record) and not done:
            done.append(record.path)
            deed()

    github.intercept(interceptor)
    return done


async def released_while(github: Sandbox, clock: FakeClock, story: World, done: list[str]) -> None:
    story.sig("Python").create_release("v0.1.0")
    await github.delivered()
    await clock.advance(2 * MINUTE)
    assert done


@pytest.mark.parametrize("call", CALLS)
async def test_a_site_that_is_renamed_or_hidden_while_at_work_is_served_all_the_same(
    github: Sandbox, clock: FakeClock, call: str
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        site = story.site
        pull = story.the_proposal()

        def rename_and_hide() -> None:
            site.rename("website")
            site.make_private()

        await released_while(github, clock, story, once(github, call, rename_and_hide))
        await story.rest()
        assert "v0.1.0" in str(site.file(OUTPUT, ref=BRANCH))
        assert "v0.1.0" in str(pull.body)
        assert (site.pulls(state="all"), pull.comments, pull.state) == ([pull], [], "open")
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize("call", list(CALLS)[1:])
async def test_a_site_that_is_archived_while_at_work_is_left_alone_until_it_is_back(
    github: Sandbox, clock: FakeClock, call: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await released_while(github, clock, story, once(github, call, story.site.archive))
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert (sites(story), story.bot.queue.failures) == ([], {}), "the search has found it archived"
        story.site.unarchive()
        await github.delivered()
        await clock.advance(10)
        assert sites(story) == [SITE]
        assert releases(story) == {"Python": "v0.1.0"}
        assert "v0.1.0" in str(story.the_proposal().body)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("end", ["deleted", "transferred"])
async def test_a_site_that_goes_away_while_at_work_is_forgotten(
    github: Sandbox, clock: FakeClock, call: str, end: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        site = story.site
        deed = site.delete if end == "deleted" else lambda: site.transfer("strangers")
        await released_while(github, clock, story, once(github, call, deed))
        await story.rest()
        assert (sites(story), story.bot.queue.failures) == ([], {})


@pytest.mark.parametrize("call", CALLS)
async def test_an_app_that_is_suspended_while_at_work_goes_on_afterwards(
    github: Sandbox, clock: FakeClock, call: str
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        installation = first_installation(story)
        pull = story.the_proposal()
        github.hold_webhooks()
        story.sig("Python").create_release("v0.1.0")
        github.release_webhooks()
        github.hold_webhooks()
        done = once(github, call, lambda: github.suspend(installation))
        await clock.until(lambda: done, within_seconds=30)
        await clock.advance(5 * MINUTE)
        assert (pull.state, pull.comments) == ("open", [])
        github.unsuspend(installation)
        github.release_webhooks()
        await clock.advance(10 * MINUTE)
        await story.rest()
        assert releases(story) == {"Python": "v0.1.0"}
        assert (story.site.pulls(state="all"), pull.comments, story.reports()) == ([pull], [], [])


async def test_an_app_that_is_suspended_just_when_it_answers_answers_afterwards(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        installation = first_installation(story)
        comment = story.site.comment(story.site.create_issue("A question").number, "/status show")
        suspended: list[str] = []

        def let_in() -> None:
            if installation.suspended_at is not None:
                github.unsuspend(installation)

        def trouble(record: RequestRecord) -> None:
            if record.method == "POST" and record.path.endswith(f"/issues/{comment.issue.number}/comments"):
                if not suspended:
                    suspended.append(record.path)
                    github.suspend(installation)
            elif record.method == "POST":
                let_in()

        github.intercept(trouble)
        await clock.until(lambda: suspended, within_seconds=30)
        await clock.advance(MINUTE)
        let_in()
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert comment.reactions == [EYES, ROCKET]
        assert [other.author for other in comment.issue.comments] == ["ada", BOT]


@pytest.mark.parametrize("call", CALLS)
async def test_an_app_that_is_uninstalled_while_at_work_touches_nothing_more(
    github: Sandbox, clock: FakeClock, call: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        installation = first_installation(story)
        done = once(github, call, lambda: github.uninstall(installation))
        await released_while(github, clock, story, done)
        assert sites(story) == []
        github.requests.clear()
        await clock.advance(2 * HALF_AN_HOUR)
        await story.rest()
        assert {record.authentication for record in github.requests} <= {"app"}
        assert story.bot.queue.failures == {}


async def test_a_token_that_is_not_to_be_had_does_not_make_a_file_missing(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        gone = Response(404, {"message": "Not Found"})
        renewing: list[str] = []

        def not_to_be_had(record: RequestRecord) -> Response | None:
            if is_file_read(record):
                renewing.append(record.path)
                github.state.tokens.clear()
            return gone if renewing and record.path.endswith("/access_tokens") else None

        github.intercept(not_to_be_had)
        story.site.push({SOURCE: story.read(SOURCE) + "# seen\n"}, message="A word")
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(5 * MINUTE)
        assert renewing
        assert (sites(story), story.reports(), story.the_proposal().comments) == ([SITE], [], [])
        github.intercept(None)
        await clock.advance(10 * MINUTE)
        assert releases(story) == {"Python": "v0.1.0"}


# -- limits and waits -------------------------------------------------------------------------


async def told_by(story: World) -> tuple[int, dict[str, Any]]:
    """What ``/ready`` says."""
    async with aiohttp.ClientSession() as session, session.get(f"{story.bot.url}/ready") as response:
        return response.status, json.loads(await response.text())


async def test_what_is_waited_for_and_until_when_can_be_read(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        assert await told_by(story) == (200, {"github": "ok", "queue": "ok"})
        github.set_rate_limit(first_installation(story), reset_seconds=600)
        begun_at = clock.now()
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(10)
        github.requests.clear()
        status, told = await told_by(story)
        [failure] = story.bot.queue.failures.values()
        assert status == 200, "who sends deliveries need not stay away"
        assert told["waits"] == [
            f"1 site waits: GitHub asks the bot to wait. The next attempt is at {failure.until:%H:%M:%S} UTC."
        ]
        assert timedelta(seconds=590) <= failure.until - begun_at <= timedelta(seconds=670)
        await clock.advance(580)
        sent = [record for record in github.requests if record.authentication == "installation"]
        assert sent == [], "nothing is sent while GitHub asked to wait"
        await clock.advance(90)
        assert releases(story) == {"Python": "v0.1.0"}
        assert await told_by(story) == (200, {"github": "ok", "queue": "ok"})


async def test_missed_deliveries_that_cannot_be_looked_for_are_waited_for_in_sight(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        github.intercept(lambda record: Response(503) if "/app/hook/deliveries" in record.path else None)
        with structlog.testing.capture_logs() as lines:
            await clock.advance(11 * MINUTE)
        status, told = await told_by(story)
        [line] = [line for line in lines if line["event"] == "missed deliveries cannot be fetched now"]
        assert 540 <= line["next_in_seconds"] <= 600
        assert status == 200
        assert len(told["waits"]) == 1
        assert told["waits"][0].startswith("1 search for missed deliveries waits: GitHub does not answer.")
        github.intercept(None)
        await clock.advance(11 * MINUTE)
        assert await told_by(story) == (200, {"github": "ok", "queue": "ok"})


async def test_what_was_read_only_in_part_is_looked_at_again_in_sight(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock, resync_minutes=6 * 60) as story:

        def too_much_for_one(record: RequestRecord) -> Response | None:
            asked = query_in(record, "Facts")
            return Response(502) if asked and "python" in names_in(asked) else None

        refuse = github.intercept(too_much_for_one)
        story.bot.service.search()
        await clock.advance(10)
        [outcome] = story.bot.service.outcomes.values()
        again = outcome.at + timedelta(seconds=outcome.look_again_seconds or 0)
        status, told = await told_by(story)
        assert status == 200
        [wait] = told["waits"]
        assert wait.startswith("1 site waits: GitHub does not answer for some of its repositories. The next")
        assert f"{again:%H:%M:%S} UTC" in wait
        refuse()
        await clock.advance(3 * MINUTE)
        assert await told_by(story) == (200, {"github": "ok", "queue": "ok"})


async def test_no_private_name_is_told_by_what_is_waited_for(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.repository(SITE).make_private()
    async with world(github, clock, resync_minutes=6 * 60) as story:
        github.intercept(lambda _: Response(503))
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(MINUTE)
        status, told = await told_by(story)
        assert status == 503
        assert "GitHub does not answer" in told["github"]
        assert "opentelemetry" not in json.dumps(told)


async def test_an_installation_that_is_limited_delays_no_other(github: Sandbox, clock: FakeClock) -> None:
    build_two(github)
    second = github.repository(RUST)
    second.push({CONFIG: "", SOURCE: "columns: [label: v0.1]\ndata:\n" + row_of("Python")})
    async with world(github, clock, resync_minutes=6 * 60) as story:
        install(story, MAKERS)
        await story.rest()
        github.set_rate_limit(first_installation(story), reset_seconds=1800)
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(10)
        assert releases(story) == {"Python": "", "Rust": ""}
        assert "v0.1.0" in str(second.file(OUTPUT, ref=BRANCH))
        await clock.advance(35 * MINUTE)
        assert releases(story) == {"Python": "v0.1.0", "Rust": ""}


async def test_an_installation_in_which_everything_hangs_delays_no_other(
    github: Sandbox, clock: FakeClock
) -> None:
    build_two(github)
    text = "columns: [label: v0.1]\ndata:\n" + row_of("Python")
    for number in range(12):
        github.create_repository(f"{ORGANIZATION}/site{number}", files={CONFIG: "", SOURCE: text})
    github.repository(RUST).push({CONFIG: "", SOURCE: text})
    async with world(github, clock, resync_minutes=6 * 60) as story:
        install(story, MAKERS)
        await story.rest()
        hanging = first_installation(story).id

        async def hang(record: RequestRecord) -> None:
            if record.installation_id == hanging:
                await clock.sleep(MINUTE)

        github.intercept(hang)
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(10)
        assert "v0.1.0" in str(github.repository(RUST).file(OUTPUT, ref=BRANCH))
        github.intercept(None)
        await clock.advance(2 * MINUTE)


async def test_one_event_costs_few_writes_and_none_of_them_waits(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        story.site.record.delete_branch_on_merge = True
        await merge(story)
        for tag in ("v0.1.0", "v0.2.0"):
            await clock.advance(MINUTE)
            github.requests.clear()
            story.sig("Python").create_release(tag)
            await story.rest()
            writes = [record for record in github.requests if is_write(record)]
            assert len(writes) == (5 if tag == "v0.1.0" else 4)
            assert writes[0].at == writes[-1].at
            assert releases(story) == {"Python": tag}


async def test_many_sites_of_one_installation_are_written_to_one_by_one(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    text = "columns: [label: v0.1]\ndata:\n" + row_of("Python")
    others = [
        github.create_repository(f"{ORGANIZATION}/site{number}", files={CONFIG: "", SOURCE: text})
        for number in range(6)
    ]
    async with world(github, clock, resync_minutes=6 * 60) as story:
        await clock.advance(MINUTE)
        github.requests.clear()
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert all("v0.1.0" in str(site.file(OUTPUT, ref=BRANCH)) for site in [story.site, *others])
        moments = [record.at for record in github.requests if is_write(record)]
        assert len(moments) == 4 * 7
        for first, later in zip(moments, moments[WRITES_AT_ONCE:], strict=False):
            assert later - first >= timedelta(seconds=1)
        assert moments[-1] - moments[0] <= timedelta(seconds=len(moments))


async def test_queries_that_are_used_up_keep_no_command_from_being_seen(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        github.set_rate_limit(first_installation(story), resource="graphql", reset_seconds=1800)
        story.sig("Python").create_release("v0.1.0")
        issue = story.site.create_issue("A question")
        await github.delivered()
        await clock.advance(10)
        asked = story.site.comment(issue.number, "/status help")
        await github.delivered()
        await clock.advance(10)
        assert ("rocket", "status-bot[bot]") in asked.reactions


# -- pull requests that lack something --------------------------------------------------------

WISHES = "propose:\n  labels: [docs]\n  reviewers: [ada]\n  automerge: true\n"
WISHED = {"docs"}, ["ada"], "status-bot[bot]"


def granted(story: World) -> tuple[set[str], list[str], str | None]:
    pull = story.the_proposal()
    return set(pull.labels), pull.requested_reviewers, pull.auto_merge_by


def is_wish(record: RequestRecord) -> bool:
    """Whether a request labels, asks for a review or lets GitHub merge."""
    ends = ("/labels", "/requested_reviewers")
    return record.path.endswith(ends) or b"mutation Automerge" in record.request_body


def build_with_wishes(github: Sandbox) -> None:
    build(github, "Python", files={CONFIG: WISHES})
    github.repository(SITE).protect(approvals=1)


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("answer", [Response(502), Response(429, LIMIT)], ids=["502", "429"])
async def test_what_github_could_not_grant_for_a_moment_is_granted_when_it_can(
    github: Sandbox, clock: FakeClock, which: int, answer: Response
) -> None:
    build_with_wishes(github)
    wishes = itertools.count()

    def stumble(record: RequestRecord) -> Response | None:
        return answer if is_wish(record) and next(wishes) == which else None

    github.intercept(stumble)
    async with world(github, clock, resync_minutes=6 * 60) as story:
        assert granted(story) == WISHED
        assert story.bot.queue.failures == {}
        made = [record for record in github.requests if is_wish(record) and record.status in (200, 201)]
        assert len(made) == 3, "each of them once"


@asynccontextmanager
async def another_process(github: Sandbox, clock: FakeClock) -> AsyncIterator[Bot]:
    """A process of the same app that remembers nothing."""
    [app] = github.state.apps.values()
    settings = settings_of(app, f"{github.state.url}/api/v3", free_port())
    async with running(settings, clock) as bot:
        yield bot


async def test_what_a_person_took_back_stays_so_for_a_process_that_was_not_there(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_wishes(github)
    async with world(github, clock) as story:
        pull = story.the_proposal()
        pull.labels, pull.requested_reviewers, pull.auto_merge_by = [], [], None
        github.requests.clear()
        async with another_process(github, clock) as later:
            await clock.until(lambda: later.service.outcomes)
            await clock.advance(2 * HALF_AN_HOUR)
            await clock.until(lambda: later.queue.idle)
        assert granted(story) == (set(), [], None)
        assert [record for record in github.requests if is_write(record)] == [], "and it writes nothing"
        assert len([record for record in github.requests if query_in(record, "Granted")]) == 1


async def test_a_replica_leaves_the_wishes_to_the_one_that_was_quicker(
    github: Sandbox, clock: FakeClock
) -> None:
    build_with_wishes(github)
    came = together(github, ("POST", "git/refs"))
    async with staged(github, clock, replicas=2) as story:
        await clock.advance(5 * MINUTE)
        await story.rest()
        assert len(came) == 2
        assert granted(story) == WISHED
        assert len([record for record in github.requests if is_wish(record)]) == 3


# -- a flood ----------------------------------------------------------------------------------


def flood(story: World, number: int) -> None:
    """So many commands by as many people, told to the bot at once."""
    for comment_id in range(number):
        story.bot.service.comment_posted(
            Comment(
                full_name=SITE,
                repository_id=story.site.id,
                issue_number=1,
                comment_id=10**9 + comment_id,
                comment_node_id="",
                body="/status help",
                author_login=f"person{comment_id}",
                author_type="User",
                installation_id=first_installation(story).id,
                url="",
                on_pull_request=False,
            )
        )


async def test_a_flood_of_comments_is_bounded_and_keeps_no_site_waiting(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        flood(story, 20_000)
        assert story.bot.queue.depth <= MOST_QUESTIONS
        github.set_rate_limit(first_installation(story), resource="core", reset_seconds=60)
        await clock.advance(70)
        assert story.bot.queue.depth <= MOST_QUESTIONS, "they wait, and no more of them"
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(5)
        assert releases(story) == {"Python": "v0.1.0"}


async def test_who_floods_it_alone_costs_few_requests_and_keeps_nobody_else_waiting(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=6 * 60) as story:
        issue = story.site.create_issue("Questions")
        await story.rest()
        github.requests.clear()
        for _ in range(150):
            story.site.comment(issue.number, "/status help", by="grace")
        asked = story.site.comment(issue.number, "/status help", by="ada")
        await github.delivered()
        await clock.advance(10)
        assert ("rocket", "status-bot[bot]") in asked.reactions
        assert len([record for record in github.requests if record.path.startswith("/repos/")]) < 140


@pytest.mark.parametrize(
    ("concerns", "nonsense"),
    [
        ("query Site", {"data": {"repository": {}}}),
        ("query Site", {"data": {"repository": {"defaultBranchRef": {"target": 7}}}}),
        ("/git/trees", {"sha": None}),
        ("/git/commits", []),
        ("/pulls", {"number": 1}),
    ],
)
async def test_an_answer_that_makes_no_sense_is_githubs_fault_and_not_the_bots(
    github: Sandbox, clock: FakeClock, concerns: str, nonsense: object
) -> None:
    build(github, "Python")

    def senseless(record: RequestRecord) -> Response | None:
        asked = query_in(record, "Site") if concerns == "query Site" else record.path.endswith(concerns)
        return Response(200, nonsense) if asked else None

    async with world(github, clock, resync_minutes=6 * 60) as story:
        await merge(story)
        github.intercept(senseless)
        with capture_logs() as lines:
            story.sig("Python").create_release("v0.1.0")
            await github.delivered()
            await clock.until(lambda: story.bot.queue.failures, within_seconds=600)
        failed = [line["error"] for line in lines if line["event"].startswith("run failed")]
        assert failed
        assert all(error.startswith(("Unavailable: ", "Refused: ")) for error in failed)
        assert not [line for line in lines if line.get("exc_info")], "a traceback is for the bot's own faults"
        github.intercept(None)
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert releases(story) == {"Python": "v0.1.0"}
