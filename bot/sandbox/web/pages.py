"""The pages that a person looks at."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.rest.routing import Reply
from bot.sandbox.state import State


def page(state: State, path: str, query: Mapping[str, str]) -> Reply:
    return Reply(404, b"Not Found", {"Content-Type": "text/html; charset=utf-8"})
