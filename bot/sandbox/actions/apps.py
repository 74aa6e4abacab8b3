"""Apps and their installations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from bot.sandbox import events
from bot.sandbox.apps import App, Installation, Token, private_key
from bot.sandbox.records import Account, Repository
from bot.sandbox.state import State

TOKEN_LIFETIME = timedelta(hours=1)
ALWAYS_TOLD = ("installation", "installation_repositories", "ping")
"""Events that every app gets and none can subscribe to."""


def create(
    state: State,
    slug: str,
    owner: Account,
    permissions: Mapping[str, str],
    subscribed: Sequence[str],
    secret: str,
) -> App:
    """Register an app; its bot is ``slug[bot]``."""
    bot = state.add_account(f"{slug}[bot]", "Bot")
    app = App(
        id=state.ids.number(),
        slug=slug,
        name=slug,
        owner=owner,
        bot=bot,
        client_id="Iv23li" + state.secrets.text(14),
        hook_id=state.ids.number(),
        private_key=private_key(len(state.apps)),
        permissions={"metadata": "read", **permissions},
        events=[name for name in subscribed if name not in ALWAYS_TOLD],
        webhook_secret=secret,
        created_at=state.now(),
    )
    state.add_app(app)
    return app


def install(
    state: State, app: App, account: Account, repositories: Iterable[Repository] | None, by: str
) -> Installation:
    """Install an app in an account, on all repositories (None) or on some."""
    installation = Installation(
        id=state.ids.number(),
        app=app,
        account=account,
        permissions=dict(app.permissions),
        events=list(app.events),
        created_at=state.now(),
        updated_at=state.now(),
        selected=None if repositories is None else {repository.id for repository in repositories},
    )
    state.installations[installation.id] = installation
    events.installation(state, "created", installation, by, covered(state, installation))
    return installation


def accept_permissions(state: State, installation: Installation, by: str) -> None:
    """Grant an installation everything that its app asks for by now."""
    installation.permissions, installation.events = (
        dict(installation.app.permissions),
        list(installation.app.events),
    )
    installation.updated_at = state.now()
    events.installation(state, "new_permissions_accepted", installation, by)


def covered(state: State, installation: Installation) -> list[Repository]:
    """The repositories of an installation, oldest first."""
    found = state.repositories.values()
    return sorted((one for one in found if installation.covers(one)), key=lambda one: one.id)


def uninstall(state: State, installation: Installation, by: str) -> None:
    """Take an app out of an account; its tokens are worth nothing from now on."""
    listed = covered(state, installation)
    installation.deleted = True
    events.installation(state, "deleted", installation, by, listed)
    del state.installations[installation.id]


def suspend(state: State, installation: Installation, by: str) -> None:
    """Suspend an installation."""
    if installation.suspended_at is None:
        installation.suspended_at = installation.updated_at = state.now()
        installation.suspended_by = state.somebody(by).login
        events.installation(state, "suspend", installation, by, covered(state, installation))


def unsuspend(state: State, installation: Installation, by: str) -> None:
    """End a suspension."""
    if installation.suspended_at is not None:
        installation.suspended_at = installation.suspended_by = None
        installation.updated_at = state.now()
        events.installation(state, "unsuspend", installation, by, covered(state, installation))


def add_repositories(
    state: State, installation: Installation, repositories: Sequence[Repository], by: str
) -> None:
    """Let an installation see more repositories."""
    if installation.selected is None:
        installation.selected = set()
    installation.selected |= {repository.id for repository in repositories}
    installation.updated_at = state.now()
    events.installation_repositories(state, "added", installation, by, list(repositories))


def remove_repositories(
    state: State, installation: Installation, repositories: Sequence[Repository], by: str
) -> None:
    """Take repositories away from an installation."""
    if installation.selected is None:
        installation.selected = {repository.id for repository in covered(state, installation)}
    installation.selected -= {repository.id for repository in repositories}
    installation.updated_at = state.now()
    events.installation_repositories(state, "removed", installation, by, list(repositories))


def issue_token(
    state: State,
    installation: Installation,
    permissions: Mapping[str, str],
    repositories: frozenset[int] | None,
) -> Token:
    """Hand out a token of an installation; it lives for an hour."""
    token = Token(
        text="ghs_" + state.secrets.text(36),
        account=installation.app.bot,
        installation=installation,
        permissions={"metadata": "read", **permissions},
        repositories=repositories,
        expires_at=state.now() + TOKEN_LIFETIME,
    )
    state.tokens[token.text] = token
    return token


def personal_token(state: State, account: Account, scopes: Sequence[str]) -> Token:
    """Hand out a classic personal token."""
    token = Token(text="ghp_" + state.secrets.text(36), account=account, scopes=tuple(scopes))
    state.tokens[token.text] = token
    return token
