"""Who the bot is towards GitHub: the app by its key, an installation by a narrow token, or a person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from cachetools import TLRUCache

from bot.clock import Clock

JWT_SECONDS = 9 * 60
"""GitHub takes no app token that lives longer than ten minutes."""
CLOCK_SKEW_SECONDS = 60
RENEW_BEFORE_SECONDS = 5 * 60
"""An installation token lives an hour; one this close to its end is not begun with."""
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
LOOK_INTO: Mapping[str, str] = {"metadata": "read", "contents": "read"}
"""What reading a fork takes."""
COMMIT: Mapping[str, str] = {"metadata": "read", "contents": "write"}
"""What committing takes, on the fork alone."""
WORKFLOWS: Mapping[str, str] = {"workflows": "write"}
"""What bringing a fork up to date takes besides, where the site's workflows have changed."""


class Credential(Protocol):
    """Something that can prove who is asking."""

    async def authorization(self) -> str:
        """The value of the ``Authorization`` header for a request made now."""
        ...

    def forget(self) -> bool:
        """Drop what was refused; true where a fresh one can be had."""
        ...


@dataclass(frozen=True)
class PersonalToken:
    """A person's own token, to look before installing anything."""

    token: str = field(repr=False)

    async def authorization(self) -> str:
        """The token as it is."""
        return f"Bearer {self.token}"

    def forget(self) -> bool:
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

    async def authorization(self) -> str:
        """A token that is good for some minutes more."""
        if self._clock.monotonic() >= self._renew_at:
            self._token = self._sign()
            self._renew_at = self._clock.monotonic() + JWT_SECONDS - 2 * CLOCK_SKEW_SECONDS
        return f"Bearer {self._token}"

    def forget(self) -> bool:
        """Sign anew next time: the machine's clock may have been put right."""
        self._renew_at = float("-inf")
        return True

    def _sign(self) -> str:
        # PyJWT costs 110 ms to import, which a start must not pay before it has to.
        import jwt  # noqa: PLC0415

        issued = int(self._clock.now().timestamp()) - CLOCK_SKEW_SECONDS
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
    expires_at: datetime


Mint = Callable[[int, dict[str, Any]], Awaitable[Mapping[str, Any]]]
"""``POST /app/installations/{id}/access_tokens`` with this body."""


class InstallationTokens:
    """Installation tokens, minted as narrow as their use and kept until shortly before their end."""

    def __init__(self, mint: Mint, clock: Clock) -> None:
        self._mint = mint
        self._clock = clock
        self._tokens: TLRUCache[Scope, _Minted] = TLRUCache(
            MAX_TOKENS, ttu=self._time_to_renew, timer=self._timestamp
        )
        self._minting = asyncio.Lock()

    def _timestamp(self) -> float:
        return self._clock.now().timestamp()

    @staticmethod
    def _time_to_renew(_scope: Scope, minted: _Minted, _now: float) -> float:
        return minted.expires_at.timestamp() - RENEW_BEFORE_SECONDS

    async def token(self, scope: Scope) -> str:
        """A token of this scope. Raises ``GitHubError`` where none can be had."""
        async with self._minting:
            minted = self._tokens.get(scope)
            if minted is None:
                body: dict[str, Any] = {"permissions": dict(scope.permissions)}
                if scope.repository_ids:
                    body["repository_ids"] = list(scope.repository_ids)
                answer = await self._mint(scope.installation_id, body)
                minted = _Minted(answer["token"], datetime.fromisoformat(answer["expires_at"]))
                self._tokens[scope] = minted
        return minted.token

    def forget(self, scope: Scope) -> None:
        """Drop a token that was refused before its time (revoked, or the app was suspended)."""
        self._tokens.pop(scope, None)


@dataclass(frozen=True)
class InstallationToken:
    """One scope's token as a credential."""

    tokens: InstallationTokens = field(repr=False)
    scope: Scope

    async def authorization(self) -> str:
        """The token of the hour."""
        return f"Bearer {await self.tokens.token(self.scope)}"

    def forget(self) -> bool:
        """Mint anew next time."""
        self.tokens.forget(self.scope)
        return True
