"""Which page stands at which address."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from bot.sandbox.errors import ApiError
from bot.sandbox.records import Repository
from bot.sandbox.rest.routing import Reply
from bot.sandbox.state import State
from bot.sandbox.web import code, conversations, planning
from bot.sandbox.web.rendering import show

View = Callable[[State, Repository, dict[str, str]], Reply]
_OF_REPOSITORY: tuple[tuple[str, View], ...] = (
    ("", code.overview),
    (r"/blob/(?P<rest>.+)", code.blob),
    (r"/raw/(?P<rest>.+)", code.raw),
    (r"/commit/(?P<sha>[0-9a-f]{7,40})", code.commit),
    (r"/pulls", conversations.pulls),
    (r"/pull/(?P<number>\d+)", conversations.pull),
    (r"/issues", conversations.issues),
    (r"/issues/(?P<number>\d+)", conversations.issue),
    (r"/milestones", planning.milestones),
    (r"/milestone/(?P<number>\d+)", planning.milestone),
    (r"/releases", planning.releases),
    (r"/releases/tag/(?P<tag>.+)", planning.release),
)
_ADDRESS = re.compile(r"/(?P<full_name>[^/]+/[^/]+)(?P<rest>/.*?)?/?")


def page(state: State, path: str) -> Reply:
    """The page at a decoded path. Nobody is logged in, so private repositories are not there."""
    if path == "/":
        public = [one for one in state.repositories.values() if not one.private]
        return show("index.html", repositories=sorted(public, key=lambda one: one.full_name.lower()))
    if picture := re.fullmatch(r"/avatars/(.+)", path):
        return _avatar(picture[1])
    address = _ADDRESS.fullmatch(path)
    if address is None:
        return _missing()
    name, rest = address["full_name"], address["rest"] or ""
    repository = state.repository(name)
    moved = state.moved(name)
    if repository is None and moved and not moved.private:
        return Reply(301, b"", {"Location": quote(f"/{moved.full_name}{rest}")})
    return _missing() if repository is None or repository.private else _view(state, repository, rest)


def _view(state: State, repository: Repository, rest: str) -> Reply:
    for pattern, view in _OF_REPOSITORY:
        if match := re.fullmatch(pattern, rest):
            try:
                return view(state, repository, match.groupdict())
            except (ApiError, KeyError):
                break
    return _missing()


def _missing() -> Reply:
    return show("missing.html", 404)


def _avatar(name: str) -> Reply:
    """A disc with a letter, in a colour of one's own."""
    hue = sum(name.encode()) * 47 % 360
    letter = next((sign for sign in name.upper() if sign.isascii() and sign.isalnum()), "?")
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
        f'<rect width="40" height="40" fill="hsl({hue} 45% 45%)"/>'
        '<text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">'
        f"{letter}</text></svg>"
    )
    return Reply(200, svg.encode(), {"Content-Type": "image/svg+xml", "Cache-Control": "max-age=3600"})
