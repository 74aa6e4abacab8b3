"""Apps registered from a manifest: what GitHub asks of one, and the code that its credentials are had for.

See https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from bot.sandbox.actions import apps
from bot.sandbox.apps import App
from bot.sandbox.errors import not_found
from bot.sandbox.records import Account
from bot.sandbox.state import State

CODE_LIFETIME = timedelta(hours=1)
LONGEST_NAME = 34


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The webhook; GitHub wants its address even where it is switched off, and makes the secret itself."""

    url: str
    active: bool = True


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be written in a manifest."""

    url: str
    redirect_url: str
    name: str = ""
    hook_attributes: Hook | None = None
    callback_urls: tuple[str, ...] = ()
    setup_url: str = ""
    description: str = ""
    public: bool = True
    default_events: tuple[str, ...] = ()
    default_permissions: Mapping[str, str] = {}
    request_oauth_on_install: bool = False
    setup_on_update: bool = False


class RefusedError(Exception):
    """An app cannot be registered like this; the sentence stands on GitHub's own page."""


def read(text: str) -> Manifest:
    """A manifest as it was sent.

    Raises:
        RefusedError: It is none.
    """
    try:
        return msgspec.json.decode(text.encode(), type=Manifest)
    except msgspec.DecodeError as error:
        raise RefusedError(f"Invalid GitHub App configuration: {error}.") from error


def register(state: State, owner: Account, manifest: Manifest, name: str) -> str:
    """Register an app under a name; gives the code for its credentials, good for an hour.

    Raises:
        RefusedError: There is something the matter with the name.
    """
    name = name.strip()
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug or len(name) > LONGEST_NAME:
        raise RefusedError(f"Name must have from 1 to {LONGEST_NAME} characters.")
    if state.app_by_slug(slug) or state.account(slug):
        raise RefusedError("Name is already taken.")
    hook = manifest.hook_attributes
    secret = state.secrets.hexadecimal(40) if hook else ""
    made = apps.create(state, slug, owner, manifest.default_permissions, manifest.default_events, secret)
    made.name, made.description, made.homepage = name, manifest.description, manifest.url
    made.setup_url, made.public = manifest.setup_url, manifest.public
    made.on_url = state.greet
    made.webhook_url = hook.url if hook and hook.active else None
    code = state.secrets.hexadecimal(40)
    state.codes[code] = made, state.clock.now() + CODE_LIFETIME
    return code


def redeem(state: State, code: str) -> App:
    """The app that a code was made for, once.

    Raises:
        ApiError: 404, there is no such code, or it was used, or its hour is over.
    """
    made, until = state.codes.pop(code, (None, state.clock.now()))
    if made is None or until <= state.clock.now():
        raise not_found()
    return made
