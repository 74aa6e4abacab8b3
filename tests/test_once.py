"""``serve --once``: all that is to be done is done, what is not is said, and then it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from bot.clock import SystemClock
from bot.once import LIMIT_SECONDS, Told, look_once
from bot.sandbox import App, Response, Sandbox
from bot.settings import Settings
from tests.clocks import FakeClock
from tests.collector import collecting
from tests.questions import replies
from tests.test_cli import run
from tests.world import BRANCH, CHECKING, EVENTS, ORGANIZATION, OUTPUT, SITE, build

OTHER = f"{ORGANIZATION}/other-site"
SOURCE = "data/progress_source.yaml"


@dataclass
class Town:
    """A GitHub with an app installed, and no bot that runs."""

    github: Sandbox
    app: App
    clock: FakeClock
    api_url: str

    def pull_url(self, number: int) -> str:
        """Where people find a pull request of the site."""
        return f"{self.api_url.removesuffix('/api/v3')}/{SITE}/pull/{number}"

    async def look(self, only: str | None = None, stop: asyncio.Event | None = None) -> Told:
        """Look once, until it comes back by itself."""
        [told] = await self.looks(1, only, stop)
        return told

    async def looks(
        self, number: int, only: str | None = None, stop: asyncio.Event | None = None
    ) -> list[Told]:
        """So many looks side by side, each as a process of its own would."""
        settings = Settings(
            app_id=self.app.id,
            private_key=self.app.private_key,
            webhook_secrets=("none",),
            api_url=self.api_url,
        )
        looks = [
            asyncio.create_task(look_once(settings, only, stop or asyncio.Event(), self.clock))
            for _ in range(number)
        ]
        await self.clock.until(lambda: all(look.done() for look in looks), within_seconds=2 * LIMIT_SECONDS)
        return await asyncio.gather(*looks)


@asynccontextmanager
async def town(github: Sandbox, clock: FakeClock) -> AsyncIterator[Town]:
    build(github, "Java", "Python")
    app = github.create_app("status-bot", CHECKING, EVENTS)
    github.install(app, ORGANIZATION)
    async with github.serve() as server:
        yield Town(github, app, clock, server.api_url)


async def test_one_look_proposes_answers_and_checks(github: Sandbox, clock: FakeClock) -> None:
    async with town(github, clock) as place:
        site = github.repository(SITE)
        github.repository(f"{ORGANIZATION}/java").create_release("v0.1.0", name="First")
        issue = site.create_issue("What is up?", by="ada")
        site.comment(issue.number, "/status show Java", by="ada")
        site.push({SOURCE: "columns: [\n"}, message="a slip", by="ada", branch="slip")
        faulty = site.create_pull("slip", by="ada")

        told = await place.look()

        assert told.undone == ()
        assert told.done == (f"{SITE}: opened the proposal ({place.pull_url(3)})",)
        assert site.file(OUTPUT, ref=BRANCH) is not None
        assert len(replies(site, issue.number)) == 1
        [check] = site.check_runs(faulty.number)
        assert check.conclusion == "failure"


async def test_a_second_look_finds_nothing_to_do(github: Sandbox, clock: FakeClock) -> None:
    async with town(github, clock) as place:
        await place.look()
        tip = github.repository(SITE).tip(BRANCH)
        told = await place.look()
        assert told == Told((f"{SITE}: nothing to do ({place.pull_url(1)})",), ())
        assert github.repository(SITE).tip(BRANCH) == tip


async def test_two_looks_at_once_make_one_proposal_and_one_answer(github: Sandbox, clock: FakeClock) -> None:
    async with town(github, clock) as place:
        site = github.repository(SITE)
        issue = site.create_issue("What is up?", by="ada")
        site.comment(issue.number, "/status show Java", by="ada")
        first, second = await place.looks(2)
        assert (first.undone, second.undone) == ((), ())
        assert len(site.pulls(state="open")) == 1
        assert len(replies(site, issue.number)) == 1


async def test_one_site_alone_is_looked_at_where_only_that_is_wanted(
    github: Sandbox, clock: FakeClock
) -> None:
    async with town(github, clock) as place:
        files = {SOURCE: github.repository(SITE).file(SOURCE) or "", ".github/status-bot.yml": ""}
        github.create_repository(OTHER, files=files)
        told = await place.look(OTHER.upper())
        assert [sentence.partition(":")[0] for sentence in told.done] == [OTHER]
        assert github.repository(SITE).pulls() == []
        assert len(github.repository(OTHER).pulls(state="open")) == 1


@pytest.mark.parametrize("name", [f"{ORGANIZATION}/java", "nobody/nothing"])
async def test_a_repository_that_is_no_site_is_told(github: Sandbox, clock: FakeClock, name: str) -> None:
    async with town(github, clock) as place:
        told = await place.look(name)
        assert told.done == ()
        [sentence] = told.undone
        assert sentence.startswith(f"{name} is no site:")


async def test_where_github_is_down_it_gives_up_after_some_attempts_and_says_why(
    github: Sandbox, clock: FakeClock
) -> None:
    async with town(github, clock) as place:
        github.intercept(
            lambda record: Response(502) if record.path.startswith("/app/installations?") else None
        )
        told = await place.look()
        [sentence] = told.undone
        assert sentence.startswith("searching for sites: GitHub does not answer (TooMuch: GET")
        assert clock.monotonic() < LIMIT_SECONDS


@pytest.mark.parametrize("only", [None, SITE])
async def test_an_app_that_github_does_not_know_is_not_taken_for_one_that_is_not_installed(
    github: Sandbox, clock: FakeClock, only: str | None
) -> None:
    async with town(github, clock) as place:
        place.app = replace(place.app, id=place.app.id + 1)
        told = await place.look(only)
        [sentence] = told.undone
        assert sentence.startswith("searching for sites: GitHub knows no app of this APP_ID")


async def test_somebody_who_says_stop_is_obeyed(github: Sandbox, clock: FakeClock) -> None:
    async with town(github, clock) as place:
        stop = asyncio.Event()
        stop.set()
        told = await place.look(stop=stop)
        assert told.done == ()


def environment(place: Town) -> dict[str, str]:
    return {
        "APP_ID": str(place.app.id),
        "PRIVATE_KEY": place.app.private_key,
        "GITHUB_API_URL": place.api_url,
    }


class TestTheCommand:
    """In a process of its own, by the machine's clock, on a server as GitHub Enterprise Server is reached."""

    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()

    async def test_it_proposes_says_so_and_ends(self, github: Sandbox, clock: FakeClock) -> None:
        async with town(github, clock) as place:
            assert place.api_url.endswith("/api/v3")
            with collecting() as collector:
                otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "NO_PROXY": "127.0.0.1"}
                ran = await run("serve", "--once", **environment(place), **otel)
            again = await run("serve", "--once", "--site", SITE, **environment(place))
        pull_url = place.pull_url(1)
        assert (ran.status, ran.out) == (0, f"{SITE}: opened the proposal ({pull_url})\n"), ran.err
        assert (again.status, again.out) == (0, f"{SITE}: nothing to do ({pull_url})\n"), again.err
        spans = {span.span_id: span for span in collector.spans}
        [reconcile] = [span for span in spans.values() if span.name == "reconcile"]
        assert spans[reconcile.parent_id].name == "process site"
        assert {
            "status_bot.runs",
            "status_bot.api_calls",
            "status_bot.queue.depth",
        } <= collector.metrics.keys()

    async def test_what_could_not_be_done_is_listed_and_makes_it_fail(
        self, github: Sandbox, clock: FakeClock
    ) -> None:
        async with town(github, clock) as place:
            ran = await run("serve", "--once", "--site", f"{ORGANIZATION}/java", **environment(place))
        assert (ran.status, ran.out) == (1, "")
        assert f"not done: {ORGANIZATION}/java is no site" in ran.err

    async def test_an_app_that_is_installed_nowhere_is_told_of(
        self, github: Sandbox, clock: FakeClock
    ) -> None:
        app = github.create_app("status-bot", CHECKING, EVENTS)
        async with github.serve() as server:
            ran = await run("serve", "--once", **environment(Town(github, app, clock, server.api_url)))
        assert ran.status == 0
        assert "No site was found. Is the app installed" in ran.err

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--site", SITE), "--site goes with --once"),
            (("--once", "--site", "opentelemetry.io"), "write OWNER/REPO"),
            (("--once",), "APP_ID is not set"),
        ],
    )
    async def test_a_wrong_command_line_or_environment_is_told(
        self, arguments: tuple[str, ...], told: str
    ) -> None:
        ran = await run("serve", *arguments)
        assert ran.status == 2
        assert told in ran.err
        assert "WEBHOOK_SECRET" not in ran.err


async def test_a_site_is_begun_where_somebody_asked_for_it(github: Sandbox, clock: FakeClock) -> None:
    async with town(github, clock) as place:
        repository = github.create_repository(OTHER, files={"README.md": ""})
        repository.add_collaborator("ada", "write")
        repository.comment(repository.create_issue("Begin").number, "/status init", by="ada")
        told = await place.look()
        assert told.undone == ()
        assert [pull.head.ref for pull in repository.pulls()] == ["status-bot/init"]
