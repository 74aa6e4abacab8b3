"""Refusals, worded and numbered as GitHub words and numbers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"
NOT_ACCESSIBLE = "Resource not accessible by integration"


class ApiError(Exception):
    """A request that is refused: HTTP status, message, and the details GitHub lists under ``errors``."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Mapping[str, Any] | str] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self, documentation_url: str = DOCUMENTATION) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = [dict(error) if isinstance(error, Mapping) else error for error in self.errors]
        return {**body, **self.extra, "documentation_url": documentation_url, "status": str(self.status)}


def not_found(message: str = "Not Found") -> ApiError:
    """404, also for what the asker must not know of."""
    return ApiError(404, message)


def forbidden(message: str = NOT_ACCESSIBLE) -> ApiError:
    """403 for what may be seen but not done."""
    return ApiError(403, message)


def bad_credentials(message: str = "Bad credentials") -> ApiError:
    """401."""
    return ApiError(401, message)


def conflict(message: str) -> ApiError:
    """409."""
    return ApiError(409, message)


def unprocessable(message: str) -> ApiError:
    """422 with nothing but a message."""
    return ApiError(422, message)


def invalid(resource: str, field: str, code: str = "invalid", *, value: str | None = None) -> ApiError:
    """422 "Validation Failed" that names the field."""
    error: dict[str, Any] = {"resource": resource, "field": field, "code": code}
    if value is not None:
        error["value"] = value
    return ApiError(422, "Validation Failed", errors=[error])


def custom(resource: str, message: str, field: str | None = None) -> ApiError:
    """422 "Validation Failed" with GitHub's code ``custom``, a sentence, and the field if it names one."""
    error = {"resource": resource, "code": "custom", "message": message}
    if field is not None:
        error["field"] = field
    return ApiError(422, "Validation Failed", errors=[error])
