"""Searching installations for sites: side by side, and the trouble of one is no other's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import structlog

from bot.sandbox import RequestRecord, Response, Sandbox
from tests.clocks import FakeClock
from tests.world import BRANCH, CONFIG, OUTPUT, SITE, SOURCE, World, build, row_of, world

OTHERS = ("angular", "babel", "cython")
MINUTE = 60.0
TEXT = "columns: [label: v0.1]\ndata:\n" + row_of("Python")

Answer = Callable[[RequestRecord], Awaitable[Response | None]]


def site_of(organization: str) -> str:
    return f"{organization}/page"


def install_others(story: World, organizations: tuple[str, ...] = OTHERS) -> list[int]:
    """The same app in further organisations, each with a site; gives the installations' ids."""
    [app] = story.github.state.apps.values()
    ids = []
    for organization in organizations:
        story.github.create_organization(organization)
        story.github.create_repository(site_of(organization), files={CONFIG: "", SOURCE: TEXT})
        ids.append(story.github.install(app, organization).id)
    return ids


def known(story: World) -> set[str]:
    """The sites that the bot looks after."""
    return {site.full_name for site in story.bot.service.sites}


def proposed(story: World, organization: str) -> bool:
    """Whether the page of an organisation's site is proposed."""
    site = story.github.repository(site_of(organization))
    return bool(site.pulls()) and site.file(OUTPUT, ref=BRANCH) is not None


async def look_at_everything(story: World, seconds: float) -> None:
    """What the resync does, and so many seconds."""
    story.bot.service.search()
    await story.clock.advance(seconds)


async def test_one_installation_that_answers_slowly_delays_no_other(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        github.hold_webhooks()
        slow, *_ = install_others(story)

        async def hang(record: RequestRecord) -> None:
            if record.installation_id == slow:
                await clock.sleep(MINUTE)

        github.intercept(hang)
        await look_at_everything(story, 10)
        assert [proposed(story, organization) for organization in OTHERS] == [False, True, True]
        github.intercept(None)
        await clock.advance(5 * MINUTE)
        await story.rest()
        assert all(proposed(story, organization) for organization in OTHERS)
        assert known(story) == {SITE, *map(site_of, OTHERS)}


async def test_many_slow_installations_are_waited_for_together(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    names = tuple(f"org-{number}" for number in range(6))
    async with world(github, clock, resync_minutes=24 * 60) as story:
        github.hold_webhooks()
        install_others(story, names)
        asked: list[float] = []

        async def slow(record: RequestRecord) -> None:
            if record.authentication == "installation":
                asked.append(clock.monotonic())
                await clock.sleep(2)

        github.intercept(slow)
        began = clock.monotonic()
        await look_at_everything(story, 5)
        assert known(story) == {SITE, *map(site_of, names)}
        assert asked.count(began) == len((SITE, *names)), "all of them are asked at once"
        github.intercept(None)
        await clock.advance(MINUTE)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response(502, {"message": "Server Error"}), "installation cannot be read now"),
        (Response(200, {"total_count": 1, "repositories": [{"id": 1}]}), "installation cannot be read now"),
        (Response(403, {"message": "Resource not accessible by integration"}), "installation cannot be read"),
    ],
    ids=["out of order", "makes no sense", "not allowed"],
)
async def test_one_that_cannot_be_read_keeps_its_sites_where_it_may_be_back_and_no_other_is_hindered(
    github: Sandbox, clock: FakeClock, answer: Response, told: str
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        broken, *_ = install_others(story)
        await story.rest()
        for organization in OTHERS:
            new = f"{organization}/new"
            github.hold_webhooks()
            github.create_repository(new, files={CONFIG: "", SOURCE: TEXT})

        def fail(record: RequestRecord) -> Response | None:
            lists = record.path.startswith("/installation/repositories")
            return answer if lists and record.installation_id == broken else None

        github.intercept(fail)
        with structlog.testing.capture_logs() as lines:
            await look_at_everything(story, MINUTE)
        assert {f"{organization}/new" for organization in OTHERS[1:]} <= known(story)
        assert f"{OTHERS[0]}/new" not in known(story)
        assert (site_of(OTHERS[0]) in known(story)) == told.endswith("now")
        assert next(line["account"] for line in lines if line["event"] == told) == OTHERS[0]

        github.intercept(None)
        await clock.advance(20 * MINUTE)
        await story.rest()
        assert (f"{OTHERS[0]}/new" in known(story)) == told.endswith("now"), "it is tried again by itself"
        assert story.bot.service.searched


async def test_what_is_found_beside_a_search_of_all_is_not_forgotten_at_its_end(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        slow, quick, _ = install_others(story)
        await story.rest()

        async def hang(record: RequestRecord) -> None:
            if record.installation_id == slow:
                await clock.sleep(20)

        github.intercept(hang)
        github.hold_webhooks()
        await look_at_everything(story, 5)
        github.create_repository(f"{OTHERS[1]}/new", files={CONFIG: "", SOURCE: TEXT})
        story.bot.service.search(quick)
        await clock.advance(MINUTE)
        assert f"{OTHERS[1]}/new" in known(story)
        github.intercept(None)
        await clock.advance(5 * MINUTE)
