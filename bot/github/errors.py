"""What can go wrong on the way to GitHub, as few kinds as its callers tell apart.

GitHubError            any answer that is not the one asked for
├── Unavailable        5xx, no connection: try again later
│   └── TooMuch        502, 504 or no answer in time: ask for less at once
├── RateLimited        told to wait; ``retry_after_seconds`` says how long
├── Unauthorized       401: the key or the token is not, or no longer, accepted
│   └── NoApp          the key may be good, but there is no app of this id
├── NoToken            no token is to be had: the app is suspended or not installed there, or may not do that
├── Forbidden          403: the app may not do this here
├── NotFound           404 or 410: not there, or not to be seen with this token
└── Refused            409 or 422: seen, understood, and refused as things stand; or it was to be written
                       to a repository that has moved

Each says ``plainly``, without the names of private repositories, what is the matter.
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

    plainly = "GitHub gives an answer that the bot can make nothing of"


class Unavailable(GitHubError):
    """GitHub is down, out of reach or too slow; the same request may succeed later."""

    plainly = "GitHub does not answer"


class TooMuch(Unavailable):
    """GitHub did not manage the answer in its time; half the question may do."""


class RateLimited(GitHubError):
    """GitHub asks to wait before anything more is sent."""

    plainly = "GitHub asks the bot to wait"

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unauthorized(GitHubError):
    """The app's key or the token is not accepted."""

    plainly = "GitHub does not accept the bot's credentials"


class NoApp(Unauthorized):
    """There is no such app, which GitHub says where a list of its own is asked for."""

    plainly = "GitHub knows no app of this APP_ID, which may be another server's (GITHUB_API_URL)"


class NoToken(GitHubError):
    """The app cannot act there: it is suspended, no longer installed, or was not granted that.

    It says nothing of what was asked for, which may be there all the same.
    """

    plainly = "the app is suspended, or no longer installed"


class Forbidden(GitHubError):
    """The credentials are good, but do not reach this far."""

    plainly = "GitHub does not let the bot do that"


class NotFound(GitHubError):
    """Not there, or not visible to this token: GitHub does not tell the two apart."""

    plainly = "what the bot looks for is not there"


class Refused(GitHubError):
    """A conflict or a validation error, such as a branch that moved or a second pull request."""

    plainly = "somebody else was quicker time after time"
