"""Who the bot is towards GitHub: the app by its key, an installation by a narrow token, or a person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog
from cachetools import TLRUCache

from bot.clock import Clock
from bot.github.errors import Unavailable

JWT_SECONDS = 9 * 60
"""GitHub takes no app token that lives longer than ten minutes."""
CLOCK_SKEW_SECONDS = 60
TOKEN_SECONDS = 3600.0
"""An installation token lives an hour."""
RENEW_BEFORE_SECONDS = 5 * 60
"""One this close to its end is not begun with."""
MAX_TOKENS = 1000

READ: Mapping[str, str] = {
    "metadata": "read",
    "contents": "read",
    "issues": "read",
    "pull_requests": "read",
}
"""What reading facts and files takes: nothing that could change a SIG's repository."""
WRITE: Mapping[str, str] = {
    "metadata": "read",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
}
"""What proposing takes, on the site alone."""
ANSWER: Mapping[str, str] = {"metadata": "read", "issues": "write", "pull_requests": "write"}
"""What answering a comment takes, on the repository where it was written."""
PROPOSE: Mapping[str, str] = ANSWER
"""What proposing takes, on the site alone, where the commits lie in a fork: no contents."""
CHECK: Mapping[str, str] = {
    "metadata": "read",
    "checks": "write",
    "contents": "read",
    "pull_requests": "read",
}
"""What checking pull requests takes, on the site alone."""
LOOK_INTO: Mapping[str, str] = {"metadata": "read", "contents": "read"}
"""What reading a fork takes."""
COMMIT: Mapping[str, str] = {"metadata": "read", "contents": "write"}
"""What committing takes, on the fork alone."""
WORKFLOWS: Mapping[str, str] = {"workflows": "write"}
"""What bringing a fork up to date takes besides, where the site's workflows have changed."""

log = structlog.get_logger(__name__)


class Credential(Protocol):
    """Something that can prove who is asking."""

    async def authorization(self) -> str:
        """The value of the ``Authorization`` header for a request made now."""
        ...

    def forget(self, refused: str, told_at: datetime | None = None) -> bool:
        """Drop the value that was refused; true where a fresh one can be had.

        ``told_at`` is GitHub's time when it refused.
        """
        ...


@dataclass(frozen=True)
class PersonalToken:
    """A person's own token, to look before installing anything."""

    token: str = field(repr=False)

    async def authorization(self) -> str:
        """The token as it is."""
        return f"Bearer {self.token}"

    def forget(self, refused: str, told_at: datetime | None = None) -> bool:  # noqa: ARG002 - nothing is kept
        """A person's token cannot be renewed from here."""
        return False


class AppKey:
    """The app itself: RS256 tokens of a few minutes, signed with its private key."""

    def __init__(self, app_id: str, private_key: str, clock: Clock) -> None:
        self.app_id = app_id
        self._pem = private_key
        self._clock = clock
        self._token = ""
        self._renew_at = float("-inf")
        self._ahead = timedelta(0)
        """How far this machine's clock is ahead of GitHub's, as far as that matters."""

    async def authorization(self) -> str:
        """A token that is good for some minutes more."""
        if self._clock.monotonic() >= self._renew_at:
            self._token = self._sign()
            self._renew_at = self._clock.monotonic() + JWT_SECONDS - 2 * CLOCK_SKEW_SECONDS
        return f"Bearer {self._token}"

    def forget(self, refused: str, told_at: datetime | None = None) -> bool:
        """Sign anew next time, by GitHub's clock where this machine's goes wrong.

        Of several that were refused the same token, the first sees to it.
        """
        if refused == f"Bearer {self._token}":
            self._renew_at = float("-inf")
            ahead = self._clock.now() - told_at if told_at is not None else timedelta(0)
            is_wrong = abs(ahead.total_seconds()) > CLOCK_SKEW_SECONDS
            self._ahead = ahead if is_wrong else timedelta(0)
            if is_wrong:
                log.warning("this machine's clock is wrong", seconds_ahead=round(ahead.total_seconds()))
        return True

    def _sign(self) -> str:
        # PyJWT costs 110 ms to import, which a start must not pay before it has to.
        import jwt  # noqa: PLC0415

        issued = int((self._clock.now() - self._ahead).timestamp()) - CLOCK_SKEW_SECONDS
        claims = {"iat": issued, "exp": issued + JWT_SECONDS, "iss": self.app_id}
        return jwt.encode(claims, _checked(self._pem), algorithm="RS256")


@lru_cache(maxsize=4)
def _checked(pem: str) -> Any:
    """The key, ready to sign. Checking it takes 35 ms, in which nothing else is done: once is enough."""
    import jwt  # noqa: PLC0415 - the same

    return jwt.get_algorithm_by_name("RS256").prepare_key(pem)


@dataclass(frozen=True)
class Scope:
    """What an installation token may do: ``repository_ids`` empty means all that it was given."""

    installation_id: int
    repository_ids: tuple[int, ...]
    permissions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Minted:
    token: str = field(repr=False)
    good_for_seconds: float


Mint = Callable[[int, dict[str, Any]], Awaitable[Mapping[str, Any]]]
"""``POST /app/installations/{id}/access_tokens`` with this body."""


class InstallationTokens:
    """Installation tokens, minted as narrow as their use and kept until shortly before their end."""

    def __init__(self, mint: Mint, clock: Clock) -> None:
        self._mint = mint
        self._clock = clock
        # By the clock that nobody sets: how long a token lives is known, whatever the time is.
        self._tokens: TLRUCache[Scope, _Minted] = TLRUCache(
            MAX_TOKENS, ttu=lambda _scope, minted, now: now + minted.good_for_seconds, timer=clock.monotonic
        )
        self._minting: WeakValueDictionary[Scope, asyncio.Lock] = WeakValueDictionary()

    async def token(self, scope: Scope) -> str:
        """A token of this scope. Raises ``GitHubError`` where none can be had."""
        async with self._minting.setdefault(scope, asyncio.Lock()):
            minted = self._tokens.get(scope)
            if minted is None:
                body: dict[str, Any] = {"permissions": dict(scope.permissions)}
                if scope.repository_ids:
                    body["repository_ids"] = list(scope.repository_ids)
                minted = self._read(await self._mint(scope.installation_id, body))
                self._tokens[scope] = minted
        return minted.token

    def _read(self, answer: object) -> _Minted:
        told = answer if isinstance(answer, Mapping) else {}
        token = told.get("token")
        if not isinstance(token, str) or not token:
            raise Unavailable("GitHub gave an answer without a token.")
        try:
            expires_at = datetime.fromisoformat(told["expires_at"])
            left = (expires_at - self._clock.now()).total_seconds()
        except (LookupError, TypeError, ValueError):
            left = TOKEN_SECONDS  # how long a token lives is known
        lives = left if 0 < left < TOKEN_SECONDS else TOKEN_SECONDS
        return _Minted(token, max(lives - RENEW_BEFORE_SECONDS, 0.0))

    def forget(self, scope: Scope, refused: str) -> None:
        """Drop a token that was refused before its time (revoked, or the app was suspended).

        Of several that were refused the same token, the first makes way for a new one.
        """
        minted = self._tokens.get(scope)
        if minted is not None and minted.token == refused:
            del self._tokens[scope]


@dataclass(frozen=True)
class InstallationToken:
    """One scope's token as a credential."""

    tokens: InstallationTokens = field(repr=False)
    scope: Scope

    async def authorization(self) -> str:
        """The token of the hour."""
        return f"Bearer {await self.tokens.token(self.scope)}"

    def forget(self, refused: str, told_at: datetime | None = None) -> bool:  # noqa: ARG002 - a token knows no time
        """Mint anew next time."""
        self.tokens.forget(self.scope, refused.removeprefix("Bearer "))
        return True
