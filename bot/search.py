"""Search installations for sites, and learn which repositories they reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog

from bot.github.errors import Forbidden, GitHubError, NotFound, NoToken
from bot.github.hub import GitHub
from bot.github.installations import read_installations, read_repositories, read_sites
from bot.github.model import SiteRef
from bot.jobs import ALL_INSTALLATIONS
from bot.site import CONFIG_PATH

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
    failed: Mapping[int, GitHubError]

    @property
    def sites(self) -> Iterator[SiteRef]:
        """Every site that was found."""
        return (site for found in self.found.values() for site in found.sites)

    def covers(self, installation_id: int) -> bool:
        """Whether it tells what an installation reaches: nothing, where it was not found."""
        return self.wanted in (ALL_INSTALLATIONS, installation_id) and installation_id not in self.failed

    def lacks(self, site: SiteRef) -> bool:
        """Whether a site would have been found if it still were one."""
        found = self.found.get(site.installation_id, Found())
        return self.covers(site.installation_id) and site not in found.sites


async def search(github: GitHub, installation_id: int) -> Searched:
    """Search one installation, or all. Raises ``GitHubError`` where there is no list of them."""
    installations = await read_installations(github.app)
    found: dict[int, Found] = {}
    failed: dict[int, GitHubError] = {}
    for installation in installations:
        if installation.suspended or installation_id not in (ALL_INSTALLATIONS, installation.id):
            continue
        try:
            reader = github.reader(installation.id)
            names = await read_repositories(reader)
            sites = await read_sites(reader, installation.id, CONFIG_PATH, names)
            found[installation.id] = Found(names, sites, installation.may_write("checks"))
        except (Forbidden, NoToken, NotFound) as error:
            log.warning("installation cannot be read", account=installation.account, why=str(error))
        except GitHubError as error:
            log.warning("installation cannot be read now", account=installation.account, why=str(error))
            failed[installation.id] = error
    return Searched(installation_id, len(installations), found, failed)
