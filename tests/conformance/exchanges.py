"""A request and its answer, as the oracles see them, and what they may find wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import msgspec

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class NoJsonError(ValueError):
    """A body that should be JSON and is none; it has been noted already."""


@dataclass(frozen=True)
class Exchange:
    """One request to the API and its answer. ``target`` is the path with its query, percent-encoded.

    ``sent`` and ``answered`` are the bodies as they went over the wire; ``answered`` is ``None``
    where the answer is not GitHub's, so that only the request counts.
    """

    method: str
    target: str
    sent: bytes
    status: int
    answered: bytes | None
    content_type: str = "application/json; charset=utf-8"

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    def __str__(self) -> str:
        return f"{self.method} {self.target} -> {self.status}"

    @property
    def for_people(self) -> bool:
        """Whether the answer is a page to look at, which no schema describes."""
        return self.answered is not None and self.media_type == "text/html"


@dataclass(frozen=True)
class Deviation:
    """One point where an exchange is not as GitHub describes it."""

    operation: str
    """The method and the path's template, or the name of the GraphQL operation."""
    exchange: str
    """The request line and the answer's status."""
    where: str
    """The part of the exchange and, in a body, the JSON pointer."""
    message: str

    def __str__(self) -> str:
        return f"{self.operation}\n    {self.exchange}\n    {self.where}: {self.message}"


class Findings:
    """Collects what is wrong with one exchange."""

    def __init__(self, operation: str, exchange: str) -> None:
        self._operation = operation
        self._exchange = exchange
        self.deviations: list[Deviation] = []

    def add(self, where: str, message: str, pointer: Sequence[str | int] = ()) -> None:
        """Note one; a message that quotes a whole document is shortened."""
        if pointer:
            where += " /" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
        if len(message) > 400:
            message = f"{message[:250]} … {message[-150:]}"
        self.deviations.append(Deviation(self._operation, self._exchange, where, message))

    def body(self, where: str, content: bytes) -> Json:
        """A body as JSON; where it is none that is noted, and ``NoJsonError`` raised."""
        try:
            parsed: Json = msgspec.json.decode(content)
        except ValueError as error:
            self.add(where, f"is no JSON: {error}")
            raise NoJsonError from error
        return parsed
