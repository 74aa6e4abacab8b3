"""What the pages tell of the sites, and what monitors are told of the bot."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping

import aiohttp
import pytest

from bot.dashboard import ServiceDashboard, ServiceReadiness, event_words
from bot.pace import Pace
from bot.reconcile import Outcome
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.service import EVERYTHING, Job, Key
from bot.site_pages import anchors_of, site_view
from bot.web.views import KeptView, SiteView
from bot.workqueue import WorkQueue
from tests.clocks import FakeClock
from tests.readers import begun, query_in, stage
from tests.world import (
    BRANCH,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    SITE,
    SOURCE,
    World,
    build,
    row_of,
    source_of,
    world,
)

DOWN = Response(503, {"message": "Service Unavailable"})
MINUTE = 60.0


async def shown(story: World) -> tuple[SiteView, ...]:
    """The sites on the dashboard."""
    return tuple(await ServiceDashboard(story.bot.service).sites())


async def the_site(story: World) -> SiteView:
    """The only one."""
    [site] = await shown(story)
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
        web, site = github.state.url, await the_site(story)
        assert (site.full_name, site.url, site.path) == (SITE, f"{web}/{SITE}", f"/sites/{SITE}")
        assert site.proposal.url == f"{web}/{SITE}/pull/{story.the_proposal().number}"
        assert site.reconciled_at <= clock.now()
        page = f"{web}/{ORGANIZATION}"
        assert [(row.label, row.column, row.percent, row.release) for row in site.rows] == [
            ("Python", "v0.2", 66, "v0.1.0"),
            ("Java", "v0.1", 0, ""),
            ("Go", "v0.1", 0, ""),
            ("Rust", "v0.1", 0, ""),
            ("Swift", "", 0, ""),
        ]
        first, second, go, rust, swift = site.rows
        assert (first.url, first.release_url) == (f"{page}/python", f"{page}/python/releases/tag/v0.1.0")
        assert first.source_url == f"{web}/{SITE}/blob/HEAD/{SOURCE}#L{line_of('Python')}"
        assert (first.counts, first.stands) == ("2 of 3 closed", "nothing yet")
        assert [reason.rule for reason in first.reasons] == [
            "release-proves",
            "one-milestone",
            "highest-final",
        ]
        assert {rule for rule, _ in site.rules} >= {"release-proves", "one-milestone", "nothing-done"}
        assert (second.unmatched, go.reasons, rust.kept) == (2, (), "on hold: moving house")
        assert swift.kept.startswith("no repository in `sourceUrl`")
        assert site.held == (KeptView("Rust", "sig-rust", "moving house"),)
        assert site.unreadable == (KeptView("Go", "sig-go", "404 Not Found"),)
        assert [(one.title, one.closed, one.why) for one in site.unmatched] == [
            ("Backlog", False, "has neither a version nor the name of a column"),
            ("Old plans", True, "has neither a version nor the name of a column"),
        ]
        [fault] = site.faults
        assert re.fullmatch(rf"{SOURCE}:\d+", fault.where)
        assert fault.url == f"{web}/{SITE}/blob/HEAD/{SOURCE}#L{fault.where.rpartition(':')[2]}"
        status, text = await get(story, "/")
        assert status == 200
        assert all(words in text for words in ("/chart/", "moving house", "404 Not Found", "Old plans"))
        status, text = await get(story, f"/sites/{SITE.upper()}")
        assert status == 200
        assert "Release v0.1.0 proves v0.1, so v0.2 is next" in text


def line_of(label: str) -> int:
    """Where a row of the source begins, which all tests here write alike."""
    lines = source_of("Python", "Java", "Go").splitlines()
    return lines.index(f"  - label: {label}") + 1


async def test_a_private_site_is_not_shown_until_it_is_published(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.repository(SITE).make_private()
    async with world(github, clock) as story:
        assert len(story.bot.service.sites) == 1
        assert await shown(story) == ()
        assert SITE not in (await get(story, "/"))[1]
        story.site.make_public()
        await story.rest()
        assert (await the_site(story)).full_name == SITE
        assert SITE in (await get(story, "/"))[1]
        story.site.make_private()
        await story.rest()
        assert await shown(story) == ()


async def test_a_site_that_becomes_private_is_hidden_though_nobody_can_look(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        chart = f"/chart/{SITE}.svg"
        assert (await get(story, chart))[0] == 200
        stage(github, "Site", DOWN)
        story.site.make_private()
        await github.delivered()
        assert (await get(story, chart))[0] == (await get(story, f"/sites/{SITE}"))[0] == 404
        assert SITE not in (await get(story, "/"))[1]
        await clock.until(lambda: story.bot.queue.failures)
        assert (await get(story, chart))[0] == 404
        github.intercept(None)
        story.site.make_public()
        await story.rest()
        assert (await get(story, chart))[0] == 200


async def test_a_look_that_began_before_it_became_private_shows_nothing_afterwards(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        private = False

        async def meanwhile(record: RequestRecord) -> Response | None:
            nonlocal private
            query = str(record.sent.get("query")) if record.path == "/graphql" else ""
            if private:
                return DOWN if query.startswith("query Site") else None
            if query.startswith("query Facts"):
                private = True
                story.site.make_private()
                await github.delivered()
            return None

        github.intercept(meanwhile)
        story.sig("Python").create_release("v0.1.0")
        await clock.until(lambda: story.bot.queue.failures)
        assert (await get(story, f"/chart/{SITE}.svg"))[0] == (await get(story, f"/sites/{SITE}"))[0] == 404
        assert SITE not in (await get(story, "/"))[1]


async def test_a_site_that_was_not_looked_at_yet_may_be_private(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    stage(github, "Site", DOWN)
    async with begun(github, clock) as story:
        await clock.until(lambda: story.bot.queue.failures)
        assert (len(story.bot.service.sites), await shown(story)) == (1, ())
        github.intercept(None)
        await story.rest()
        assert (await the_site(story)).full_name == SITE


async def test_sites_are_shown_in_the_order_of_their_names(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    for name in ("zebra", "Aardvark"):
        files = {CONFIG: "", SOURCE: source_of("Python")}
        github.create_repository(f"{ORGANIZATION}/{name}", files=files)
    async with world(github, clock) as story:
        names = [site.full_name.partition("/")[2] for site in await shown(story)]
        assert names == ["Aardvark", "opentelemetry.io", "zebra"]


# -- the outcome, in words --------------------------------------------------------------------


async def test_the_outcome_is_told_in_words(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        python, told = story.sig("Python"), []

        async def look() -> None:
            await story.rest()
            told.append((await the_site(story)).outcome)

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
        site = await the_site(story)
        assert tuple((row.label, row.column, row.percent, row.release) for row in site.rows) == rows
        assert site.outcome == "Left alone: a person has to mend a fault first."
        assert site.faults[0].where == f"{SOURCE}:2"
        assert (site.held, site.unreadable, site.unmatched) == ((), (), ())
        assert (site.proposal.badge, site.proposal.url) == ("Held back", "")


# -- the proposal, in words ---------------------------------------------------------------------


async def test_the_state_of_the_proposal_is_told(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    milestone = github.repository(f"{ORGANIZATION}/python").create_milestone("v0.1", open=3, closed=1)
    told: list[tuple[str, str, str, bool]] = []
    async with world(github, clock) as story:
        python = story.sig("Python")

        async def look() -> None:
            await story.rest()
            proposal = (await the_site(story)).proposal
            assert proposal.since is None or proposal.since <= clock.now()
            told.append((proposal.badge, proposal.number, proposal.since_word, proposal.until is not None))

        await look()
        story.bot.service.search()
        await look()
        python.close_issue(next(iter(milestone.items)))
        await look()
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await look()
        await clock.jump(25 * 3600)
        await look()
        story.site.close_pull(story.the_proposal().number, by="ada")
        await look()
        python.create_release("v0.1.0")
        await look()
        story.site.push({"theirs.txt": "x"}, branch=BRANCH, by="ada")
        await look()
        first = told[0][1]
        second, third = str(int(first) + 1), str(int(first) + 2)
        assert told == [
            ("Open", first, "opened", False),
            ("Open", first, "opened", False),
            ("Open", first, "opened", True),
            ("Waiting", first, "merged", True),
            ("Open", second, "opened", False),
            ("Declined", second, "closed", False),
            ("Open", third, "opened", False),
            ("Hands off", third, "opened", False),
        ]


async def test_a_proposal_that_became_needless_is_told(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        python = story.sig("Python")
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        assert (await the_site(story)).proposal.since_word == "merged"
        python.create_release("v0.1.0")
        await story.rest()
        python.delete_release("v0.1.0")
        await story.rest()
        proposal = (await the_site(story)).proposal
        assert (proposal.badge, proposal.since_word) == ("None", "closed")
        assert proposal.words == "Nothing is left to propose, so the last one was closed."


# -- what happened last -------------------------------------------------------------------------


async def test_the_last_event_is_told_with_its_repository(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        assert "None since the bot started." in (await get(story, "/"))[1]
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        await clock.advance(5 * MINUTE)
        text = (await get(story, "/"))[1]
        found = re.search(r"<dd>(Release \w+) in (.*?), <time[^>]*>(.*?)</time>", text)
        assert found is not None
        assert found[1] in ("Release released", "Release published")
        assert f'href="{github.state.url}/{ORGANIZATION}/python"' in found[2]
        assert found[3] == "5 minutes ago"
        story.sig("Java").create_release("v0.7.0", draft=True)
        await story.rest()
        assert found[0].partition(",")[0] in (await get(story, "/"))[1], "a draft is nobody's business"


async def test_what_happens_in_a_private_repository_is_not_told(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        story.sig("Java").create_release("v0.1.0")
        await story.rest()
        story.sig("Python").make_private()
        story.sig("Python").create_release("v0.9.0", name="The secret one")
        story.sig("Python").create_milestone("The secret plan")
        await story.rest()
        for path in ("/", f"/sites/{SITE}"):
            text = (await get(story, path))[1]
            assert f"{ORGANIZATION}/java</bdi></a>, <time" in text
            assert f"{ORGANIZATION}/python</bdi></a>, <time" not in text
            assert "it is private, and this site is public" in text
            assert "secret" not in text
            assert "v0.9.0" not in text
        story.sig("Java").make_private()
        await story.rest()
        assert "None since the bot started." in (await get(story, "/"))[1], (
            "it was public then, but is not now"
        )


def test_events_are_told_in_words() -> None:
    assert event_words("release", "published") == "Release published"
    assert event_words("issues", "demilestoned") == "Issue taken out of a milestone"
    assert event_words("pull_request", "synchronize") == "Pull request pushed to"
    assert event_words("push", "") == "Push"


# -- what keeps the bot from looking ------------------------------------------------------------


async def test_a_look_that_failed_is_told_beside_what_was_seen_before(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        stage(github, "Site", DOWN)
        story.bot.service.search()
        await clock.until(lambda: story.bot.queue.failures)
        text = (await get(story, "/"))[1]
        assert "The last look failed: GitHub does not answer. The next attempt is at " in text
        assert "Python" in (await get(story, f"/sites/{SITE}"))[1]
        github.intercept(None)
        await story.rest()
        assert "The last look failed" not in (await get(story, "/"))[1]


async def test_what_a_look_has_found_is_worked_out_once(
    github: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Outcome] = []

    def counted(outcome: Outcome) -> SiteView:
        seen.append(outcome)
        return site_view(outcome)

    monkeypatch.setattr("bot.dashboard.site_view", counted)
    build(github, "Python")
    async with world(github, clock) as story:
        for path in ("/", "/", f"/sites/{SITE}", f"/chart/{SITE}.svg"):
            assert (await get(story, path))[0] == 200
        assert len(seen) == 1
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert "v0.1.0" in (await get(story, f"/sites/{SITE}"))[1]
        assert len(seen) == 2


async def test_no_page_tells_a_private_site_from_one_that_is_not_there(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.repository(SITE).make_private()
    async with world(github, clock) as story:
        private, missing = [await get(story, f"/sites/{name}") for name in (SITE, "nobody/nothing")]
        assert private == missing
        assert private[0] == 404


def test_rows_have_names_that_links_can_end_in() -> None:
    labels = ["Java", "java", ".NET", "C++", "C", "Ünïcode", "日本語", "", "a b", "x" * 500]
    found = anchors_of(labels)
    assert found[:6] == ("sig-java", "row-2", "sig-net", "sig-c", "row-5", "sig-unicode")
    assert (found[6:9], len(found[9])) == (("row-7", "row-8", "sig-a-b"), 64)


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
        (
            Response(404, {"message": "Integration not found"}),
            "GitHub knows no app of this APP_ID, which may be another server's (GITHUB_API_URL)",
        ),
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
