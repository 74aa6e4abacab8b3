"""Who is asking, and what they may see and do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from bot.sandbox.apps import LEVELS, App, Installation, Token
from bot.sandbox.errors import ApiError, bad_credentials, forbidden, not_found
from bot.sandbox.records import ROLES, Account, Repository, Role
from bot.sandbox.state import State

MAXIMUM_JWT_SECONDS = 600
_UNDECODABLE = "A JSON web token could not be decoded"
_TRIAGE = {"issues", "pull_requests"}  # a person with the triage role may write these


@dataclass(frozen=True, slots=True)
class Identity:
    """Whoever sent a request. ``key`` tells apart whose requests are counted together."""

    kind: Literal["anonymous", "app", "installation", "personal"]
    key: str
    account: Account | None = None
    app: App | None = None
    installation: Installation | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    repositories: frozenset[int] | None = None
    scopes: tuple[str, ...] = ()
    token: str = ""

    @property
    def login(self) -> str:
        """In whose name things are done.

        Raises:
            ApiError: 401, in nobody's.
        """
        if self.account is None:
            raise ApiError(401, "Requires authentication")
        return self.account.login


ANONYMOUS = Identity("anonymous", "anonymous")


def authenticate(state: State, header: str | None) -> Identity:
    """Read an ``Authorization`` header.

    Raises:
        ApiError: 401, worded as GitHub does; 403 for a suspended installation; 404 for an unknown app.
    """
    if not header:
        return ANONYMOUS
    scheme, _, credentials = header.strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "basic":
        credentials = _password(credentials)
    elif scheme.lower() not in {"token", "bearer"}:
        raise bad_credentials()
    if credentials.count(".") == 2:  # noqa: PLR2004 - a JWT has three parts
        return _app(state, credentials)
    token = state.tokens.get(credentials)
    if token is None or (token.expires_at and token.expires_at <= state.clock.now()):
        raise bad_credentials()
    return _personal(token) if token.installation is None else _installation(token, token.installation)


def _password(credentials: str) -> str:
    try:
        user, _, password = base64.b64decode(credentials).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise bad_credentials() from None
    return password if password and password != "x-oauth-basic" else user  # noqa: S105 - GitHub's placeholder


def _personal(token: Token) -> Identity:
    account = token.account
    return Identity("personal", f"user:{account.id}", account, scopes=token.scopes, token=token.text)


def _installation(token: Token, installation: Installation) -> Identity:
    if installation.deleted:
        raise bad_credentials()
    if installation.suspended_at:
        raise forbidden("This installation has been suspended")
    return Identity(
        "installation",
        f"installation:{installation.id}",
        token.account,
        installation.app,
        installation,
        token.permissions,
        token.repositories,
        token=token.text,
    )


def _app(state: State, credentials: str) -> Identity:
    claims = _claims(credentials)
    app = _issuer(state, claims)
    _check_times(state.clock.now(), claims)
    _claims(credentials, app.public_key)
    return Identity("app", f"app:{app.id}", app.bot, app, token=credentials)


@lru_cache(maxsize=64)
def _claims(credentials: str, public_key: str | None = None) -> Mapping[str, Any]:
    """What a JWT says, held against a key where one is given. One token is shown hundreds of times.

    Raises:
        ApiError: 401, where it cannot be read, or is signed by another key.
    """
    import jwt  # noqa: PLC0415 - a tenth of a second, which only those pay who use it

    try:
        # Its times are checked by the sandbox's clock, not the machine's.
        claims: dict[str, Any] = jwt.decode(
            credentials,
            public_key or "",
            algorithms=["RS256"],
            options={
                "verify_signature": public_key is not None,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_iss": False,
            },
        )
    except jwt.InvalidTokenError:
        raise bad_credentials(_UNDECODABLE) from None
    return claims


def _issuer(state: State, claims: Mapping[str, Any]) -> App:
    issuer = claims.get("iss")
    if issuer is None:
        raise bad_credentials("Missing 'issuer' claim ('iss') in assertion")
    for app in state.apps.values():
        if str(issuer) in {str(app.id), app.client_id}:
            return app
    raise not_found("Integration not found")


def _check_times(now: datetime, claims: Mapping[str, Any]) -> None:
    present = now.timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires <= present:
        raise bad_credentials(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
            "the assertion expires"
        )
    if expires > present + MAXIMUM_JWT_SECONDS:
        raise bad_credentials("'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int | float) or issued > present:
        raise bad_credentials(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )


def reaches(identity: Identity, repository: Repository) -> bool:
    """Whether an installation token was made for the repository."""
    if identity.installation is None or not identity.installation.covers(repository):
        return False
    return identity.repositories is None or repository.id in identity.repositories


def role(state: State, identity: Identity, repository: Repository) -> Role | None:
    """What a personal token may do there: its owner's role, as far as the token's scopes go."""
    if identity.kind != "personal" or identity.account is None:
        return None
    if "repo" in identity.scopes or (not repository.private and "public_repo" in identity.scopes):
        return state.role(identity.account.login, repository)
    return None


def can_see(state: State, identity: Identity, repository: Repository) -> bool:
    """Whether the repository exists for the asker."""
    if not repository.private:
        return True
    if identity.kind == "app":
        mine = (one for one in state.installations.values() if one.app is identity.app)
        return any(one.covers(repository) for one in mine)
    return reaches(identity, repository) or role(state, identity, repository) is not None


def may(state: State, identity: Identity, repository: Repository, permission: str, level: str) -> bool:
    """Whether the asker has a permission in a repository, beyond what the public has."""
    if identity.kind == "installation":
        held = LEVELS.get(identity.permissions.get(permission, ""), 0)
        return reaches(identity, repository) and held >= LEVELS[level]
    mine = role(state, identity, repository)
    if mine is None:
        return False
    needed: Role = "read" if level == "read" else "triage" if permission in _TRIAGE else "write"
    if permission == "administration":
        needed = "admin"
    return ROLES.index(mine) >= ROLES.index(needed)


def readable(state: State, identity: Identity, repository: Repository, *permissions: str) -> bool:
    """Whether the asker may read something that the public may read where the repository is public."""
    if not repository.private:
        return True
    return any(may(state, identity, repository, permission, "read") for permission in permissions)


def can_push(state: State, identity: Identity, repository: Repository) -> bool:
    """Whether the asker may push, and so sees drafts."""
    return may(state, identity, repository, "contents", "write")
