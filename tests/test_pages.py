"""The pages show what they are given and nothing else, to people and to monitors alike."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from bot.commands import COMMANDS
from bot.events import EVENTS
from bot.metrics import Metrics
from bot.render import render
from bot.settings import SettingsError, load_settings
from bot.web.manifest import VARIABLES, app_view, read_manifest
from bot.web.moments import Moments
from bot.web.pages import Pages
from bot.web.server import build_web
from bot.web.views import (
    ChartView,
    EventView,
    FaultView,
    FileView,
    KeptView,
    Picture,
    ProposalView,
    ReasonView,
    RowView,
    SiteView,
    UnmatchedView,
)
from bot.web.webhook import Webhook
from tests.attacks import ATTACKS
from tests.clocks import FakeClock

HTML = {"Accept": "text/html,application/xhtml+xml"}
REASON = ReasonView("Column", "beta", "Release v0.3.0 proves it", "release-proves")
PULL_URL = "https://github.com/open-telemetry/opentelemetry.io/pull/7"
NOW = datetime(2020, 3, 20, 12, 5, tzinfo=UTC)
SITE = SiteView(
    full_name="open-telemetry/opentelemetry.io",
    path="/sites/open-telemetry/opentelemetry.io",
    url="https://github.com/open-telemetry/opentelemetry.io",
    reconciled_at=datetime(2020, 3, 20, 12, tzinfo=UTC),
    outcome="Nothing to propose.",
    proposal=ProposalView("open", "Open", "It says all.", "7", PULL_URL, "opened", NOW - timedelta(hours=3)),
    chart=ChartView("/chart/o/site.io.svg?v=42", 640, 100, "Progress of 2 SIGs: 1 at beta, 1 at v0.1."),
    rows=(
        RowView("Java", "sig-java", "beta", 62, "v0.3.0", reasons=(REASON,), counts="5 of 8 closed"),
        RowView("Go", "sig-go", "v0.3", 1, "", kept="on hold: the release is being prepared"),
        RowView("Python", "sig-python", "v0.4", 2, "", unmatched=1),
        RowView("<b>PHP</b>", "sig-php", "v0.1", 0, "", kept="it is gone", stands="v0.2, 4%"),
    ),
    held=(KeptView("Go", "sig-go", "the release is being prepared"),),
    unreadable=(KeptView("PHP", "sig-php", "404 Not Found"),),
    unmatched=(UnmatchedView("Python", "sig-python", "Backlog", "has no version"),),
    faults=(FaultView("data/progress_source.yaml:12", "", "the row has no sourceUrl"),),
    rules=(("release-proves", "a release proves it"),),
    event=EventView("Release published", "o/java", "https://github.com/o/java", NOW - timedelta(minutes=2)),
)


@dataclass
class House:
    """The pages on a real server, with a dashboard and a readiness that a test sets."""

    shown: tuple[SiteView, ...] = ()
    github: str = ""
    queue: str = ""
    waiting: tuple[str, ...] = ()
    broken_templates: bool = False
    metrics: Metrics = field(default_factory=Metrics)

    async def sites(self) -> tuple[SiteView, ...]:
        return self.shown

    async def site(self, full_name: str) -> SiteView | None:
        return next((site for site in self.shown if site.full_name == full_name), None)

    async def chart(self, full_name: str, digest: str) -> Picture | None:
        return Picture(b"<svg/>", "abc") if (full_name, digest) == ("o/site.io", "42") else None

    def github_trouble(self) -> str:
        return self.github

    def queue_trouble(self) -> str:
        return self.queue

    def waits(self) -> tuple[str, ...]:
        return self.waiting

    def render(self, template_name: str, /, **values: object) -> str:
        if self.broken_templates:
            raise LookupError(template_name)
        return render(template_name, **values)

    def __post_init__(self) -> None:
        async def dispatch(_event: str, _delivery: str, _body: bytes) -> bool:
            return True

        pages = Pages(self.render, self, self, self.metrics, self.waits, clock=FakeClock(NOW))
        webhook = Webhook(dispatch, ("secret",), self.metrics)
        server = TestServer(build_web(webhook, pages))
        self.client: TestClient[web.Request, web.Application] = TestClient(server)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with house.client:
        yield house


async def test_health_says_that_the_process_lives_whatever_else_is_wrong(house: House) -> None:
    house.github = house.queue = "All is lost."
    response = await house.client.get("/health")
    assert (response.status, await response.text()) == (200, "ok")


async def test_ready_when_github_is_reached_and_the_queue_moves(house: House) -> None:
    response = await house.client.get("/ready")
    assert (response.status, await response.json()) == (200, {"github": "ok", "queue": "ok"})


@pytest.mark.parametrize(
    ("github", "queue"),
    [
        ("GitHub has not answered since 12:03.", ""),
        ("", "A site has been waiting for 7 minutes."),
        ("GitHub has not answered since 12:03.", "A site has been waiting for 7 minutes."),
    ],
)
async def test_not_ready_says_in_a_sentence_what_is_wrong(house: House, github: str, queue: str) -> None:
    house.github, house.queue = github, queue
    response = await house.client.get("/ready")
    assert response.status == 503
    assert await response.json() == {"github": github or "ok", "queue": queue or "ok"}


async def test_what_is_only_waited_for_is_told_and_keeps_nobody_away(house: House) -> None:
    house.waiting = ("1 site waits: GitHub asks the bot to wait. The next attempt is at 12:01:00 UTC.",)
    response = await house.client.get("/ready")
    assert response.status == 200
    assert await response.json() == {"github": "ok", "queue": "ok", "waits": list(house.waiting)}


async def test_metrics_are_in_prometheus_format_and_count_what_happened(house: House) -> None:
    house.metrics.delivery("release", "accepted")
    house.metrics.api_call(
        "installation 7", "graphql", 200, {"x-ratelimit-remaining": "4990", "x-ratelimit-resource": "graphql"}
    )
    house.metrics.api_call("installation 7", "rest", 0, {})
    house.metrics.api_call("installation 7", "rest", 200, {"x-ratelimit-remaining": "many"})
    house.metrics.committed_after(3.5)
    house.metrics.run(Key(), "done", 0.7)
    house.metrics.watch(Queue())
    response = await house.client.get("/metrics")
    assert response.content_type == "text/plain"
    values = dict(samples(await response.text()))
    assert values["status_bot_deliveries_total", "event=release,outcome=accepted"] == 1
    assert values["status_bot_api_calls_total", "kind=graphql,status=200"] == 1
    assert values["status_bot_api_calls_total", "kind=rest,status=0"] == 1
    assert values["status_bot_rate_limit_left", "identity=installation 7,pool=graphql"] == 4990
    assert ("status_bot_rate_limit_left", "identity=installation 7,pool=rest") not in values
    assert values["status_bot_runs_total", "kind=site,outcome=done"] == 1
    assert values["status_bot_event_to_commit_seconds_bucket", "le=3.0"] == 0
    assert values["status_bot_event_to_commit_seconds_bucket", "le=4.0"] == 1
    assert values["status_bot_queue_depth", ""] == 3
    assert values["status_bot_queue_oldest_due_seconds", ""] == 12.5
    assert values["status_bot_queue_running", ""] == 2


class Key:
    kind = "site"


class Queue:
    depth = 3
    oldest_due_seconds = 12.5
    running = ("a", "b")


def samples(text: str) -> Iterator[tuple[tuple[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            yield (sample.name, labels), sample.value


def test_two_bots_in_one_process_do_not_share_their_metrics() -> None:
    first, second = Metrics(), Metrics()
    first.delivery("release", "accepted")
    labels = {"event": "release", "outcome": "accepted"}
    assert first.registry.get_sample_value("status_bot_deliveries_total", labels) == 1
    assert second.registry.get_sample_value("status_bot_deliveries_total", labels) is None


def words_in(text: str) -> str:
    """What a reader sees of a page, on one line."""
    body = re.sub(r"(?s)<style.*?</style>|<!--.*?-->|<[^>]*>", " ", text)
    return " ".join(unescape(body).split())


async def test_the_dashboard_shows_every_site_with_all_that_is_known_of_it(house: House) -> None:
    house.shown = (SITE,)
    response = await house.client.get("/")
    text = await response.text()
    assert (response.status, response.content_type) == (200, "text/html")
    assert SITE.chart is not None
    assert f'<img src="{SITE.chart.url}" width="640" height="100" alt="{SITE.chart.words}"' in text
    assert '<time datetime="2020-03-20T12:00:00+00:00" title="2020-03-20 12:00:00 UTC">5 minutes ago' in text
    seen = words_in(text)
    for words in (
        "Proposal Open Pull request #7 , opened 3 hours ago . It says all.",
        "Last event Release published in o/java , 2 minutes ago",
        "Last look Nothing to propose. 5 minutes ago",
        "Go : the release is being prepared",
        "PHP : 404 Not Found",
        "Python : Backlog has no version",
        "data/progress_source.yaml:12 : the row has no sourceUrl",
    ):
        assert words in seen


async def test_a_site_has_a_page_with_the_reason_for_every_value(house: House) -> None:
    house.shown = (SITE,)
    response = await house.client.get(SITE.path)
    text = await response.text()
    assert (response.status, response.content_type) == (200, "text/html")
    seen = words_in(text)
    for words in (
        "Java beta Release v0.3.0 proves it release-proves 62% 62% 5 of 8 closed v0.3.0",
        "The site still says: v0.2, 4%",
        "Stays as it is: it is gone.",
        "release-proves a release proves it",
    ):
        assert words in seen
    assert set(re.findall(r'href="#([^"]+)"', text)) - {"main"} <= set(re.findall(r'id="([^"]+)"', text))


async def test_long_lists_are_cut_on_the_dashboard_and_whole_on_the_page_of_the_site(house: House) -> None:
    many = tuple(KeptView(f"SIG {number}", f"sig-{number}", "because") for number in range(300))
    house.shown = (replace(SITE, held=many),)
    text = await (await house.client.get("/")).text()
    assert (text.count("because"), "and 292 more" in text) == (8, True)
    assert (await (await house.client.get(SITE.path)).text()).count("because") == 300


async def test_dozens_of_sites_can_be_jumped_to_and_stay_a_light_page(house: House) -> None:
    house.shown = tuple(replace(SITE, full_name=f"o/site-{number}") for number in range(60))
    text = await (await house.client.get("/")).text()
    assert all(f'href="#site-{number}"' in text and f'id="site-{number}"' in text for number in range(1, 61))
    assert len(text) < 200_000


@pytest.mark.parametrize("path", ["/sites/o/unknown", "/sites/a%2Fb/c", "/sites/%3Cb%3E/..%2F"])
async def test_no_page_of_a_site_tells_which_others_there_are(house: House, path: str) -> None:
    house.shown = (SITE,)
    text = await (await house.client.get(path, headers=HTML)).text()
    other = await (await house.client.get("/nowhere/at/all", headers=HTML)).text()
    assert re.sub(r'nonce="[^"]*"', "", text) == re.sub(r'nonce="[^"]*"', "", other)
    assert "only public sites have a page" in text


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
async def test_the_words_of_others_stay_words(house: House, attack: str) -> None:
    row = RowView(attack, "row-1", attack, 1, attack, attack, attack, attack, attack, attack, attack, attack)
    row = replace(row, kept=attack, renamed_to=attack, reasons=(replace(REASON, text=attack, url=attack),))
    house.shown = (
        replace(
            SITE,
            outcome=attack,
            rows=(row,),
            chart=ChartView("/chart.svg", 1, 1, attack),
            held=(KeptView(attack, "row-1", attack),),
            unmatched=(UnmatchedView(attack, "row-1", attack, attack, attack),),
            faults=(FaultView(attack, attack, attack),),
            files=(FileView("Source", attack, attack),),
            trouble=attack,
            event=EventView(attack, attack, attack, NOW),
        ),
    )
    for path in ("/", SITE.path):
        response = await house.client.get(path)
        text = await response.text()
        assert response.status == 200
        seen = Elements(text)
        assert seen.tags <= OUR_TAGS
        assert not any(name.startswith("on") or name == "style" for name in seen.attributes)
        schemes = {urlsplit(link).scheme for link in seen.links}
        assert schemes <= {"", "http", "https", "data"}
        assert "\u202e" not in text


OUR_TAGS = {
    *("html", "head", "meta", "title", "style", "link", "body", "a", "header", "nav", "main", "footer"),
    *("h1", "h2", "p", "section", "ul", "li", "dl", "dt", "dd", "details", "summary", "div", "span", "b"),
    *(
        "wbr",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "bdi",
        "time",
        "img",
        "code",
        "progress",
    ),
}


class Elements(HTMLParser):
    """What a browser makes of a page: its tags, the names of their attributes, and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "a minute ago"),
        (119, "a minute ago"),
        (120, "2 minutes ago"),
        (3600, "an hour ago"),
        (7199, "an hour ago"),
        (7200, "2 hours ago"),
        (86_400, "a day ago"),
        (172_800, "2 days ago"),
        (59 * 86_400, "59 days ago"),
        (60 * 86_400, "on 20 January 2020"),
        (-1, "in a moment"),
        (-90, "in a minute"),
        (-7_200, "in 2 hours"),
    ],
)
def test_moments_are_told_as_people_would(seconds: int, words: str) -> None:
    assert Moments(NOW).words(NOW - timedelta(seconds=seconds)) == words


async def test_the_dashboard_has_something_to_say_when_there_is_no_site_yet(house: House) -> None:
    response = await house.client.get("/")
    assert response.status == 200
    assert ".github/status-bot.yml" in await response.text()


async def test_the_dashboard_tells_what_keeps_the_bot_from_its_work(house: House) -> None:
    trouble = "GitHub was not reached yet: GitHub does not answer."
    assert trouble not in await (await house.client.get("/")).text()
    house.github, house.queue = trouble, "Work has been due for 400 s and was not begun."
    seen = words_in(await (await house.client.get("/")).text())
    assert f"Sites {house.github} {house.queue} No site is known yet." in seen


async def test_the_help_page_lists_every_command(house: House) -> None:
    text = await (await house.client.get("/help")).text()
    assert COMMANDS
    for command in COMMANDS:
        assert f"/status {command.usage}" in text


async def test_the_setup_page_lists_permissions_events_and_variables(house: House) -> None:
    text = await (await house.client.get("/setup")).text()
    app = app_view()
    for word in (*app.events, *(variable.name for variable in app.variables), "Pull requests", "Contents"):
        assert word in text


@pytest.mark.parametrize("path", ["/", "/help", "/setup", "/missing", SITE.path])
async def test_every_page_forbids_everything_but_its_own_style_sheet(house: House, path: str) -> None:
    house.shown = (SITE,)
    response = await house.client.get(path, headers=HTML)
    policy = response.headers["Content-Security-Policy"].split("; ")
    text = await response.text()
    (nonce,) = re.findall(r'<style nonce="([^"]{20,})">', text)
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
    assert f"style-src 'self' 'nonce-{nonce}'" in policy
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert " style=" not in text
    assert "<script" not in text
    again = await (await house.client.get(path, headers=HTML)).text()
    assert nonce not in again


@pytest.mark.parametrize("path", ["/", "/help", "/setup", "/health", "/ready", "/metrics", "/missing"])
async def test_every_answer_carries_the_usual_headers(house: House, path: str) -> None:
    headers = (await house.client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Server"] == "status-bot"
    assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/", "/help", "/setup", "/health", "/ready", "/metrics", SITE.path])
async def test_whoever_only_asks_whether_a_page_is_there_is_answered(house: House, path: str) -> None:
    house.shown = (SITE,)
    response = await house.client.head(path)
    assert (response.status, await response.read()) == (200, b"")


async def test_the_chart_of_a_site_is_a_picture(house: House) -> None:
    response = await house.client.get("/chart/o/site.io.svg?v=42")
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    assert await response.read() == b"<svg/>"
    assert response.headers["ETag"] == '"abc"'
    assert (await house.client.get("/chart/o/other.svg?v=42")).status == 404


async def test_a_missing_page_is_a_page_for_people_and_json_for_programs(house: House) -> None:
    for_people = await house.client.get("/missing", headers=HTML)
    assert (for_people.status, for_people.content_type) == (404, "text/html")
    assert "Not Found" in await for_people.text()
    for_programs = await house.client.get("/missing")
    assert (for_programs.status, for_programs.content_type) == (404, "application/json")
    assert (await for_programs.json())["status"] == 404


async def test_a_wrong_method_is_told_the_right_ones(house: House) -> None:
    response = await house.client.post("/help")
    assert response.status == 405
    assert set(response.headers["Allow"].split(",")) == {"GET", "HEAD"}


@pytest.mark.parametrize("headers", [HTML, {}])
async def test_a_fault_of_ours_is_logged_and_shows_nobody_its_traceback(
    house: House, monkeypatch: pytest.MonkeyPatch, headers: Mapping[str, str]
) -> None:
    async def broken(_house: House) -> tuple[SiteView, ...]:
        raise RuntimeError("the inner secret")

    monkeypatch.setattr(House, "sites", broken)
    with capture_logs() as lines:
        response = await house.client.get("/", headers=headers)
    text = await response.text()
    assert response.status == 500
    assert "it has been logged" in text
    assert "secret" not in text
    assert "Traceback" not in text
    (line,) = lines
    assert (line["event"], line["path"], line["exc_info"]) == ("request failed", "/", True)


async def test_even_a_broken_template_is_answered_in_words(house: House) -> None:
    house.broken_templates = True
    with capture_logs() as lines:
        response = await house.client.get("/", headers=HTML)
    assert response.status == 500
    assert await response.json() == {
        "status": 500,
        "message": "Something went wrong here; it has been logged.",
    }
    assert [line["log_level"] for line in lines] == ["error", "error"]


def test_the_manifest_asks_for_no_more_than_the_bot_uses() -> None:
    manifest = read_manifest()
    assert manifest.default_permissions == {
        "metadata": "read",
        "checks": "write",
        "contents": "write",
        "issues": "write",
        "pull_requests": "write",
    }
    assert set(manifest.default_events) == EVENTS - {"installation", "installation_repositories"}
    assert list(manifest.default_events) == sorted(manifest.default_events)
    assert manifest.public is False


def test_the_setup_page_names_exactly_the_variables_that_are_read() -> None:
    asked: list[str] = []

    class Recording(dict[str, str]):
        def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
            asked.append(key)
            return default

    with pytest.raises(SettingsError) as caught:
        load_settings(Recording())
    assert {variable.name for variable in VARIABLES} == set(asked)
    required = {fault.split(" ", 1)[0] for fault in caught.value.faults}
    assert {variable.name for variable in VARIABLES if variable.required} == required
