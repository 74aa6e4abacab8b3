"""Who may change things by a command. GitHub is asked; what it said holds for a minute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cachetools import TTLCache

from bot.clock import Clock
from bot.github.hub import GitHub
from bot.github.roles import ROLES, role_of

REMEMBERED_SECONDS = 60.0
MAX_REMEMBERED = 10_000


@dataclass(frozen=True)
class Place:
    """A repository on which a role counts, and the installation through which it is asked about."""

    installation_id: int
    full_name: str


class Permissions:
    """What people may do, asked once a minute at most."""

    def __init__(self, github: GitHub, clock: Clock) -> None:
        self._github = github
        self._roles: TTLCache[tuple[Place, str], str] = TTLCache(
            MAX_REMEMBERED, REMEMBERED_SECONDS, timer=clock.monotonic
        )

    async def may(self, login: str, needed: str, places: Iterable[Place]) -> bool:
        """Whether a person has the role, or a higher one, on one of the places.

        Raises ``GitHubError`` where GitHub does not say.
        """
        for place in places:
            if ROLES.index(await self._role(login, place)) >= ROLES.index(needed):
                return True
        return False

    async def _role(self, login: str, place: Place) -> str:
        key = (place, login.lower())
        role = self._roles.get(key)
        if role is None:
            client = self._github.reader(place.installation_id)
            role = self._roles[key] = await role_of(client, place.full_name, login)
        return role
