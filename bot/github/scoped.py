"""Calls about one repository, whose paths all begin the same."""

from __future__ import annotations

from typing import Any

from bot.github.client import Client
from bot.github.written import tell


class OneRepository:
    """A client whose paths start after ``/repos/{owner}/{name}``."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._client = client
        self._full_name = full_name
        self._owner, _, self._name = full_name.partition("/")

    def _url(self, path: str) -> str:
        return f"/repos/{{owner}}/{{name}}{path}"

    async def get(self, path: str, /, **url_vars: str) -> Any:
        """One item, or one page of items."""
        return await self._client.get(self._url(path), owner=self._owner, name=self._name, **url_vars)

    async def get_all(self, path: str, /, **url_vars: str) -> list[Any]:
        """The items of every page."""
        return await self._client.get_all(self._url(path), owner=self._owner, name=self._name, **url_vars)

    async def send(self, method: str, path: str, data: object = b"", **url_vars: str) -> Any:
        """A writing request; never repeated from here."""
        answer = await self._client.send(
            method, self._url(path), data, owner=self._owner, name=self._name, **url_vars
        )
        tell(self._full_name, method, path, data, answer, url_vars)
        return answer

    async def add(self, path: str, data: object, **url_vars: str) -> bool:
        """Make something that there is one of; whether it is new."""
        url = self._url(path)
        new = await self._client.add(url, data, owner=self._owner, name=self._name, **url_vars)
        if new:
            tell(self._full_name, "POST", path, data, None, url_vars)
        return new
