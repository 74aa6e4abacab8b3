"""The end of registering an app from a manifest: GitHub's code, for the app's credentials.

This is the one request that the bot sends as nobody. The code is as good as the key that it stands for,
so neither it nor the address that holds it is in any error or log; that is why the common client, which
says what it asked for, is not used.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

import aiohttp
import msgspec

from bot import __version__
from bot.github.errors import GitHubError, NotFound, RateLimited, Refused, Unavailable

CONVERSIONS = "/app-manifests/{code}/conversions"
"""``POST``: https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest."""
TIMEOUT = aiohttp.ClientTimeout(total=25, sock_connect=5)
MOST_BYTES = 256 * 1024
WAIT_SECONDS = 60.0
"""What GitHub asks for where it limits and names no time."""
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class _Owner(msgspec.Struct, frozen=True):
    login: str = ""


class _Answer(msgspec.Struct, frozen=True):
    """The parts of the answer that the bot has a use for; the client secret is none of them."""

    id: int
    slug: str
    pem: str
    owner: _Owner
    webhook_secret: str | None = None
    html_url: str = ""

    def __repr__(self) -> str:
        return f"_Answer({self.id})"


@dataclass(frozen=True)
class NewApp:
    """An app that was just registered; ``webhook_secret`` is ``""`` where GitHub made none."""

    app_id: int
    slug: str
    owner: str
    html_url: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


async def redeem(session: aiohttp.ClientSession, api_url: str, code: str) -> NewApp:
    """Exchange the code; it can be done once, and within the hour. Never repeated from here.

    Raises:
        NotFound: The code is stale or was used, or is none.
        RateLimited: GitHub asks to wait; the code stays good.
        Unavailable: GitHub does not answer; the code stays good, as far as anybody knows.
        GitHubError: It answers something else.
    """
    url = f"{api_url}{CONVERSIONS.replace('{code}', quote(code, safe=''))}"
    headers = {"Accept": "application/vnd.github+json", "User-Agent": f"status-bot/{__version__}"}
    try:
        async with session.post(url, headers=headers, allow_redirects=False, timeout=TIMEOUT) as response:
            status, told, body = response.status, response.headers.copy(), await _body_of(response)
    except TimeoutError:
        raise Unavailable("No answer in time.") from None
    except (aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError) as error:
        # Not chained: aiohttp's errors hold the request, and with it the code.
        raise Unavailable(f"No connection ({type(error).__name__}).") from None
    if status != HTTPStatus.CREATED:
        raise _refusal(status, told)
    try:
        return _read(msgspec.json.decode(body, type=_Answer))
    except msgspec.DecodeError:
        raise GitHubError("The answer is not what GitHub describes.") from None


async def _body_of(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise GitHubError("The answer is too large.")
    return bytes(body)


def _refusal(status: int, headers: Mapping[str, str]) -> GitHubError:
    limited = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and limited):
        return RateLimited("GitHub asks to wait.", _seconds(headers.get("retry-after", "")))
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return NotFound("GitHub does not know the code.")
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return Refused("GitHub refuses the code.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(f"GitHub answered {status}.")
    return GitHubError(f"GitHub answered {status}.")


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else WAIT_SECONDS


def _read(answer: _Answer) -> NewApp:
    if answer.id < 1 or not SLUG.fullmatch(answer.slug):
        raise GitHubError("The answer names no app.")
    return NewApp(
        app_id=answer.id,
        slug=answer.slug,
        owner=answer.owner.login,
        html_url=answer.html_url,
        private_key=answer.pem,
        webhook_secret=answer.webhook_secret or "",
    )
