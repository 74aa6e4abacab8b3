"""Proposals for tests to read, and how their reviewers see them."""

from __future__ import annotations

import re
from html import unescape

from bot.marker import Marker
from bot.proposal import Places, ProposalText, describe
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
    config: SiteConfig = CONFIG,
    public_url: str | None = "https://status-bot.example.org/",
    *,
    private: bool = False,
) -> ProposalText:
    """The proposal of April 2020."""
    page, changes, made = april_page()
    places = Places(public_url=public_url, private=private)
    return describe(page, changes, made.columns, site=SITE, config=config, places=places)


def described(page: Page, changes: Changes = NO_CHANGES) -> ProposalText:
    """A proposal of any page and changes, on the ladder of 2020."""
    _, _, made = april_page()
    return describe(page, changes, made.columns, site=SITE, config=CONFIG)


def pictures(body: str) -> list[tuple[str, str]]:
    """What a body's pictures are said to show, and where they are."""
    tags = re.findall(r'<img src="([^"]*)" alt="([^"]*)"', GITHUB.render(body))
    return [(unescape(words), unescape(address)) for address, words in tags]


def sections(body: str) -> list[str]:
    """The headings of a body."""
    return re.findall(r"^### (.*)$", body, re.MULTILINE)


def table_rows(body: str) -> list[list[str]]:
    """The rows of the table of changes, as a reader sees their cells."""
    html = GITHUB.render(body).partition("<h3>")[0].partition("<details")[0]
    rows = re.findall(r"<tr>\n(.*?)</tr>", html, re.DOTALL)[1:]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]
