"""What a handler is given, what it answers, and the table that finds the handler of a path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlencode

from bot.sandbox.auth import Identity, can_push, may
from bot.sandbox.deliveries import Deliveries
from bot.sandbox.errors import DOCUMENTATION, ApiError, not_found
from bot.sandbox.limits import Limits
from bot.sandbox.records import Repository
from bot.sandbox.rest.body import Body
from bot.sandbox.state import State

T = TypeVar("T")
PER_PAGE, MOST_PER_PAGE = 30, 100
_PARAMETER = re.compile(r"\{(\w+)(\*?)\}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``body`` is JSON unless it is bytes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One request, with all that its handler needs."""

    state: State
    limits: Limits
    deliveries: Deliveries
    identity: Identity
    method: str
    path: str
    base_url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes
    params: dict[str, str] = field(default_factory=dict)
    found: Repository | None = None
    _body: Body | None = None

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        if self.found is None:
            raise not_found()
        return self.found

    @property
    def login(self) -> str:
        """In whose name it is done."""
        return self.identity.login

    @property
    def body(self) -> Body:
        """The JSON object that was sent.

        Raises:
            ApiError: 400, it is none.
        """
        if self._body is None:
            self._body = Body.parse(self.raw_body)
        return self._body

    def number(self, name: str) -> int:
        """A number in the path."""
        return int(self.params[name])

    def may(self, permission: str, level: str) -> bool:
        """Whether the asker holds a permission in the repository."""
        return may(self.state, self.identity, self.repository, permission, level)

    def can_push(self) -> bool:
        """Whether the asker may push, and so sees drafts."""
        return can_push(self.state, self.identity, self.repository)

    def accepts(self, kind: str) -> bool:
        """Whether a media type such as ``raw`` is asked for."""
        return any(
            re.fullmatch(rf"application/vnd\.github\.(v3\.)?{kind}(\+json)?", part.partition(";")[0].strip())
            for part in self.headers.get("Accept", "").split(",")
        )

    def page(self, items: Sequence[T], shape: Callable[[T], Any]) -> Reply:
        """The asked-for page of a list, with the links to the others."""
        size, number = self.page_size(), max(1, _integer(self.query.get("page"), 1))
        last = max(1, -(-len(items) // size))
        links: dict[str, int] = {}
        if number < last:
            links |= {"next": number + 1, "last": last}
        if number > 1:
            links |= {"prev": min(number - 1, last), "first": 1}
        shown = items[(number - 1) * size : number * size]
        headers = (
            {"Link": ", ".join(self.link(page=page, rel=rel) for rel, page in links.items())} if links else {}
        )
        return Reply(200, [shape(item) for item in shown], headers)

    def page_size(self) -> int:
        """How many the asker wants on a page."""
        size = _integer(self.query.get("per_page"), PER_PAGE)
        return min(MOST_PER_PAGE, size) if size > 0 else PER_PAGE

    def link(self, *, rel: str, **changes: object) -> str:
        """An entry of a ``Link`` header: this request with other parameters."""
        query = dict(self.query) | {name: str(value) for name, value in changes.items()}
        return f'<{self.base_url}{quote(self.path)}?{urlencode(query)}>; rel="{rel}"'


def _integer(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else otherwise


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    ``needs`` are the permissions of which one suffices, as in ``X-Accepted-GitHub-Permissions``.
    ``audience`` says whom it serves: ``app`` (a JWT), ``installation`` (its token), ``anyone`` but apps, or
    ``public``. ``open_to_users`` lets every person do it where the repository is public, as everybody may
    open an issue.
    """

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    needs: tuple[tuple[str, str], ...]
    docs: str
    audience: str = "anyone"
    open_to_users: bool = False

    @property
    def documentation_url(self) -> str:
        """The page that describes it."""
        return f"{DOCUMENTATION}/{self.docs}"

    @property
    def accepted(self) -> str:
        """The header's value."""
        return "; ".join(f"{name}={level}" for name, level in self.needs)


class Routes:
    """The operations of one area."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def add(
        self,
        method: str,
        path: str,
        needs: str = "",
        *,
        docs: str,
        audience: str = "anyone",
        open_to_users: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a handler.

        Args:
            method: The HTTP method.
            path: With ``{name}`` for one segment and ``{name*}`` for the rest, slashes included.
            needs: ``contents=read``, with ``; `` between alternatives.
            docs: The page below https://docs.github.com/rest.
            audience: ``app``, ``installation`` or ``anyone``.
            open_to_users: Whether every person may, in a public repository.
        """
        pairs = (part.partition("=") for part in needs.split("; ") if part)
        parsed = tuple((name, level) for name, _, level in pairs)

        def register(handler: Handler) -> Handler:
            route = Route(method, _compile(path), handler, parsed, docs, audience, open_to_users)
            self.all.append(route)
            return handler

        return register


def _compile(path: str) -> re.Pattern[str]:
    def group(match: re.Match[str]) -> str:
        name, rest = match.groups()
        kind = ".*" if rest else r"\d+" if name.endswith(("_number", "_id")) else "[^/]+"
        return f"(?P<{name}>{kind})"

    return re.compile(_PARAMETER.sub(group, path))


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The operation of a method and a decoded path.

    Raises:
        ApiError: 404.
    """
    for route in routes:
        if route.method == method and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    raise not_found()


def decode(raw_path: str) -> str:
    """A path as it was sent, made readable: GitHub takes ``a/b`` and ``a%2Fb`` for the same branch."""
    return unquote(raw_path)


__all__ = ["ApiError", "Call", "Handler", "Reply", "Route", "Routes", "decode", "find"]
