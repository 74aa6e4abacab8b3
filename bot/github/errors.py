"""What can go wrong on the way to GitHub, as few kinds as its callers tell apart.

GitHubError            any answer that is not the one asked for
├── Unavailable        5xx, no connection: try again later
│   └── TooMuch        502, 504 or no answer in time: ask for less at once
├── RateLimited        told to wait; ``retry_after_seconds`` says how long
├── Unauthorized       401: the key or the token is not, or no longer, accepted
├── Forbidden          403: the app may not do this here
├── NotFound           404 or 410: not there, or not to be seen with this token
└── Refused            409 or 422: seen, understood, and refused as things stand
"""

from __future__ import annotations

from bot.logs import Redactor

LASTING_TYPES = ("NOT_FOUND", "FORBIDDEN")
"""The types of GraphQL errors that will not be gone in a minute."""


class GitHubError(Exception):
    """GitHub gave another answer than the one asked for.

    Its words end up in comments and on pages: what looks like a credential in them is taken out.
    """

    def __init__(self, message: str) -> None:
        super().__init__(Redactor().redact(message))


class Unavailable(GitHubError):
    """GitHub is down, out of reach or too slow; the same request may succeed later."""


class TooMuch(Unavailable):
    """GitHub did not manage the answer in its time; half the question may do."""


class RateLimited(GitHubError):
    """GitHub asks to wait before anything more is sent."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unauthorized(GitHubError):
    """The app's key or the token is not accepted."""


class Forbidden(GitHubError):
    """The credentials are good, but do not reach this far."""


class NotFound(GitHubError):
    """Not there, or not visible to this token: GitHub does not tell the two apart."""


class Refused(GitHubError):
    """A conflict or a validation error, such as a branch that moved or a second pull request."""
