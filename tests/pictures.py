"""Draws and photographs the pictures of the documentation anew: ``make pictures``.

They show the end of the demo's day. The chart is the one that the bot serves as ``/chart/OWNER/REPO.svg``,
once for light pages and once for dark ones. The proposal, as the sandbox GitHub shows it, and the dashboard
are photographed in Chromium, and the files made smaller by ``pngquant`` where that is on the path.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
import structlog

from benchmarks.oracle import facts_of
from bot.chart import chart_of
from bot.chart_picture import chart_picture
from bot.demo import DAY
from bot.render import render
from bot.sandbox import Repo, Sandbox, spring_2020
from bot.sandbox.spring_2020 import OUTPUT, SITE, SOURCE
from bot.status.datafile import read_source
from bot.status.facts import Facts
from bot.status.page import compute_page
from tests.browsers import browse, find_chromium, find_modules
from tests.clocks import FakeClock, in_place
from tests.spring_day import lived
from tests.world import CHECKING, free_port, world

FOLDER = Path(__file__).parents[1] / "docs/pictures"
MORNING = datetime(2020, 4, 15, 8, 30, tzinfo=UTC)
ASKS_THE_READER = "@media (prefers-color-scheme: dark)"
"""By which the chart tells light from dark. On GitHub the reader's choice there is what counts."""
ALWAYS = {"light": "@media not all", "dark": "@media all"}
DESCRIPTION_ALONE = "aside { display: none } .columns { display: block }"
"""Of a proposal's page, what stands beside its description is left out."""


def chart() -> str:
    """The chart as the bot serves it after that day, in light and dark by itself."""
    github = Sandbox(FakeClock(MORNING))
    spring_2020.build(github)
    for hour in DAY:
        hour.happen(github)
    source = read_source(github.repository(SITE).file(SOURCE) or "")
    facts = {sig.repository: facts_of("", _followed(github, sig.repository)) for sig in source.sigs}
    page = compute_page(source, Facts(repositories=facts))
    return render("pages/chart.svg.j2", name=SITE, picture=chart_picture(chart_of(page.text, OUTPUT)))


def _followed(github: Sandbox, full_name: str) -> Repo:
    """A repository by its name, or by one that it once had."""
    record = github.state.repository(full_name) or github.state.moved(full_name)
    assert record is not None, full_name
    return github.repository(record.full_name)


def charts() -> dict[Path, str]:
    """The chart as it is kept: one file for pages that are light, and one for those that are dark."""
    served = chart()
    return {
        FOLDER / f"chart-{scheme}.svg": served.replace(ASKS_THE_READER, decided)
        for scheme, decided in ALWAYS.items()
    }


async def photograph() -> list[Path]:
    """Photograph the proposal and the dashboard, each in light and dark; gives the files."""
    clock, port = FakeClock(MORNING), free_port()
    github = Sandbox(clock)
    spring_2020.build(github)
    with mock.patch.object(asyncio, "to_thread", in_place):
        public_url = f"http://127.0.0.1:{port}"
        async with world(github, clock, port=port, public_url=public_url, permissions=CHECKING) as story:
            await lived(story)
            pull = f"{github.state.url}/{SITE}/pull/{story.the_proposal().number}"
            seen = await browse(
                "photograph.cjs",
                chromium=find_chromium(),
                modules=str(find_modules()),
                folder=str(FOLDER),
                jobs=[
                    {
                        "name": "pull-request",
                        "url": pull,
                        "width": 880,
                        "across": 720,
                        "shown": ["h1", ".comment"],
                        "style": DESCRIPTION_ALONE,
                    },
                    {
                        "name": "dashboard",
                        "url": f"{public_url}/",
                        "width": 760,
                        "across": 560,
                        "shown": ["header", "main"],
                        "style": "",
                    },
                ],
            )
    return [Path(file) for file in seen["files"]]


def shrink(picture: Path) -> None:
    """Write a picture with 256 colours, which is all that it has but for the edges of its letters."""
    if tool := shutil.which("pngquant"):
        subprocess.run([tool, "--force", "--strip", "--ext", ".png", picture], check=True)  # noqa: S603 - ours


def main() -> None:
    """Make all of them anew."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for path, text in charts().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    try:
        photographs = asyncio.run(photograph())
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        sys.exit(f"The charts are drawn, but nothing is photographed. {error}")
    for picture in photographs:
        shrink(picture)


if __name__ == "__main__":
    main()
