"""What can go wrong on the way from ``/setup`` to an app, in words: what happened, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A page that says no. ``again`` is whether to begin anew on ``/setup`` helps."""

    title: str
    happened: str
    next: str
    again: bool = True


ORPHAN = (
    "If GitHub has made an app meanwhile, delete it under Developer settings, GitHub Apps; "
    "or make a private key for it there and set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET yourself."
)

CLOSED = Problem(
    "An app is configured",
    "This bot has its app, so no other can be registered here, and credentials are shown only once.",
    "If you have lost them: make a new private key and set a new webhook secret in the app's settings on "
    "GitHub, put both where the bot's environment is kept, and start the bot again.",
)
NOT_LET_IN = Problem(
    "Open the link that the bot printed",
    "Only the browser that used that link first can register an app.",
    "Open the link from the terminal in which the bot was started. If it was used in another browser, "
    "go on there, or start the bot again for a new link.",
    again=False,
)
WRONG_HOST = Problem(
    "Not under this address",
    "The bot shows its setup only on the machine that it runs on, or under PUBLIC_URL.",
    "Open the address that the bot printed when it was started. To use another, set PUBLIC_URL to it and "
    "start the bot again.",
    again=False,
)
FOREIGN_FORM = Problem(
    "That form is not from here",
    "The form was not filled in on this bot's own page, or the page is from before the bot was last started.",
    "Begin anew, and fill the form in there.",
)
UNKNOWN_STATE = Problem(
    "That was not begun here",
    "GitHub's answer does not belong to a registration that this browser has begun, so it was not used.",
    f"Begin anew. {ORPHAN}",
)
STALE = Problem(
    "Too late",
    "GitHub's answer is good for an hour and for one use, and no longer is.",
    f"Begin anew. {ORPHAN}",
)
NO_CODE = Problem(
    "GitHub sent no code",
    "The address that you came back to holds no code to get the app's credentials with.",
    "Begin anew, and choose Create GitHub App on GitHub's page.",
)
NO_ANSWER = Problem(
    "GitHub does not answer",
    "The app may be registered, but the bot could not get its credentials from GitHub. "
    "GitHub's answer stays good for an hour after the app was made.",
    "Wait a minute, then reload this page.",
    again=False,
)
NO_APP = Problem(
    "GitHub's answer cannot be used",
    "The answer is not an app's credentials as GitHub describes them.",
    f"Begin anew. {ORPHAN}",
)
