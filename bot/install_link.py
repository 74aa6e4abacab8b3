"""Where the app that there is can be installed, for the page that tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from bot.clock import Clock
from bot.github.errors import GitHubError
from bot.web.registration import install_url_of

PATIENCE_SECONDS = 3.0
"""A page is not kept waiting for GitHub any longer."""
ARRIVALS_SECONDS = 60.0
"""A look for new sites is a few requests for each installation."""


class Named(Protocol):
    """Whoever knows the app at GitHub."""

    page: str
    """The app's own page, once its name was asked for."""

    async def slug(self) -> str:
        """The app's name in addresses."""
        ...


class Arrivals:
    """Whoever comes back from installing the app has its sites looked for, which GitHub may not tell of.

    A bot on somebody's own machine has no webhook. Anybody can open that page: it is done now and then only.
    """

    def __init__(self, look: Callable[[], None], clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._last = -ARRIVALS_SECONDS

    def __call__(self) -> None:
        """Somebody says so."""
        now = self._clock.monotonic()
        if now - self._last >= ARRIVALS_SECONDS:
            self._last = now
            self._look()


class InstallLink:
    """Asks GitHub for the app's name once; until it is known there is no link."""

    def __init__(self, github: Named, web_url: str, arrived: Callable[[], None]) -> None:
        self._github = github
        self._web_url = web_url
        self._arrived = arrived

    async def __call__(self, back: bool) -> str:  # noqa: FBT001 - there is nothing else to be told
        """The address, or ``""``; ``back`` tells that somebody says to come from there."""
        if back:
            self._arrived()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                slug = await self._github.slug()
        except (GitHubError, TimeoutError):
            return ""
        return install_url_of(self._github.page, self._web_url, slug)
