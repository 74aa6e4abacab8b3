"""Draws the pictures of the documentation anew: ``make pictures``."""

from __future__ import annotations

from pathlib import Path

from bot.chart import chart_of
from bot.chart_picture import chart_picture
from bot.render import render
from tests.spring_2020 import SITE, april_page

CHART = Path(__file__).parents[1] / "docs/pictures/chart.svg"


def chart() -> str:
    """The chart of the page of April 2020, as the bot shows it in a proposal; in light and dark by itself."""
    page, _, _ = april_page()
    picture = chart_picture(chart_of(page.text, "data/progress_generated.yaml"))
    return render("pages/chart.svg.j2", name=SITE, picture=picture)


if __name__ == "__main__":
    CHART.write_text(chart(), encoding="utf-8")
