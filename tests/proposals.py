"""Proposals for tests to read, and how their reviewers see them."""

from __future__ import annotations

import re

from bot.marker import Marker
from bot.proposal import ProposalText, describe
from bot.site import SiteConfig
from bot.status.changes import Changes
from bot.status.page import Page
from tests.attacks import GITHUB
from tests.spring_2020 import SITE, april_page

MARKER = Marker(digest="f" * 64, commit="a" * 40, remarks="b" * 16)
CONFIG = SiteConfig()
NOTHING = "\N{EN DASH}"
NO_CHANGES = Changes(())


def april(
    config: SiteConfig = CONFIG, public_url: str | None = "https://status-bot.example.org/"
) -> ProposalText:
    """The proposal of April 2020."""
    page, changes, made = april_page()
    return describe(page, changes, made.columns, site=SITE, config=config, public_url=public_url)


def described(page: Page, changes: Changes = NO_CHANGES) -> ProposalText:
    """A proposal of any page and changes, on the ladder of 2020."""
    _, _, made = april_page()
    return describe(page, changes, made.columns, site=SITE, config=CONFIG)


def sections(body: str) -> list[str]:
    """The headings of a body."""
    return re.findall(r"^### (.*)$", body, re.MULTILINE)


def table_rows(body: str) -> list[list[str]]:
    """The rows of the table of changes, as a reader sees their cells."""
    html = GITHUB.render(body).partition("<h3>")[0].partition("<details")[0]
    rows = re.findall(r"<tr>\n(.*?)</tr>", html, re.DOTALL)[1:]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]
