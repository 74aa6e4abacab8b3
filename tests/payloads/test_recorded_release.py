"""The main job with a payload that GitHub really sent: from its delivery to a proposal ready to merge."""

from __future__ import annotations

import aiohttp
import pytest

from bot.replay import sign
from bot.sandbox import Sandbox
from tests import npm
from tests.clocks import FakeClock
from tests.payloads.examples import recorded
from tests.world import BOT, BRANCH, OUTPUT, SECRET, SITE, SOURCE, build, row_of, world


async def test_a_recorded_release_becomes_a_proposal_that_is_ready_to_merge(
    github: Sandbox, clock: FakeClock
) -> None:
    npm.fetch_or_skip(npm.WEBHOOK_EXAMPLES)
    delivery = next(example for example in recorded() if example.name == "release.published")
    released, repository = delivery.payload["release"], delivery.payload["repository"]["full_name"]

    # The site has a row for the repository of the recording, and the page as it was before.
    build(github, "Python")
    sig = github.create_repository(repository, files={"README.md": "# Hello\n"})
    row = row_of("Hello").replace("open-telemetry/hello", repository)
    site = github.repository(SITE)
    site.push({SOURCE: str(site.file(SOURCE)) + row}, message="Add Hello", by="ada")
    async with world(github, clock) as story:
        site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()

        # GitHub publishes the release, and what it recorded of that is all the bot hears.
        github.hold_webhooks()
        release = sig.create_release(
            released["tag_name"], name=released["name"] or "", body=released["body"] or ""
        )
        headers = {
            "content-type": "application/json",
            "x-github-event": delivery.event,
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-hub-signature-256": sign(delivery.body, SECRET),
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{story.bot.url}/webhook", data=delivery.body, headers=headers) as answer,
        ):
            assert answer.status == 202
        await story.rest()

        # One proposal stands, by the bot, of one signed commit on top of what the site holds now.
        pull = story.the_proposal()
        assert (pull.author, pull.draft) == (BOT, False)
        [new, base, *_] = site.log(BRANCH)
        assert (new.author, new.verified, base.sha) == (BOT, True, site.tip("main"))
        assert story.proposed()["Hello"]["releaseTag"] == release.tag
        assert release.tag in str(pull.body)

        # It changes the output alone, and merging it is all that is left to do.
        before = {path: site.file(path) for path in (SOURCE, "README.md")}
        proposed = story.read(OUTPUT, BRANCH)
        site.merge_pull(pull.number, by="ada")
        await story.rest()
        assert story.read(OUTPUT) == proposed
        assert before == {path: site.file(path) for path in before}
        assert site.pulls(state="open") == []


@pytest.mark.parametrize("secret", ["another secret", ""])
async def test_the_same_payload_with_a_wrong_signature_changes_nothing(
    github: Sandbox, clock: FakeClock, secret: str
) -> None:
    npm.fetch_or_skip(npm.WEBHOOK_EXAMPLES)
    delivery = next(example for example in recorded() if example.name == "release.published")
    build(github, "Python")
    async with world(github, clock) as story:
        github.requests.clear()
        headers = {
            "content-type": "application/json",
            "x-github-event": delivery.event,
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-hub-signature-256": sign(delivery.body, secret),
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{story.bot.url}/webhook", data=delivery.body, headers=headers) as answer,
        ):
            assert answer.status == 401
        assert story.bot.queue.idle
        assert github.requests == []
