"""The bot at work: which event wakes which site, and what becomes of sites as installations change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import aiohttp
import pytest

from bot.cases import Question
from bot.sandbox import Installation, Repo, RequestRecord, Response, Sandbox
from bot.service import EVERYTHING, Job, Key
from tests.clocks import FakeClock
from tests.readers import begun, names_in, queries, query_in, stage
from tests.world import BRANCH, CONFIG, ORGANIZATION, OUTPUT, SITE, SOURCE, World, build, row_of, world

MAKERS = "makers"
RUST = f"{MAKERS}/rust"
MINUTE = 60.0
HALF_AN_HOUR = 30 * MINUTE


def build_two(github: Sandbox) -> Repo:
    """An organisation with a site that names a repository of another one; gives that repository."""
    build(github, "Python")
    site = github.repository(SITE)
    row = row_of("Rust").replace(f"/{ORGANIZATION}/", f"/{MAKERS}/")
    site.push({SOURCE: str(site.file(SOURCE)) + row}, message="Add Rust")
    return github.create_repository(RUST)


def install(story: World, organization: str, repositories: list[str] | None = None) -> Installation:
    """The same app in another organisation."""
    [app] = story.github.state.apps.values()
    return story.github.install(app, organization, repositories=repositories or "all")


def first_installation(story: World) -> Installation:
    return next(iter(story.github.state.installations.values()))


def sites(story: World) -> list[str]:
    """The sites that the bot looks after."""
    return [site.full_name for site in story.bot.service.sites]


async def merge(story: World) -> None:
    """The page stands as it was proposed."""
    story.site.merge_pull(story.the_proposal().number, by="ada")
    await story.rest()


async def release(story: World, repository: Repo, tag: str = "v0.1.0") -> None:
    """Somebody publishes a release."""
    repository.create_release(tag)
    await story.rest()


# -- two installations ------------------------------------------------------------------------


async def test_an_event_in_another_organisation_wakes_the_site_that_names_its_repository(
    github: Sandbox, clock: FakeClock
) -> None:
    rust = build_two(github)
    async with world(github, clock, resync_minutes=24 * 60) as story:
        other = install(story, MAKERS)
        await story.rest()
        github.requests.clear()
        await release(story, rust)
        assert story.proposed()["Rust"]["msLabel"] == "v0.2"
        facts = [record for record in github.requests if query_in(record, "Facts")]
        assert [names_in(record.sent) for record in facts] == [["rust"]]
        asking = {record.installation_id for record in github.requests if record.path == "/graphql"}
        assert asking == {first_installation(story).id}, "the site is read through its own installation"
        assert other.id not in asking


async def test_without_the_app_in_the_other_organisation_the_resync_finds_it(
    github: Sandbox, clock: FakeClock
) -> None:
    rust = build_two(github)
    async with world(github, clock) as story:
        await release(story, rust)
        assert story.proposed()["Rust"]["msLabel"] == "v0.1"
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert story.proposed()["Rust"]["msLabel"] == "v0.2"


async def test_each_site_is_looked_after_through_its_own_installation(
    github: Sandbox, clock: FakeClock
) -> None:
    build_two(github)
    github.repository(RUST).push({CONFIG: "", SOURCE: "columns: [label: v0.1]\ndata:\n" + row_of("Python")})
    async with world(github, clock) as story:
        second = install(story, MAKERS)
        await story.rest()
        assert sites(story) == [RUST, SITE]
        for full_name, installation in ((RUST, second), (SITE, first_installation(story))):
            assert len(github.repository(full_name).pulls()) == 1
            writes = {
                record.installation_id
                for record in github.requests
                if record.path.startswith(f"/repos/{full_name}/") and record.method != "GET"
            }
            assert writes == {installation.id}


# -- installations come and go ----------------------------------------------------------------


async def test_a_suspended_installation_is_left_alone_until_it_is_not(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merge(story)
        github.suspend(first_installation(story))
        await story.rest()
        assert sites(story) == []
        github.requests.clear()
        await release(story, story.sig("Python"))
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert {record.authentication for record in github.requests} == {"app"}
        assert story.site.pulls() == []

        github.unsuspend(first_installation(story))
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


@pytest.mark.parametrize("end", [Sandbox.suspend, Sandbox.uninstall])
async def test_an_end_of_which_the_bot_was_not_told_is_found_by_the_resync(
    github: Sandbox, clock: FakeClock, end: Callable[[Sandbox, Installation], None]
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        end(github, first_installation(story))
        github.release_webhooks(drop=lambda _: True)
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert sites(story) == []


async def test_a_site_that_is_taken_out_of_the_installation_is_forgotten(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merge(story)
        github.remove_repositories(first_installation(story), [SITE])
        await story.rest()
        assert sites(story) == []
        await release(story, story.sig("Python"))
        assert story.site.pulls() == []

        github.add_repositories(first_installation(story), [SITE])
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


async def test_a_sig_that_is_taken_out_of_the_installation_can_still_be_read_by_everybody(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.remove_repositories(first_installation(story), [f"{ORGANIZATION}/python"])
        await story.rest()
        await release(story, story.sig("Python"))
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


# -- sites come and go ------------------------------------------------------------------------


async def test_a_site_without_its_configuration_is_forgotten_until_it_is_back(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        await merge(story)
        story.site.push({CONFIG: None}, message="Without the bot")
        await story.rest()
        assert sites(story) == []
        await release(story, story.sig("Python"))
        assert story.site.pulls() == []

        story.site.push({CONFIG: ""}, message="With the bot")
        await story.rest()
        assert sites(story) == [SITE]
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


async def test_a_second_site_is_found_by_the_push_and_the_first_is_not_disturbed(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        github.requests.clear()
        story.sig("Python").push({CONFIG: "", SOURCE: str(story.site.file(SOURCE))}, message="Me too")
        await story.rest()
        assert sites(story) == [SITE, f"{ORGANIZATION}/python"]
        assert len(story.sig("Python").pulls()) == 1
        assert [sent["variables"]["name"] for sent in queries(github, "Site")] == ["python"]


async def test_a_push_of_the_configuration_elsewhere_begins_nothing(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.sig("Python").push({CONFIG: ""}, branch="some-day", message="Perhaps")
        await story.rest()
        assert sites(story) == [SITE]


async def test_a_site_that_is_deleted_is_forgotten(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.delete()
        await story.rest()
        assert sites(story) == []


async def test_a_site_that_is_gone_without_a_word_is_forgotten_by_the_next_look(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        github.hold_webhooks()
        story.site.delete()
        github.release_webhooks(drop=lambda _: True)
        await release(story, story.sig("Python"))
        assert sites(story) == []


async def test_a_site_is_looked_after_under_its_new_name(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        story.site.rename("website")
        await story.rest()
        assert sites(story) == [f"{ORGANIZATION}/website"]
        await release(story, story.sig("Python"))
        website = github.repository(f"{ORGANIZATION}/website")
        [pull] = website.pulls()
        assert "v0.1.0" in str(pull.body)
        assert "msLabel: v0.2" in str(website.file(OUTPUT, ref=BRANCH))


async def test_a_site_that_was_renamed_without_a_word_is_followed(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        github.hold_webhooks()
        story.site.rename("website")
        github.release_webhooks(drop=lambda _: True)
        await release(story, story.sig("Python"))
        assert sites(story) == [f"{ORGANIZATION}/website"]
        website = github.repository(f"{ORGANIZATION}/website")
        assert "msLabel: v0.2" in str(website.file(OUTPUT, ref=BRANCH))


async def test_a_site_that_moves_to_another_owner_is_looked_after_there(
    github: Sandbox, clock: FakeClock
) -> None:
    build_two(github)
    async with world(github, clock, resync_minutes=24 * 60) as story:
        second = install(story, MAKERS)
        await story.rest()
        site = story.site
        site.transfer(MAKERS)
        await story.rest()
        github.requests.clear()
        await release(story, story.sig("Python"))
        assert [(one.full_name, one.installation_id) for one in story.bot.service.sites] == [
            (f"{MAKERS}/opentelemetry.io", second.id)
        ]
        assert "msLabel: v0.2" in str(site.file(OUTPUT, ref=BRANCH))


async def test_a_site_that_moves_out_of_reach_is_forgotten(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        story.site.transfer("strangers")
        await story.rest()
        assert sites(story) == []


async def test_a_site_that_is_dropped_while_it_is_looked_at_stays_dropped(
    github: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        await merge(story)
        dropped: list[RequestRecord] = []
        forgotten = asyncio.Event()
        forget = story.bot.service.sites.drop

        def told(repository_id: int) -> None:
            forget(repository_id)
            forgotten.set()

        monkeypatch.setattr(story.bot.service.sites, "drop", told)

        async def drop_it_meanwhile(record: RequestRecord) -> None:
            if query_in(record, "Facts") and not dropped:
                dropped.append(record)
                github.remove_repositories(first_installation(story), [SITE])
                await asyncio.wait_for(forgotten.wait(), timeout=10)

        github.intercept(drop_it_meanwhile)
        story.sig("Python").create_milestone("Backlog")
        await story.rest()
        assert len(dropped) == 1
        assert sites(story) == []
        assert story.bot.service.outcomes == {}


# -- what failed is not forgotten -------------------------------------------------------------


def refuse(github: Sandbox, answer: Response, path: str, installation: Installation | None = None) -> None:
    """Answer requests of this path so, and of this installation alone if one is given."""

    def staged(record: RequestRecord) -> Response | None:
        concerned = installation is None or record.installation_id == installation.id
        return answer if concerned and record.path.startswith(path) else None

    github.intercept(staged)


@pytest.mark.parametrize("path", ["/app/installations?", "/installation/repositories", "/graphql"])
async def test_a_search_that_fails_half_way_forgets_nobody(
    github: Sandbox, clock: FakeClock, path: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        refuse(github, Response(500, {"message": "Server Error"}), path)
        await clock.advance(HALF_AN_HOUR + MINUTE)
        assert sites(story) == [SITE]
        assert any(key.kind == "installation" for key in story.bot.queue.failures)
        github.intercept(None)
        await release(story, story.sig("Python"))
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize(
    "answer",
    [
        Response(500, {"message": "Server Error"}),
        Response(403, {"message": "API rate limit exceeded"}, {"Retry-After": "3000"}),
        Response(200, {"total_count": 1, "repositories": [{}]}),
        Response(200, {"total_count": 1, "repositories": [None]}),
    ],
    ids=["broken", "rate limited", "without a name", "without a repository"],
)
async def test_an_installation_that_cannot_be_searched_keeps_no_other_from_it(
    github: Sandbox, clock: FakeClock, answer: Response
) -> None:
    build_two(github)
    async with world(github, clock) as story:
        first, second = first_installation(story), install(story, MAKERS)
        await story.rest()
        refuse(github, answer, "/installation/repositories", first)
        github.hold_webhooks()
        github.repository(RUST).push({CONFIG: "", SOURCE: str(story.site.file(SOURCE))}, message="Me too")
        github.release_webhooks(drop=lambda _: True)
        await clock.advance(HALF_AN_HOUR + MINUTE)
        assert sites(story) == [RUST, SITE]
        assert len(github.repository(RUST).pulls()) == 1
        assert set(story.bot.queue.failures) == {Key("installation", first.id)}

        github.intercept(None)
        github.uninstall(second)
        await story.rest()
        assert sites(story) == [SITE]
        assert story.bot.queue.failures == {}


@pytest.mark.parametrize(
    "said",
    [{"data": {}}, {"data": {"r0": None, "r1": None}}, {"data": {"r0": {}, "r1": {}}}, {"data": {"r0": 7}}],
    ids=["nothing", "null without an error", "empty", "a number"],
)
async def test_a_search_whose_answer_makes_no_sense_forgets_nobody(
    github: Sandbox, clock: FakeClock, said: dict[str, object]
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.intercept(lambda one: Response(200, said) if query_in(one, "Configured") else None)
        await clock.advance(HALF_AN_HOUR + MINUTE)
        assert sites(story) == [SITE]
        [failure] = story.bot.queue.failures.values()
        assert failure.plainly == "GitHub does not answer"
        github.intercept(None)
        await story.rest()
        assert (sites(story), story.bot.queue.failures) == ([SITE], {})


@pytest.mark.parametrize("status", [403, 404])
async def test_an_installation_that_refuses_the_app_has_no_sites(
    github: Sandbox, clock: FakeClock, status: int
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        refuse(github, Response(status, {"message": "No"}), "/installation/repositories")
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert (sites(story), story.bot.queue.failures) == ([], {})


async def test_a_write_that_is_answered_with_not_found_forgets_no_site(
    github: Sandbox, clock: FakeClock
) -> None:
    broken = row_of("Java").replace("https://github.com/open-telemetry/java", "nowhere")
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        await merge(story)
        refuse(github, Response(410, {"message": "Issues are disabled"}), f"/repos/{SITE}/issues")
        story.site.push({SOURCE: story.read(SOURCE) + broken}, message="Add Java")
        await clock.advance(MINUTE)
        assert sites(story) == [SITE]
        github.intercept(None)
        await story.rest()
        assert story.proposed()["Java"]["msLabel"] == "v0.1"


async def test_a_site_whose_issues_are_disabled_gets_its_proposals_all_the_same(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    refuse(github, Response(410, {"message": "Issues are disabled"}), f"/repos/{SITE}/issues?")
    async with world(github, clock) as story:
        await release(story, story.sig("Python"))
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


# -- what was lost, repeated or mixed up ------------------------------------------------------


async def test_the_resync_finds_what_webhooks_lost(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merge(story)
        github.hold_webhooks()
        story.sig("Python").create_release("v0.1.0")
        milestone = story.sig("Java").create_milestone("v0.1", open=1)
        story.sig("Java").rename("kotlin")
        story.site.push({SOURCE: story.read(SOURCE) + row_of("Go")}, message="Add Go")
        github.release_webhooks(drop=lambda _: True)
        await story.rest()
        assert story.site.pulls() == [], "nobody has told it"
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        page = story.proposed()
        assert page["Python"]["msLabel"] == "v0.2"
        assert page["Java"]["openIssues"] == 1
        assert page["Java"]["milestoneUrl"].endswith(f"/{ORGANIZATION}/kotlin/milestone/{milestone.number}")
        assert page["Go"]["msLabel"] == "v0.1"
        assert "open-telemetry/kotlin" in str(story.the_proposal().body)


@pytest.mark.parametrize("order", ["sent", "reversed"])
async def test_webhooks_that_come_twice_and_in_any_order_mislead_nobody(
    github: Sandbox, clock: FakeClock, order: Literal["sent", "reversed"]
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merge(story)
        github.hold_webhooks()
        python = story.sig("Python")
        python.create_release("v0.2.0")
        python.delete_release("v0.2.0")
        python.create_release("v0.1.0")
        story.site.push({CONFIG: None}, message="Without the bot")
        story.site.push({CONFIG: ""}, message="With the bot")
        github.release_webhooks(order, repeat=lambda _: True)
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert len(story.site.pulls("all")) == 2


async def test_a_burst_of_events_is_one_look(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        github.requests.clear()
        for number in range(20):
            story.sig("Python").create_release(f"module-{number}/v0.1.0")
        await story.rest()
        assert len(queries(github, "Site")) == 1


# -- which pushes matter ----------------------------------------------------------------------


async def test_only_pushes_that_touch_the_page_wake_the_site(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", files={CONFIG: "base: pages\n"})
    site = github.repository(SITE)
    site.push({"README.md": "# pages\n"}, branch="pages")
    async with world(github, clock, resync_minutes=24 * 60) as story:

        async def wakes(path: str, branch: str, content: str = "x\n") -> bool:
            github.requests.clear()
            story.site.push({path: content}, message="Some change", branch=branch)
            await story.rest()
            return bool(queries(github, "Site"))

        source = story.read(SOURCE)
        assert not await wakes("content/blog.md", "pages")
        assert not await wakes("content/blog.md", "main")
        assert not await wakes(SOURCE, "draft", source)
        assert await wakes(SOURCE, "pages", source + "# seen\n")
        assert await wakes(OUTPUT, "pages", source)
        assert await wakes(CONFIG, "main", "base: pages\n# seen\n")
        assert await wakes("notes.md", "status-bot/pages"), "a person pushed to the proposal's branch"
        assert await wakes(SOURCE, "new", source) is False

        github.requests.clear()
        first, second = (commit.sha for commit in story.site.log("pages")[:2])
        assert first != second
        story.site.force_push("pages", second)
        await story.rest()
        assert queries(github, "Site"), "what a forced push touched cannot be told"


async def test_an_event_that_comes_before_the_first_look_is_not_lost(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    stage(github, "Facts", Response(503))
    async with begun(github, clock) as story:
        await clock.until(lambda: story.bot.queue.failures)
        assert sites(story) == [SITE]
        assert story.bot.service.outcomes == {}
        story.site.push({"content/blog.md": "x\n"}, message="A post")
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        github.intercept(None)
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2"


# -- repositories that go out of sight --------------------------------------------------------


async def test_a_sig_that_turns_private_keeps_its_row_and_the_proposal_says_so(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    github.repository(f"{ORGANIZATION}/java").create_release("v0.1.0", name="Public")
    async with world(github, clock) as story:
        await merge(story)
        java = story.sig("Java")
        java.make_private()
        java.create_release("v0.2.0", name="Secret", body="A secret plan")
        java.create_milestone("A secret milestone", open=1)
        await release(story, story.sig("Python"))
        assert story.proposed()["Java"]["releaseName"] == "Public"
        body = str(story.the_proposal().body)
        assert "it is private, and this site is public" in body
        assert "ecret" not in body + story.read(OUTPUT, BRANCH)

        java.make_public()
        await story.rest()
        assert story.proposed()["Java"]["releaseName"] == "Secret"
        assert "private" not in str(story.the_proposal().body)


async def test_a_private_sig_of_another_owner_keeps_its_row_and_the_proposal_says_so(
    github: Sandbox, clock: FakeClock
) -> None:
    rust = build_two(github)
    rust.create_release("v0.1.0", name="Public")
    async with world(github, clock) as story:
        await merge(story)
        rust.make_private()
        await release(story, story.sig("Python"))
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert story.proposed()["Rust"]["releaseName"] == "Public"
        assert "404 Not Found" in str(story.the_proposal().body)


async def test_a_sig_that_is_transferred_is_followed_and_the_proposal_says_so(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        java = story.sig("Java")
        java.transfer("strangers")
        await story.rest()
        await release(story, java)
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert story.proposed()["Java"]["msLabel"] == "v0.2"
        assert "strangers/java" in str(story.the_proposal().body)


async def test_a_sig_that_is_transferred_out_of_sight_keeps_its_row(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    github.repository(f"{ORGANIZATION}/java").create_release("v0.1.0", name="Public")
    async with world(github, clock) as story:
        await merge(story)
        story.sig("Java").make_private()
        story.sig("Java").transfer("strangers")
        await release(story, story.sig("Python"))
        assert story.proposed()["Java"]["releaseName"] == "Public"
        assert "404 Not Found" in str(story.the_proposal().body)


async def test_a_sig_that_is_deleted_keeps_its_row_until_somebody_makes_it_anew(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    github.repository(f"{ORGANIZATION}/java").create_release("v0.1.0", name="Old")
    async with world(github, clock) as story:
        await merge(story)
        story.sig("Java").delete()
        await release(story, story.sig("Python"))
        assert story.proposed()["Java"]["releaseName"] == "Old"
        assert "404 Not Found" in str(story.the_proposal().body)
        anew = github.create_repository(f"{ORGANIZATION}/java")
        await release(story, anew, "v0.3.0")
        assert story.proposed()["Java"]["releaseTag"] == "v0.3.0"
        assert "404 Not Found" not in str(story.the_proposal().body)


# -- jobs -------------------------------------------------------------------------------------


def test_two_jobs_are_united_without_losing_anything() -> None:
    first = Job(frozenset({"o/a"}), since=3.0)
    second = Job(frozenset({"o/b"}), since=5.0)
    assert first.merged_with(second) == Job(frozenset({"o/a", "o/b"}), since=3.0)
    assert second.merged_with(EVERYTHING) == Job(None, since=5.0)
    assert EVERYTHING.merged_with(first) == Job(None, since=3.0)
    assert Job().merged_with(second).since == 5.0
    assert first.again() == Job()
    asked = Job(question=Question(1, 2, SITE, 3, 4, "/status help", "ada"))
    assert asked.again() == first.merged_with(asked).again() == asked, "who has to wait is not forgotten"


async def test_a_job_for_a_site_that_is_gone_is_done_with(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.requests.clear()
        assert await story.bot.service.run(Key("site", 1), EVERYTHING) is None
        assert await story.bot.service.run(Key("comment", 1), Job()) is None
        assert github.requests == []


async def test_the_seconds_from_event_to_commit_are_counted(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story, aiohttp.ClientSession() as session:

        async def counted() -> tuple[float, float]:
            async with session.get(f"{story.bot.url}/metrics") as response:
                lines = (await response.text()).splitlines()
            name = "status_bot_event_to_commit_seconds"
            values = dict(line.split(" ") for line in lines if line.startswith(name) and "{" not in line)
            return float(values[f"{name}_count"]), float(values[f"{name}_sum"])

        count, seconds = await counted()
        await release(story, story.sig("Python"))
        after = await counted()
        assert after[0] == count + 1
        assert 2 <= after[1] - seconds < 5
        await clock.advance(HALF_AN_HOUR)
        await story.rest()
        assert await counted() == after, "a look that writes nothing is not counted"
