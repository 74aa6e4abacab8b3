"""The JSON object of a request, read field by field with GitHub's refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.sandbox.errors import ApiError
from bot.sandbox.times import parse


class Body:
    """A request's JSON object."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    @classmethod
    def parse(cls, raw: bytes) -> Body:
        """Read the bytes; none at all are an empty object.

        Raises:
            ApiError: 400, they are no JSON object.
        """
        fields = load(raw)
        if not isinstance(fields, dict):
            raise ApiError(400, "Body should be a JSON object")
        return cls(fields)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str:
        """A text that must be there.

        Raises:
            ApiError: 422.
        """
        if name not in self.fields:
            raise ApiError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return self._checked(name, self.fields[name])

    def maybe(self, name: str) -> str | None:
        """A text that may be missing or null."""
        value = self.fields.get(name)
        return None if value is None else self._checked(name, value)

    def _checked(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise _wrong(name, value, "a string")
        return value

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """A boolean that may be missing."""
        value = self.fields.get(name, otherwise)
        if not isinstance(value, bool):
            raise _wrong(name, value, "a boolean")
        return value

    def maybe_flag(self, name: str) -> bool | None:
        """A boolean, or None where it is missing."""
        return self.flag(name) if name in self.fields else None

    def integer(self, name: str) -> int | None:
        """A number that may be missing or null; a numeral in quotes counts."""
        value = self.fields.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise _wrong(name, value, "an integer")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; missing is empty."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _wrong(name, value, "an array")
        return list(value)

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A list of objects that must be there."""
        value = self.fields.get(name)
        if value is None:
            raise ApiError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise _wrong(name, value, "an array")
        return value

    def object(self, name: str) -> Body | None:
        """An object that may be missing."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        return Body(value)

    def moment(self, name: str) -> datetime | None:
        """A moment that may be missing."""
        value = self.maybe(name)
        try:
            return parse(value) if value else None
        except ValueError:
            raise _wrong(name, value, "a date-time") from None

    def choice(self, name: str, *allowed: str) -> str | None:
        """One of a few words, or None where it is missing."""
        value = self.maybe(name)
        if value is not None and value not in allowed:
            said = f"For 'properties/{name}', {value} is not a member of {json.dumps(allowed)}."
            raise ApiError(422, f"Invalid request.\n\n{said}")
        return value


def load(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of a request; nothing at all stands for an empty object.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        return json.loads(raw) if raw else {}
    except ValueError:
        raise ApiError(400, "Problems parsing JSON") from None


def _wrong(name: str, value: object, wanted: str) -> ApiError:
    shown = "nil" if value is None else json.dumps(value)
    return ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', {shown} is not {wanted}.")
