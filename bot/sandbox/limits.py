"""Rate limits: a pool of points for each asker and resource, filled again every hour."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.auth import Identity
from bot.sandbox.errors import ApiError
from bot.sandbox.state import Json, State

WINDOW_SECONDS = 3600
LIMITS = {"anonymous": 60, "app": 5000, "installation": 5000, "personal": 5000}
DOCUMENTATION = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"


@dataclass(slots=True)
class Pool:
    """What one asker has used up of one resource; ``reset`` is a Unix time in seconds."""

    limit: int
    used: int
    reset: int
    status: int = 403

    @property
    def remaining(self) -> int:
        """What is left."""
        return max(0, self.limit - self.used)

    def shape(self) -> Json:
        """As ``GET /rate_limit`` tells it."""
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}


class Limits:
    """All pools."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pools: dict[tuple[str, str], Pool] = {}

    def pool(self, identity: Identity, resource: str) -> Pool:
        """The asker's pool, filled again if its hour is over."""
        return self.pool_of(identity.key, resource, LIMITS[identity.kind])

    def pool_of(self, key: str, resource: str, limit: int = 5000) -> Pool:
        """The pool of an asker named ``installation:1`` or ``user:2``."""
        now = int(self._state.clock.now().timestamp())
        known = self._pools.get((key, resource))
        if known is None or known.reset <= now:
            kept = known.limit if known else limit
            known = self._pools[key, resource] = Pool(kept, 0, now + WINDOW_SECONDS)
        return known

    def headers(self, identity: Identity, resource: str) -> dict[str, str]:
        """The ``X-RateLimit-*`` headers."""
        pool = self.pool(identity, resource)
        return {
            "X-RateLimit-Limit": str(pool.limit),
            "X-RateLimit-Remaining": str(pool.remaining),
            "X-RateLimit-Used": str(pool.used),
            "X-RateLimit-Reset": str(pool.reset),
            "X-RateLimit-Resource": resource,
        }

    def check(self, identity: Identity, resource: str = "core") -> None:
        """Refuse who has nothing left.

        Raises:
            ApiError: 403 or 429.
        """
        pool = self.pool(identity, resource)
        if not pool.remaining:
            raise ApiError(pool.status, exceeded(identity))

    def spend(self, identity: Identity, resource: str, points: int) -> None:
        """Take points away."""
        self.pool(identity, resource).used += points


def exceeded(identity: Identity) -> str:
    """GitHub's sentence for who has nothing left."""
    kind, _, number = identity.key.partition(":")
    who = {
        "installation": f"installation ID {number}",
        "user": f"user ID {number}",
        "app": f"app ID {number}",
    }.get(kind, "127.0.0.1")
    return f"API rate limit exceeded for {who}."
