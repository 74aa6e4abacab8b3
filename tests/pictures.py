"""Makes the pictures of the documentation anew, one drawn and two photographed: ``make pictures``."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from bot.chart import chart_of
from bot.chart_picture import chart_picture
from bot.render import render
from tests.browsers import browse, find_chromium, find_modules
from tests.spring_2020 import SITE, april_page

ROOT = Path(__file__).parents[1]
CHART = ROOT / "docs/pictures/chart.svg"
PHOTOGRAPHS = ROOT / ".github/pictures"
PATIENCE_SECONDS = 120


def chart() -> str:
    """The chart of the page of April 2020, as the bot shows it in a proposal; in light and dark by itself."""
    page, _, _ = april_page()
    picture = chart_picture(chart_of(page.text, "data/progress_generated.yaml"))
    return render("pages/chart.svg.j2", name=SITE, picture=picture)


async def photograph() -> None:
    """The proposal and the dashboard at the end of the demo's day, in Chromium."""
    chromium, modules = find_chromium(), find_modules()
    command = (sys.executable, "-m", "bot", "demo")
    demo = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            proposal, dashboard = await _addresses(demo)
        jobs = [
            {
                "url": proposal,
                "file": "pull-request.png",
                "width": 1280,
                "from": "h1",
                "to": "article.comment",
            },
            {"url": dashboard, "file": "dashboard.png", "width": 900, "from": "header", "to": "section.site"},
        ]
        jobs = [{**job, "file": str(PHOTOGRAPHS / str(job["file"]))} for job in jobs]
        await browse("photograph.cjs", chromium=chromium, modules=str(modules), jobs=jobs)
    finally:
        demo.terminate()
        await demo.wait()


async def _addresses(demo: asyncio.subprocess.Process) -> tuple[str, str]:
    """Where the proposal and the dashboard are, which the demo says last."""
    assert demo.stdout is not None
    proposal = ""
    async for line in demo.stdout:
        found = re.search(r"(Look at the proposal|dashboard): +(http\S+)", line.decode())
        if found and found[1] == "dashboard":
            return proposal, found[2]
        proposal = found[2] if found else proposal
    raise EOFError("The demo ended before it said where its pages are.")


if __name__ == "__main__":
    CHART.write_text(chart(), encoding="utf-8")
    asyncio.run(photograph())
