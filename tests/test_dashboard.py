"""What the pages tell of the sites, and what monitors are told of the bot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import aiohttp
import pytest

from bot.dashboard import ServiceDashboard, ServiceReadiness
from bot.pace import Pace
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.service import EVERYTHING, Job, Key
from bot.web.views import RowView, SiteView
from bot.workqueue import WorkQueue
from tests.clocks import FakeClock
from tests.readers import begun, query_in, stage
from tests.world import CONFIG, ORGANIZATION, OUTPUT, SITE, SOURCE, World, build, row_of, source_of, world

DOWN = Response(503, {"message": "Service Unavailable"})
MINUTE = 60.0


def shown(story: World) -> tuple[SiteView, ...]:
    """The sites on the dashboard."""
    return tuple(ServiceDashboard(story.bot.service).sites())


def the_site(story: World) -> SiteView:
    """The only one."""
    [site] = shown(story)
    return site


async def get(story: World, path: str) -> tuple[int, str]:
    """The status and the text of a page, as a monitor or a person gets it."""
    async with aiohttp.ClientSession() as session, session.get(f"{story.bot.url}{path}") as response:
        return response.status, await response.text()


# -- the sites --------------------------------------------------------------------------------


async def test_a_site_is_shown_with_its_rows(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go", "Rust")
    python, java = (github.repository(f"{ORGANIZATION}/{name}") for name in ("python", "java"))
    python.create_release("v0.1.0")
    python.create_milestone("v0.2", open=1, closed=2)
    java.create_milestone("Backlog", open=1)
    java.create_milestone("Old plans", state="closed")
    github.repository(f"{ORGANIZATION}/go").delete()
    held = row_of("Rust") + '    hold: "moving house"\n'
    broken = row_of("Swift").replace("https://github.com/open-telemetry/swift", "nowhere")
    github.repository(SITE).push({SOURCE: source_of("Python", "Java", "Go") + held + broken})
    async with world(github, clock) as story:
        web, site = github.state.url, the_site(story)
        assert (site.full_name, site.url) == (SITE, f"{web}/{SITE}")
        assert site.proposal_url == f"{web}/{SITE}/pull/{story.the_proposal().number}"
        assert site.reconciled_at is not None
        assert site.reconciled_at <= clock.now()
        page = f"{web}/{ORGANIZATION}"
        assert site.rows[:2] == (
            RowView("Python", "v0.2", 66, "v0.1.0", f"{page}/python", f"{page}/python/releases/tag/v0.1.0"),
            RowView("Java", "v0.1", 0, "", f"{page}/java", ""),
        )
        assert [row.label for row in site.rows] == ["Python", "Java", "Go", "Rust"]
        assert site.held == ("Rust: moving house",)
        assert site.unreadable == ("Go: 404 Not Found",)
        assert site.unmatched == ("Java: Backlog", "Java: Old plans (closed)")
        [fault] = site.faults
        assert fault.startswith(f"{SOURCE}:")
        status, text = await get(story, "/")
        assert status == 200
        assert all(words in text for words in ("Python", "moving house", "404 Not Found", "Old plans"))


async def test_a_private_site_is_not_shown_until_it_is_published(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.repository(SITE).make_private()
    async with world(github, clock) as story:
        assert len(story.bot.service.sites) == 1
        assert shown(story) == ()
        assert SITE not in (await get(story, "/"))[1]
        story.site.make_public()
        await story.rest()
        assert the_site(story).full_name == SITE
        assert SITE in (await get(story, "/"))[1]
        story.site.make_private()
        await story.rest()
        assert shown(story) == ()


async def test_a_site_that_was_not_looked_at_yet_may_be_private(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    stage(github, "Site", DOWN)
    async with begun(github, clock) as story:
        await clock.until(lambda: story.bot.queue.failures)
        assert (len(story.bot.service.sites), shown(story)) == (1, ())
        github.intercept(None)
        await story.rest()
        assert the_site(story).full_name == SITE


async def test_sites_are_shown_in_the_order_of_their_names(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    for name in ("zebra", "Aardvark"):
        files = {CONFIG: "", SOURCE: source_of("Python")}
        github.create_repository(f"{ORGANIZATION}/{name}", files=files)
    async with world(github, clock) as story:
        names = [site.full_name.partition("/")[2] for site in shown(story)]
        assert names == ["Aardvark", "opentelemetry.io", "zebra"]


# -- the outcome, in words --------------------------------------------------------------------


async def test_the_outcome_is_told_in_words(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        python, told = story.sig("Python"), []

        async def look() -> None:
            await story.rest()
            told.append(the_site(story).outcome)

        await look()
        python.create_milestone("Backlog")
        await look()
        story.bot.service.search()
        await look()
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await look()
        python.create_release("v0.1.0")
        await look()
        python.delete_release("v0.1.0")
        await look()
        python.create_release("v0.1.0")
        await story.rest()
        story.site.close_pull(story.the_proposal().number, by="ada")
        await look()
        story.site.archive()
        await look()
        assert told == [
            "Opened the proposal.",
            "Updated the proposal.",
            "The proposal is up to date.",
            "The page is right as it stands.",
            "Opened the proposal.",
            "Closed the proposal, for nothing is left to propose.",
            "Left alone: a person closed this proposal; waiting for a release or a column to change.",
            "Left alone: the site is archived.",
        ]


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        (None, ()),
        ("data: [\n", ()),
        (
            source_of("Python") + "    percent: 40\n    releaseTag: v0.1.0\n",
            (("Python", "v0.1", 40, "v0.1.0"),),
        ),
        (
            source_of("Python") + "    percent: most\n    releaseTag: 7\n",
            (("Python", "v0.1", 0, ""),),
        ),
    ],
    ids=["none", "broken", "good", "by hand"],
)
async def test_with_a_broken_source_the_rows_are_those_that_the_site_shows(
    github: Sandbox, clock: FakeClock, output: str | None, rows: tuple[object, ...]
) -> None:
    build(github, "Python")
    files: Mapping[str, str | None] = {SOURCE: "columns:\n\t- x\n", OUTPUT: output}
    github.repository(SITE).push(files)
    async with world(github, clock) as story:
        site = the_site(story)
        assert tuple((row.label, row.column, row.percent, row.release) for row in site.rows) == rows
        assert site.outcome == "Left alone: a person has to mend a fault first."
        assert site.faults[0].startswith(f"{SOURCE}:2")
        assert (site.held, site.unreadable, site.unmatched, site.proposal_url) == ((), (), (), None)


# -- readiness --------------------------------------------------------------------------------


async def test_github_being_down_at_the_start_is_told_until_it_is_back(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    forget = github.intercept(lambda _: DOWN)
    async with begun(github, clock) as story:
        assert (await get(story, "/ready"))[0] == 503
        await clock.until(lambda: story.bot.queue.failures)
        status, text = await get(story, "/ready")
        assert status == 503
        assert "GitHub was not reached yet: GitHub does not answer. The next attempt is at 12:00:0" in text
        assert (await get(story, "/health")) == (200, "ok")
        assert (await get(story, "/"))[0] == 200

        forget()
        await story.rest()
        assert (await get(story, "/ready"))[0] == 200
        assert story.proposed()["Python"]["msLabel"] == "v0.1"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (DOWN, "GitHub does not answer"),
        (Response(401, {"message": "Bad credentials"}), "GitHub does not accept the bot's credentials"),
    ],
)
async def test_github_being_lost_later_is_told_though_nothing_happens_that_would_show_it(
    github: Sandbox, clock: FakeClock, answer: Response, why: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        forget = github.intercept(lambda _: answer)
        await clock.until(lambda: story.bot.queue.failures, within_seconds=3600)
        status, text = await get(story, "/ready")
        assert status == 503
        assert json.loads(text)["github"].startswith(f"GitHub is not reached any more: {why}. ")
        forget()
        await story.rest()
        assert (await get(story, "/ready"))[0] == 200
        await clock.advance(10 * MINUTE)
        await story.rest()
        assert await get(story, "/ready") == (200, '{"github": "ok", "queue": "ok"}'), (
            "the next sweep went well"
        )


async def test_to_be_asked_to_wait_by_github_is_to_have_reached_it(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.intercept(lambda _: Response(429, {"message": "Slow down"}, {"retry-after": "60"}))
        await clock.until(lambda: story.bot.queue.failures, within_seconds=3600)
        status, text = await get(story, "/ready")
        assert (status, json.loads(text)["github"]) == (200, "ok")
        assert "1 search for sites waits: GitHub asks the bot to wait." in text


async def test_nothing_is_known_of_github_before_it_was_asked(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with begun(github, clock) as story:
        readiness = ServiceReadiness(story.bot.service, story.bot.queue)
        assert readiness.github_trouble() == "GitHub was not reached yet."
        await story.rest()
        assert (readiness.github_trouble(), readiness.queue_trouble()) == ("", "")


async def test_an_app_that_nobody_has_installed_is_ready(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.uninstall(next(iter(github.state.installations.values())))
        await story.rest()
        assert (await get(story, "/ready"))[0] == 200


async def test_one_site_in_trouble_is_no_trouble_with_github_but_all_of_them_are(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    files = {CONFIG: "", SOURCE: source_of("Python")}
    github.create_repository(f"{ORGANIZATION}/second", files=files)
    async with world(github, clock) as story:
        readiness = ServiceReadiness(story.bot.service, story.bot.queue)
        in_trouble = {"second"}

        def refuse(record: RequestRecord) -> Response | None:
            query = query_in(record, "Site")
            return DOWN if query and query["variables"]["name"] in in_trouble else None

        github.intercept(refuse)
        story.bot.service.search()
        await clock.until(lambda: story.bot.queue.failures)
        assert {key.kind for key in story.bot.queue.failures} == {"site"}
        assert readiness.github_trouble() == ""

        in_trouble.add("opentelemetry.io")
        story.bot.service.search()
        await clock.until(lambda: len(story.bot.queue.failures) == 2)
        assert readiness.github_trouble().startswith("No site can be reconciled: GitHub does not answer. ")
        assert (await get(story, "/ready"))[0] == 503

        github.intercept(None)
        await story.rest()
        assert readiness.github_trouble() == ""


async def test_not_being_ready_names_no_private_site(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.repository(SITE).make_private()
    async with begun(github, clock) as story:
        await story.rest()
        github.intercept(
            lambda record: DOWN if query_in(record, "Site") or "/contents/" in record.path else None
        )
        story.bot.service.search()
        await clock.until(lambda: story.bot.queue.failures)
        status, text = await get(story, "/ready")
        assert status == 503
        for path in ("/", "/metrics", "/help"):
            text += (await get(story, path))[1]
        assert "opentelemetry.io" not in text


async def test_work_that_is_not_begun_is_told(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    go_on = asyncio.Event()

    async def wait(_key: Key, _job: Job) -> None:
        await go_on.wait()

    queue = WorkQueue(wait, merge=Job.merged_with, clock=clock, pace=Pace(concurrency=1))
    async with world(github, clock) as story:
        readiness = ServiceReadiness(story.bot.service, queue)
        for number in (1, 2):
            queue.add(Key("site", number), EVERYTHING, immediately=True)
        await clock.advance(5 * MINUTE)
        assert readiness.queue_trouble() == ""
        await clock.advance(MINUTE)
        assert readiness.queue_trouble() == "Work has been due for 360 s and was not begun."
        go_on.set()
        await clock.until(lambda: queue.idle)
        assert readiness.queue_trouble() == ""
        await queue.close()
