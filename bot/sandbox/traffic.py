"""The record of every API request, and ways for a test to answer in the sandbox's stead."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.auth import ANONYMOUS, Identity


@dataclass(slots=True, eq=False)
class RequestRecord:
    """One request to the API.

    ``path`` is as on api.github.com (``/repos/…?per_page=100``, ``/graphql``), percent-encoded, whichever
    of the two shapes the client used. ``status`` is 0 while it runs, and stays so where the
    connection was dropped.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    request_body: bytes
    at: datetime
    identity: Identity = ANONYMOUS
    status: int = 0
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: bytes = b""
    graphql_cost: int = 0

    @property
    def authentication(self) -> str:
        """``anonymous``, ``app``, ``installation`` or ``personal``."""
        return self.identity.kind

    @property
    def permissions(self) -> Mapping[str, str]:
        """What an installation token was made for."""
        return self.identity.permissions

    @property
    def repositories(self) -> frozenset[int] | None:
        """The ids of the repositories that an installation token was narrowed to; None for all."""
        return self.identity.repositories

    @property
    def installation_id(self) -> int | None:
        """Whose token it was."""
        return self.identity.installation.id if self.identity.installation else None

    @property
    def content_type(self) -> str:
        """The answer's."""
        return self.response_headers.get("Content-Type", "")

    @property
    def sent(self) -> Any:  # noqa: ANN401 - any JSON
        """The request's body as JSON; None where it has none."""
        return json.loads(self.request_body) if self.request_body else None

    @property
    def answered(self) -> Any:  # noqa: ANN401 - any JSON
        """The answer's body as JSON; None where it has none."""
        return json.loads(self.response_body) if self.response_body else None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that a test gives: ``body`` is JSON, or bytes as they are."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Verdict = Response | None
Interceptor = Callable[[RequestRecord], Verdict | Awaitable[Verdict]]


@dataclass(slots=True)
class Latency:
    """How long an answer takes, in seconds; GraphQL adds so much for each top-level field."""

    rest_seconds: float = 0.0
    graphql_seconds: float = 0.0
    per_alias_seconds: float = 0.0

    def of(self, record: RequestRecord) -> float:
        """How long this request takes."""
        if record.path != "/graphql":
            return self.rest_seconds
        if not self.per_alias_seconds:
            return self.graphql_seconds
        return self.graphql_seconds + self.per_alias_seconds * _aliases(record.request_body)


def _aliases(body: bytes) -> int:
    from graphql import GraphQLError, get_operation_ast, parse  # noqa: PLC0415 - only where it is asked for

    try:
        operation = get_operation_ast(parse(json.loads(body)["query"]))
    except (ValueError, KeyError, TypeError, GraphQLError):
        return 0
    return len(operation.selection_set.selections) if operation else 0
