"""What may be believed of an answer: whether it is GitHub's own, and which of our errors it means."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import unquote

import aiohttp
import gidgethub
from yarl import URL

from bot.github.errors import (
    Forbidden,
    GitHubError,
    NotFound,
    NoToken,
    Refused,
    Unauthorized,
    Unavailable,
)

MOVED = (
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
)
_PAGES = ("text/html", "application/xhtml+xml", "image/")
_JSON = "application/json"
MOST_BYTES = 100 * 2**20
"""No file and no answer of GitHub's is larger; one that never ends would fill the memory."""
_OF_CONTENTS = (b'"git_url"', b'"encoding"')
"""What a folder's listing or a file's description holds, and no page of a proxy's does."""
_OF_USE = ("content-type", "etag", "last-modified", "link")
_KINDS: Mapping[int, type[GitHubError]] = {
    **dict.fromkeys(MOVED, Refused),
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Refused,
    HTTPStatus.GONE: NotFound,
    HTTPStatus.UNPROCESSABLE_ENTITY: Refused,
}
_LIMITS_IN_WORDS = ("rate limit", "abuse detection")
SUSPENDED = "installation has been suspended"
"""How GitHub words the 403 to a token that was good a moment ago."""
_RATE_LIMITS = ("RATE_LIMIT", "RATE_LIMITED")

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """One answer as it came; the names of headers may be written in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def as_gidgethub_wants_it(self) -> tuple[int, Mapping[str, str], bytes]:
        """Without the headers that it would stumble over where they make no sense."""
        kept = {name: self.headers[name] for name in _OF_USE if name in self.headers}
        return self.status, kept, self.body

    @property
    def names_a_limit(self) -> bool:
        """Whether a refusal is not for good; GitHub gives its limits the status 403 or 429."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return True
        said = self.body[:2000].lower()
        return self.status == HTTPStatus.FORBIDDEN and (
            "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or any(words.encode() in said for words in _LIMITS_IN_WORDS)
        )

    def is_githubs(self, *, raw: bool) -> bool:
        """Whether GitHub itself can have given it; ``raw`` where a file's text was asked for.

        The page of a proxy or of a portal must not pass for a file, nor its 404 for the lack of one.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind.startswith(_PAGES):
            return False
        if raw and self.status == HTTPStatus.OK:
            # An empty file is a file, and says so. A folder, which has no text, is told as JSON; and so
            # is a file by a server that goes by another media type than the one that was asked for.
            return any(sign in self.body for sign in _OF_CONTENTS) if kind == _JSON else bool(kind)
        return True


@dataclass(frozen=True)
class GraphQLAnswer:
    """The data of a query, which may be partial, and the errors that say why."""

    data: Mapping[str, Any]
    errors: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_rate_limited(self) -> bool:
        """Whether it is a refusal that looks like a success; GitHub gives it a type, or words alone."""
        return any(
            error.get("type") in _RATE_LIMITS or ("path" not in error and _speaks_of_a_limit(error))
            for error in self.errors
        )


def _speaks_of_a_limit(error: Mapping[str, Any]) -> bool:
    said = str(error.get("message")).lower()
    return any(words in said for words in _LIMITS_IN_WORDS)


async def body_of(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer, unpacked. Raises ``Unavailable`` where it is larger than any of GitHub's."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MOST_BYTES:
            raise Unavailable(f"GitHub gave an answer of more than {MOST_BYTES // 2**20} MB.")
    return bytes(body)


def lies_within(api: str, url: str) -> bool:
    """Whether a URL lies below an API's, however either is written."""
    try:
        asked, below = URL(url), URL(f"{api.rstrip('/')}/")
    except ValueError:
        return False
    if (asked.scheme, asked.host, asked.port) != (below.scheme, below.host, below.port):
        return False
    # What somebody else may read as a way out of the API is none into it.
    steps = unquote(asked.raw_path).split("/")
    inside = asked.path.startswith(below.path) and not {".", ".."} & set(steps)
    return inside and asked.user is None and asked.password is None


def graphql_answer(answer: Answer) -> GraphQLAnswer:
    """What an answer to a GraphQL document says. Raises ``GitHubError`` where it says nothing."""
    try:
        said = json.loads(answer.body)
    except ValueError as error:
        raise Unavailable(f"GitHub gave an answer that makes no sense: {error}") from error
    said = said if isinstance(said, dict) else {}
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise error_for(answer.status, str(said.get("message", "")))
    data, errors = said.get("data"), said.get("errors")
    if data is None and errors is None and _speaks_of_a_limit(said):
        errors = [{"message": said["message"]}]  # as REST words it
    found = tuple(error for error in errors if isinstance(error, dict)) if isinstance(errors, list) else ()
    if not found and not isinstance(data, dict):
        raise Unavailable("GitHub gave an answer that makes no sense: neither data nor errors.")
    return GraphQLAnswer(data if isinstance(data, dict) else {}, found)


async def translated(call: Awaitable[T]) -> T:
    """Run a gidgethub call; what it raises becomes ours, but for a text that is not UTF-8."""
    try:
        return await call
    except gidgethub.HTTPException as error:
        raise error_for(int(error.status_code), str(error)) from error
    except UnicodeDecodeError:
        raise
    except (gidgethub.GitHubException, LookupError, TypeError, ValueError) as error:
        raise Unavailable(f"GitHub gave an answer that makes no sense: {error}") from error


@contextmanager
def making_sense() -> Iterator[None]:
    """Around what takes an answer apart: one that is not as GitHub describes it is an outage of GitHub's.

    Raises ``Unavailable`` then.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"{type(error).__name__} {error}"
        raise Unavailable(f"GitHub gave an answer that makes no sense: {what}") from error


def error_for(status: int, message: str) -> GitHubError:
    """The error that a status stands for."""
    if status == HTTPStatus.FORBIDDEN and SUSPENDED in message:
        return NoToken(f"{status} {message}")
    return _KINDS.get(status, GitHubError)(f"{status} {message}".rstrip())
