"""The chart as a picture over HTTP: what proposals show, to whoever may see the site and nobody else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from multidict import CIMultiDictProxy

from bot.render import render
from bot.sandbox import Response, Sandbox
from tests.clocks import FakeClock
from tests.proposals import pictures
from tests.readers import begun, stage
from tests.world import CONFIG, ORGANIZATION, OUTPUT, SITE, SOURCE, World, build, row_of, source_of, world

PUBLIC_URL = "https://bot.example.org/"
CHART = f"/chart/{SITE}.svg"
DAY = 24 * 3600.0


async def get(
    story: World, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, CIMultiDictProxy[str], str]:
    """What the bot's own server answers, as GitHub's proxy gets it."""
    url = f"{story.bot.url}{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as response:
        return response.status, response.headers, await response.text()


def shown(svg: str) -> dict[str, str]:
    """What the picture says of each SIG."""
    said = ET.fromstring(svg).findtext("{http://www.w3.org/2000/svg}desc") or ""  # noqa: S314 - the bot's own
    return dict(re.findall(r"(\S+): ([^.]+(?:\.\d+)*, \d+%|complete)\.", said))


def address(story: World) -> str:
    """The path of the picture in the proposal's body."""
    [(_, url)] = pictures(story.the_proposal().body or "")
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}/" == PUBLIC_URL
    return f"{parts.path}?{parts.query}"


def proposed(story: World) -> dict[str, str]:
    """The same of the file that is proposed."""
    return {
        label: "complete" if row["percent"] == 100 else f"{row['msLabel']}, {row['percent']}%"
        for label, row in story.proposed().items()
    }


# -- what is shown ----------------------------------------------------------------------------


async def test_the_picture_in_a_proposal_shows_what_is_proposed(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go")
    github.repository(f"{ORGANIZATION}/python").create_milestone("v0.2", open=1, closed=2)
    github.repository(f"{ORGANIZATION}/go").create_release("v1.0.0")
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        status, _, svg = await get(story, address(story))
        assert status == 200
        assert shown(svg) == proposed(story)
        assert shown(svg)["Go"] == "complete"


async def test_the_picture_moves_with_the_proposal_to_another_address(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        first = address(story)
        story.sig("Python").create_release("v0.2.0")
        await story.rest()
        assert address(story) != first
        for path in (address(story), first, CHART):
            assert shown((await get(story, path))[2]) == proposed(story) == {"Python": "v0.3, 0%"}


async def test_counts_that_are_held_back_are_not_on_the_picture_of_a_proposal_without_them(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    milestone = github.repository(f"{ORGANIZATION}/python").create_milestone("v0.1", open=3, closed=1)
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        story.sig("Python").close_issue(next(iter(milestone.items)))
        await story.rest()
        assert proposed(story) == {"Python": "v0.1, 25%"}, "counts go out once a day"
        assert shown((await get(story, address(story)))[2]) == {"Python": "v0.1, 25%"}
        assert shown((await get(story, CHART))[2]) == {"Python": "v0.1, 50%"}
        await clock.jump(DAY)
        await story.rest()
        assert shown((await get(story, address(story)))[2]) == proposed(story) == {"Python": "v0.1, 50%"}


async def test_with_nothing_to_propose_the_picture_is_that_of_the_page(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.repository(f"{ORGANIZATION}/python").create_release("v0.1.0")
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        before = address(story)
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        for path in (CHART, before):
            assert shown((await get(story, path))[2]) == {"Python": "v0.2, 0%"}


async def test_a_proposal_that_somebody_closed_goes_on_showing_what_it_proposed(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    milestone = github.repository(f"{ORGANIZATION}/python").create_milestone("v0.1", open=3, closed=1)
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        path = address(story)
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        story.sig("Python").close_issue(next(iter(milestone.items)))
        await story.rest()
        assert shown((await get(story, path))[2]) == {"Python": "v0.1, 25%"}
        assert shown((await get(story, CHART))[2]) == {"Python": "v0.1, 50%"}


async def test_with_a_broken_source_the_picture_is_what_stands(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    files = {SOURCE: "columns:\n\t- x\n", OUTPUT: source_of("Python") + "    percent: 40\n"}
    github.repository(SITE).push(files)
    async with world(github, clock) as story:
        assert shown((await get(story, CHART))[2]) == {"Python": "v0.1, 40%"}
        story.site.push({OUTPUT: "data: [\n"})
        await story.rest()
        status, _, svg = await get(story, CHART)
        assert (status, shown(svg)) == (200, {})
        assert "There is no SIG to show yet." in svg


async def test_labels_that_attack_are_but_text_on_the_picture(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    nasty = r'"</text><script>alert(1)</script> & \u202eevil\uffff\u0007 ' + "x" * 500 + '"'
    source = source_of("Python") + row_of("Go").replace("label: Go", f"label: {nasty}")
    github.repository(SITE).push({SOURCE: source})
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        status, _, svg = await get(story, address(story))
        assert status == 200
        labels = [
            text.text or ""
            for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - as above
            if text.get("class") == "sig"
        ]
        assert labels[0] == "Python"
        assert labels[1].startswith("</text><script>")
        assert "<script" not in svg
        assert "\u202e" not in svg


# -- to whom ----------------------------------------------------------------------------------


async def test_only_public_sites_are_shown_and_the_others_are_all_refused_alike(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    hidden = github.create_repository(
        f"{ORGANIZATION}/hidden", files={CONFIG: "", SOURCE: source_of("Python")}
    )
    hidden.make_private()
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        assert len(story.bot.service.sites) == 2
        [pull] = hidden.pulls(state="open")
        assert "```text" in (pull.body or "")
        assert pictures(pull.body or "") == []
        refusals = []
        for name in (f"{ORGANIZATION}/hidden", f"{ORGANIZATION}/python", "nobody/nothing", "a%2Fb/c"):
            status, headers, text = await get(story, f"/chart/{name}.svg?v=0123456789")
            refusals.append((status, text, {key: headers[key] for key in headers if key != "Date"}))
        assert refusals[0][0] == 404
        assert refusals[1:] == refusals[:1] * 3
        hidden.make_public()
        await story.rest()
        assert (await get(story, f"/chart/{ORGANIZATION}/hidden.svg"))[0] == 200
        story.site.make_private()
        await story.rest()
        assert (await get(story, CHART))[0] == 404


async def test_a_site_that_was_not_looked_at_yet_may_be_private(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    stage(github, "Site", Response(503, {"message": "Service Unavailable"}))
    async with begun(github, clock) as story:
        await clock.until(lambda: story.bot.queue.failures)
        assert (await get(story, CHART))[0] == 404
        github.intercept(None)
        await story.rest()
        assert (await get(story, CHART))[0] == 200


async def test_names_are_read_in_any_case_and_a_renamed_site_has_its_new_one(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        assert (await get(story, CHART.replace("opentelemetry.io", "OpenTelemetry.IO")))[0] == 200
        story.site.rename("website")
        await story.rest()
        status, _, svg = await get(story, f"/chart/{ORGANIZATION}/website.svg")
        assert status == 200
        assert f"Progress of the SIGs of {ORGANIZATION}/website<" in svg
        assert (await get(story, CHART))[0] == 404


# -- over HTTP --------------------------------------------------------------------------------


async def test_a_picture_may_be_kept_but_is_asked_for_again_each_time(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        _, headers, _ = await get(story, CHART)
        tag = headers["ETag"]
        assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
        assert headers["Cache-Control"] == "no-cache"
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            status, again, text = await get(story, CHART, {"If-None-Match": known})
            assert (status, text, again["ETag"]) == (304, "", tag)
            assert again["Cache-Control"] == "no-cache"
        for unknown in ('"other"', "nonsense", tag.strip('"')):
            assert (await get(story, CHART, {"If-None-Match": unknown}))[0] == 200
        story.sig("Python").create_release("v0.2.0")
        await story.rest()
        status, headers, _ = await get(story, CHART, {"If-None-Match": tag})
        assert status == 200
        assert headers["ETag"] != tag


async def test_other_sites_may_show_the_picture_and_it_may_do_nothing(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        _, headers, svg = await get(story, CHART)
        assert headers["Content-Type"] == "image/svg+xml; charset=utf-8"
        assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "status-bot"
        status, asked, text = await get(story, CHART, method="HEAD")
        assert (status, text) == (200, "")
        assert asked["Content-Length"] == str(len(svg.encode()))
        assert asked["ETag"] == headers["ETag"]


async def test_a_picture_is_drawn_once_for_each_run_however_often_it_is_asked_for(
    github: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def counted(name: str, /, **values: object) -> str:
        drawn.append(name)
        return render(name, **values)

    monkeypatch.setattr("bot.chart_gallery.render", counted)
    build(github, "Python")
    async with world(github, clock, public_url=PUBLIC_URL) as story:
        assert drawn == [], "nobody looked yet"
        for path in (CHART, CHART, address(story), f"{CHART}?v=ffffffffff"):
            assert (await get(story, path))[0] == 200
        assert len(drawn) == 1
        story.sig("Python").create_release("v0.2.0")
        await story.rest()
        answers = await asyncio.gather(*(get(story, address(story)) for _ in range(5)))
        assert [status for status, _, _ in answers] == [200] * 5
        assert len(drawn) == 2
