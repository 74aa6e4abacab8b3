"""Search installations for sites, and learn which repositories they reach."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.github.client import Client
from bot.github.errors import Forbidden, GitHubError, NotFound, NoToken
from bot.github.hub import GitHub
from bot.github.installations import Installation, read_installations, read_repositories, read_sites
from bot.github.model import SiteRef
from bot.jobs import ALL_INSTALLATIONS
from bot.site import CONFIG_PATH

AT_ONCE = 20
"""So many installations are read side by side: GitHub takes a hundred requests, and looks need some too."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """What one installation reaches: all its repositories by name, and those among them that are sites.

    ``may_check`` tells whether its account lets the app write checks.
    """

    repositories: tuple[str, ...] = ()
    sites: tuple[SiteRef, ...] = ()
    may_check: bool = False


@dataclass(frozen=True)
class Searched:
    """What a search of one installation, or of all, has brought; ``failed`` may do better in a minute."""

    wanted: int
    installations: int
    found: Mapping[int, Found]
    failed: Mapping[int, Exception]

    def covers(self, installation_id: int) -> bool:
        """Whether it tells what an installation reaches: nothing, where it was not found."""
        return self.wanted in (ALL_INSTALLATIONS, installation_id) and installation_id not in self.failed

    def lacks(self, site: SiteRef) -> bool:
        """Whether a site would have been found if it still were one."""
        found = self.found.get(site.installation_id, Found())
        return self.covers(site.installation_id) and site not in found.sites


async def search(github: GitHub, installation_id: int, take: Callable[[int, Found], None]) -> Searched:
    """Search one installation, or all of them side by side: the trouble of one is no other's.

    ``take`` is told of each with what it reaches as soon as that is known, so that nobody waits for the
    slowest. Raises ``GitHubError`` where there is no list of them.
    """
    installations = await read_installations(github.app)
    found: dict[int, Found] = {}
    failed: dict[int, Exception] = {}
    gate = asyncio.Semaphore(AT_ONCE)

    async def look_into(installation: Installation) -> None:
        try:
            async with gate:
                found[installation.id] = await _read(github.reader(installation.id), installation)
        except (Forbidden, NoToken, NotFound) as error:
            log.warning("installation cannot be read", account=installation.account, why=str(error))
        except Exception as error:  # whatever it is, the others have nothing to do with it
            known = isinstance(error, GitHubError)
            why, trace = str(error) if known else type(error).__name__, None if known else error
            log.warning(
                "installation cannot be read now", account=installation.account, why=why, exc_info=trace
            )
            failed[installation.id] = error
        else:
            take(installation.id, found[installation.id])

    async with asyncio.TaskGroup() as group:
        for installation in installations:
            if not installation.suspended and installation_id in (ALL_INSTALLATIONS, installation.id):
                group.create_task(look_into(installation))
    return Searched(installation_id, len(installations), found, failed)


async def _read(reader: Client, installation: Installation) -> Found:
    names = await read_repositories(reader)
    sites = await read_sites(reader, installation.id, CONFIG_PATH, names)
    return Found(names, sites, installation.may_write("checks"))
