"""What the app asks of GitHub (``app.yml``) and of its host (the environment), for those who set it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from bot.settings import GITHUB_API_URL, Settings

_INSTALLED = Path(__file__).parent.parent / "app.yml"
_CHECKOUT = Path(__file__).parent.parent.parent / "app.yml"


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where GitHub delivers to."""

    url: str
    active: bool = True


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GitHub's app manifest, as far as the bot uses it.

    See https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest.
    """

    name: str
    description: str
    url: str
    public: bool
    hook_attributes: Hook
    default_permissions: dict[str, Literal["read", "write"]]
    default_events: tuple[str, ...]


REASONS: dict[str, str] = {
    "checks": "to check pull requests that touch the status page's files",
    "contents": "to read the site's files and the SIGs' releases, and to commit to the bot's own branch",
    "issues": "to read milestones, report mistakes, answer commands and label the pull request",
    "metadata": "GitHub asks it of every app",
    "pull_requests": "to open the pull request and keep it up to date",
}
"""What each permission is for."""


@dataclass(frozen=True)
class Variable:
    """One variable of the environment, in words; ``default`` is ``""`` where there is none."""

    name: str
    what: str
    default: str = ""
    required: bool = False


@dataclass(frozen=True)
class AppView:
    """What somebody needs to know who sets the app up."""

    name: str
    description: str
    permissions: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    variables: tuple[Variable, ...]
    reasons: Mapping[str, str]


VARIABLES = (
    Variable("APP_ID", "the App ID from the app's settings page", required=True),
    Variable(
        "PRIVATE_KEY",
        "the app's private key (PEM, line ends may be written as \\n), unless PRIVATE_KEY_PATH is set",
        required=True,
    ),
    Variable("PRIVATE_KEY_PATH", "in place of PRIVATE_KEY: the file that holds the key"),
    Variable(
        "WEBHOOK_SECRET", "the webhook secret; several, comma-separated, while it is replaced", required=True
    ),
    Variable("HOST", "the address to listen on", Settings.host),
    Variable("PORT", "the port to listen on", str(Settings.port)),
    Variable("PUBLIC_URL", "the URL under which the world reaches the bot"),
    Variable("WEBHOOK_PROXY_URL", "a channel of smee.io that deliveries are fetched from, to develop"),
    Variable("GITHUB_API_URL", "the API; of GitHub Enterprise Server https://HOST/api/v3", GITHUB_API_URL),
    Variable("LOG_LEVEL", "debug, info, warning or error", Settings.log_level),
    Variable("LOG_FORMAT", "text or json", Settings.log_format),
    Variable("RESYNC_MINUTES", "how often every site is looked at anew", f"{Settings.resync_minutes:g}"),
    Variable(
        "DEBOUNCE_SECONDS",
        "how long it must be quiet before a site is reconciled",
        f"{Settings.debounce_seconds:g}",
    ),
)


@cache
def read_manifest() -> Manifest:
    """The app's manifest, from inside the installed package or beside it in a checkout."""
    path = _INSTALLED if _INSTALLED.is_file() else _CHECKOUT
    return msgspec.yaml.decode(path.read_bytes(), type=Manifest)


def app_view() -> AppView:
    """The manifest and the environment as a page shows them."""
    manifest = read_manifest()
    return AppView(
        name=manifest.name,
        description=manifest.description,
        permissions=tuple(sorted(manifest.default_permissions.items())),
        events=manifest.default_events,
        variables=VARIABLES,
        reasons=REASONS,
    )
