"""An operator follows a delivery through the log: from its id to the decision, each write and the commit."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.github.written import UNSEEN, WORDS
from bot.logs import configure_logs
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.trail import MOST_NAMED, Trail
from tests.clocks import FakeClock
from tests.world import BRANCH, ORGANIZATION, SITE, World, build, world

GITHUB_PACKAGE = Path(__file__).parents[1] / "bot" / "github"
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
DAY = 24 * 3600.0
FOLLOWED = [
    "delivery accepted",
    "decided",
    "commit made",
    "branch created",
    "pull request opened",
    "labels added",
    "reconciled",
]
"""What a release leads to where no proposal is open."""

Line = dict[str, Any]


class Log:
    """What the bot has logged, as JSON, since it was last read from the start."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def grep(self, words: str) -> list[Line]:
        """As an operator does it: the whole line, wherever in it they stand."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines() if words in line]

    def forget(self) -> None:
        self.stream.seek(0)
        self.stream.truncate()


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level, structure = root.handlers, root.level, structlog.get_config()
    log = Log()
    with warnings.catch_warnings():
        configure_logs("info", "json", stream=log.stream)
        yield log
    structlog.configure(**structure)
    logging.captureWarnings(capture=False)
    logging.getLogger("aiohttp.access").disabled = False
    root.handlers = handlers
    root.setLevel(level)


def words(lines: list[Line]) -> list[str]:
    return [line["event"] for line in lines]


def delivery_of(story: World, event: str, action: str) -> str:
    """The id of the first delivery of a kind, as GitHub's page of deliveries shows it."""
    return next(one.guid for one in story.github.deliveries if (one.event, one.action) == (event, action))


async def publish(story: World, tag: str) -> str:
    """A release, and the id of one of its deliveries."""
    story.sig("Java").create_release(tag)
    await story.rest()
    return delivery_of(story, "release", "published")


async def merge(story: World, log: Log) -> None:
    story.site.merge_pull(story.the_proposal().number, by="ada")
    story.site.delete_branch(BRANCH, by="ada")
    await story.rest()
    log.forget()


async def test_from_a_deliverys_id_one_finds_the_decision_each_write_and_the_commit(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    async with world(github, clock) as story:
        await merge(story, log)
        delivery = await publish(story, "v0.1.0")
        found = log.grep(delivery)
        tip = story.site.tip(BRANCH)
        assert words(found) == FOLLOWED
        accepted, decided, commit, branch, pull, _, reconciled = found
        assert accepted["reason"] == "release published"
        assert accepted["repository"] == f"{ORGANIZATION}/java"
        assert {line["run"] for line in found} == {accepted["run"]}
        assert {line.get("site", line.get("repository")) for line in found} == {SITE}
        assert decided["action"] == "OpenPull"
        assert decided["reason"] == "nothing is proposed yet"
        assert decided["proposal"] == story.the_proposal().title
        assert commit["commit"] == branch["commit"] == reconciled["commit"] == tip
        assert pull["number"] == story.the_proposal().number
        assert all(line["level"] == "info" for line in found)


def test_the_readme_shows_a_delivery_as_it_can_be_followed() -> None:
    shown = re.findall(r"^ {4}\[info\] (\w.*?)  +(.*)$", README, re.MULTILINE)
    assert [event for event, _ in shown] == FOLLOWED
    assert {re.findall(r"run=(\S+)", values)[0] for event, values in shown if event != FOLLOWED[0]} == {
        "0c1c-4"
    }


async def test_every_delivery_of_a_burst_names_the_one_run_that_it_becomes(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    async with world(github, clock) as story:
        await merge(story, log)
        for number in range(20):
            story.sig("Java").create_milestone(f"v0.1.{number}")
        await story.rest()
        accepted = [line for line in log.lines if line["event"] == "delivery accepted"]
        assert len(accepted) == 20
        [run] = {line["run"] for line in accepted}
        of_run = [line for line in log.grep(run) if line["event"] != "delivery accepted"]
        first_few = [line["delivery"] for line in accepted[:MOST_NAMED]]
        assert words(of_run)[0] == "decided"
        assert all(line["deliveries"] == first_few for line in of_run)
        assert all(line["further_deliveries"] == 20 - MOST_NAMED for line in of_run)
        assert of_run[-1]["commit"] == story.site.tip(BRANCH)
        others = [line["event"] for line in log.lines if line.get("run") != run]
        assert others == ["delivery leads to nothing"], "the app may not write checks here"


async def test_a_failure_says_what_happens_next_and_the_retry_is_still_the_same_run(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    async with world(github, clock) as story:
        await merge(story, log)
        failing = iter([True, False])

        def refuse_once(record: RequestRecord) -> Response | None:
            if record.path.endswith("/git/commits") and next(failing, False):
                return Response(503)
            return None

        github.intercept(refuse_once)
        delivery = await publish(story, "v0.1.0")
        found = log.grep(delivery)
        assert words(found)[:4] == [
            "delivery accepted",
            "decided",
            "run failed, will be tried again",
            "decided",
        ]
        failed, again = found[2], found[3]
        assert (failed["level"], failed["site"], failed["attempts"]) == ("warning", SITE, 1)
        assert "503" in failed["error"]
        assert failed["retry_in_seconds"] > 0
        assert (again["attempt"], again["run"]) == (2, failed["run"])
        assert found[-1]["commit"] == story.site.tip(BRANCH)


async def test_the_run_of_a_command_names_the_comment_and_who_wrote_it(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    async with world(github, clock) as story:
        await merge(story, log)
        issue = story.sig("Java").create_issue("Hold on", by="ada")
        comment = story.sig("Java").comment(issue.number, "/status hold Java until Monday", by="ada")
        await story.rest()
        found = log.grep(delivery_of(story, "issue_comment", "created"))
        assert words(found)[:3] == ["delivery accepted", "reaction added", "decided"]
        assert words(found)[-3:] == ["comment posted", "reaction added", "answered"]
        for line in found[1:]:
            assert (line["cause"], line["comment"], line["by"]) == ("command", comment.id, "ada")
            assert line["asked_in"] == f"{ORGANIZATION}/java#{issue.number}"
        [reconciled] = [line for line in found if line["event"] == "reconciled"]
        assert (reconciled["site"], reconciled["commit"]) == (SITE, story.site.tip(BRANCH))
        assert found[-1]["commands"] == ["hold"]


async def test_what_is_held_back_leads_to_the_run_that_proposes_it(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    java = github.repository(f"{ORGANIZATION}/java")
    milestone = java.create_milestone("v0.1", open=1)
    async with world(github, clock, resync_minutes=7 * 24 * 60) as story:
        await merge(story, log)
        issue = java.create_issue("More to do", by="ada")
        java.set_milestone(issue.number, milestone, by="ada")
        await story.rest()
        [_, decided] = log.grep(delivery_of(story, "issues", "milestoned"))
        assert decided["reason"] == "nothing but issue counts changed"
        log.forget()
        await clock.jump(DAY)
        await story.rest()
        [*_, reconciled] = log.grep(decided["run"])
        assert reconciled["after"] == [decided["run"]]
        assert (reconciled["cause"], reconciled["held_back_until"]) == ("look again", decided["until"])
        assert reconciled["commit"] == story.site.tip(BRANCH)


async def test_a_quiet_resync_is_one_line_for_the_search_and_one_for_each_site(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    async with world(github, clock, resync_minutes=60) as story:
        await merge(story, log)
        await clock.advance(3600)
        await story.rest()
        searched, decided = log.lines
        assert (searched["event"], searched["cause"]) == ("searched for sites", "resync")
        assert (decided["event"], decided["cause"]) == ("decided", "resync")
        assert decided["after"] == [searched["run"]]
        assert (decided["action"], decided["reason"]) == ("Nothing", "what stands is right")


async def test_a_delivery_that_no_site_cares_for_is_one_line_and_one_of_no_interest_is_none(
    github: Sandbox, clock: FakeClock, log: Log
) -> None:
    build(github, "Java", "Python")
    other = github.create_repository(f"{ORGANIZATION}/other")
    async with world(github, clock) as story:
        await merge(story, log)
        other.create_release("v1.0.0")
        issue = other.create_issue("Nobody's business", by="ada")
        other.label_issue(issue.number, "bug", by="ada")
        await story.rest()
        lines = log.lines
        assert {(line["event"], line["repository"]) for line in lines} == {
            ("delivery leads to nothing", f"{ORGANIZATION}/other")
        }
        assert {line["reason"] for line in lines} == {
            "release created",
            "release published",
            "release released",
        }
        assert [
            words(log.grep(delivery_of(story, "issues", action))) for action in ("opened", "labeled")
        ] == [[], []]


def test_no_run_that_a_delivery_was_told_of_is_lost_when_two_become_one() -> None:
    put_back = Trail("a-1", ("delivery",), ("first",))
    waiting = Trail("a-2", ("resync",), ("second",), further=3, after=("a-0",))
    both = put_back.merged_with(waiting)
    assert both == Trail("a-1", ("delivery", "resync"), ("first", "second"), 3, ("a-0",), ("a-2",))
    assert both.said()["joined"] == ["a-2"]


def test_a_trail_stays_short_however_much_led_to_it() -> None:
    trail = Trail("a-1", ("delivery",), ("0",))
    for number in range(1, 1000):
        trail = trail.merged_with(Trail(f"b-{number}", ("delivery",), (str(number),), 0, (f"c-{number}",)))
    assert len(trail.deliveries) == len(trail.joined) == len(trail.after) == MOST_NAMED
    assert trail.further == 1000 - MOST_NAMED
    assert trail.joined[-1] == "b-999", "each is named by the lines of the next attempt at least"


def test_every_write_has_its_words() -> None:
    calls = set()
    for path in GITHUB_PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            given = [ast.unparse(argument).strip("f'\"") for argument in node.args]
            if node.func.attr == "send" and len(given) > 1 and given[1].startswith("/"):
                calls.add(f"{given[0]} {given[1].partition('/{_ref')[0]}")
            elif node.func.attr == "add" and given and given[0].startswith("/"):
                calls.add(f"POST {given[0]}")
    repositories = {call for call in calls if not call.split()[1].startswith("/app")}
    assert len(repositories) > 10
    assert repositories - {*WORDS, *UNSEEN} == set()
