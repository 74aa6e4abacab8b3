"""The templates of the pages, and what they need of Python."""

from __future__ import annotations

import base64
import hashlib
from colorsys import rgb_to_hsv
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.sandbox.records import Issue, Milestone, PullRequest, Repository
from bot.sandbox.rest.routing import Reply
from bot.sandbox.times import iso
from bot.sandbox.web.diff import lines

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
_GREY = 6


@cache
def _style() -> str:
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """Nothing runs, nothing is fetched but pictures, a local bot's too, and only one stylesheet counts."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    pictures = "img-src 'self' https: http://127.0.0.1:*"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {pictures}; frame-ancestors 'none'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only for who looks
    from markupsafe import Markup  # noqa: PLC0415 - the same

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = Markup(_style())  # noqa: S704 - our own file
    environment.filters |= {
        "iso": iso,
        "day": _day,
        "plain": lambda login: login.removesuffix("[bot]"),
        "state_word": _state_word,
        "tint": _tint,
        "tabs": _tabs,
        "diff_lines": lines,
        "open_pulls": lambda repository: _open(repository, pulls=True),
        "open_issues": lambda repository: _open(repository, pulls=False),
    }
    environment.tests |= {
        "bot": lambda login: login.endswith("[bot]"),
        "issue": lambda item: isinstance(item, Issue) and not isinstance(item, PullRequest),
        "pull": lambda item: isinstance(item, PullRequest),
    }
    return environment


def show(template: str, status: int = 200, **values: object) -> Reply:
    """A page."""
    text = _environment().get_template(template).render(values)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Reply(status, text.encode(), headers)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def _state_word(item: Issue | Milestone) -> str:
    if isinstance(item, PullRequest):
        if item.merged:
            return "merged"
        return "draft" if item.draft and item.state == "open" else item.state
    return item.state


def _tint(color: str) -> int:
    """The nearest of a few colours that can be read on light and dark."""
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (0, 2, 4))
    hue, saturation, _ = rgb_to_hsv(red, green, blue)
    return round(hue * _GREY) % _GREY if saturation > 0.15 else _GREY  # noqa: PLR2004 - below that it looks grey


def _open(repository: Repository, *, pulls: bool) -> int:
    return sum(
        item.state == "open" and isinstance(item, PullRequest) is pulls for item in repository.issues.values()
    )


def _tabs(repository: Repository) -> list[tuple[str, str, int | None]]:
    published = sum(not release.draft for release in repository.releases.values())
    return [
        ("Code", "", None),
        ("Issues", "/issues", _open(repository, pulls=False)),
        ("Pull requests", "/pulls", _open(repository, pulls=True)),
        ("Milestones", "/milestones", len(repository.milestones)),
        ("Releases", "/releases", published),
    ]
