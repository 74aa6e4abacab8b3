"""Where the app that there is can be installed, for the page that tells of it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bot.github.errors import GitHubError
from bot.web.registration import install_url_of

PATIENCE_SECONDS = 3.0
"""A page is not kept waiting for GitHub any longer."""


class Named(Protocol):
    """Whoever knows the app at GitHub."""

    page: str
    """The app's own page, once its name was asked for."""

    async def slug(self) -> str:
        """The app's name in addresses."""
        ...


class InstallLink:
    """Asks GitHub for the app's name once; until it is known there is no link."""

    def __init__(self, github: Named, web_url: str) -> None:
        self._github = github
        self._web_url = web_url

    async def __call__(self) -> str:
        """The address, or ``""``."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                slug = await self._github.slug()
        except (GitHubError, TimeoutError):
            return ""
        return install_url_of(self._github.page, self._web_url, slug)
