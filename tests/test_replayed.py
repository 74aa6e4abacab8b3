"""What GitHub once signed may be sent again, by anybody and under any name: it changes nothing."""

from __future__ import annotations

import hashlib
import hmac
from itertools import cycle

import aiohttp

from bot.events import EVENTS
from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.questions import say
from tests.world import (
    CONFIG,
    ORGANIZATION,
    SECRET,
    SITE,
    SOURCE,
    World,
    build,
    row_of,
    source_of,
    world,
)

CONTRACT = {202, 204, 400}


def all_that_stands(github: Sandbox) -> list[object]:
    """Branches, pull requests, issues, comments and reactions, everywhere."""
    stands: list[object] = []
    for repository in github.repositories:
        stands.append((repository.full_name, {name: repository.tip(name) for name in repository.branches}))
        for issue in (*repository.issues(state="all"), *repository.pulls(state="all")):
            said = [(comment.body, sorted(comment.reactions)) for comment in issue.comments]
            stands.append((issue.number, issue.title, issue.state, issue.body, said))
    return stands


async def send(session: aiohttp.ClientSession, story: World, event: str, body: bytes) -> int:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "sent-again",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    async with session.post(f"{story.bot.url}/webhook", data=body, headers=headers) as response:
        return response.status


async def test_deliveries_sent_again_backwards_and_under_other_names_change_nothing(clock: FakeClock) -> None:
    github = Sandbox(clock)
    build(github, "Python", "Java")
    async with world(github, clock) as story, aiohttp.ClientSession() as session:
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        for words in ("/status hold Java moving", "/status refresh", "/status show"):
            await say(story, words)
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        await clock.advance(3600)
        await story.rest()
        before = all_that_stands(github)
        deliveries = list(github.deliveries)
        assert {"issue_comment", "release", "pull_request", "push"} <= {each.event for each in deliveries}
        for delivery, another in zip(reversed(deliveries), cycle(sorted(EVENTS)), strict=False):
            for event in (delivery.event, another):
                assert await send(session, story, event, delivery.body) in CONTRACT
        await story.rest()
        await clock.advance(3600)
        await story.rest()
        assert all_that_stands(github) == before
        assert story.bot.queue.failures == {}


async def test_a_source_that_points_elsewhere_is_named_and_nothing_is_asked_there(clock: FakeClock) -> None:
    github = Sandbox(clock)
    build(github, "Python")
    elsewhere = "".join(
        row_of(label).replace(f"https://github.com/{ORGANIZATION}/", url)
        for label, url in (
            ("Evil", "https://github.com.evil.example/o/"),
            ("User", "https://github.com@evil.example/o/"),
            ("File", "file:///etc/"),
            ("Local", "http://169.254.169.254/latest/"),
            ("Path", f"https://github.com/{ORGANIZATION}/../../app/"),
        )
    )
    github.repository(SITE).push({SOURCE: source_of("Python") + elsewhere, CONFIG: ""})
    async with world(github, clock) as story:
        assert story.proposed()["Python"]["msLabel"] == "v0.1"
        said = str(story.the_proposal().body) + "".join(str(report.body) for report in story.reports())
        assert said.count("sourceUrl") >= 4
        asked = "\n".join(f"{record.path} {record.request_body.decode()}" for record in github.requests)
        read = [line for line in asked.splitlines() if "query Facts" in line]
        assert read
        for word in ("evil", "169.254", "etc/file", "/app/path"):
            assert not any(word in line for line in read)
