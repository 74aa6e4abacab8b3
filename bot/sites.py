"""The sites that are known, and which of them an event about a repository concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.github.model import SiteRef


class Sites:
    """Sites by their numeric id, which outlives a rename, and an index from repositories to them."""

    def __init__(self) -> None:
        self._sites: dict[int, SiteRef] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._reached: dict[int, dict[str, str]] = {}
        self._may_check: dict[int, bool] = {}

    def __iter__(self) -> Iterator[SiteRef]:
        """Every site, by its name."""
        return iter(sorted(self._sites.values(), key=lambda site: site.full_name.lower()))

    def __len__(self) -> int:
        """How many sites are known."""
        return len(self._sites)

    def get(self, repository_id: int) -> SiteRef | None:
        """The site with this id."""
        return self._sites.get(repository_id)

    def add(self, site: SiteRef) -> None:
        """Know a site, or its new name or installation."""
        self._sites[site.repository_id] = site

    def drop(self, repository_id: int) -> None:
        """Forget a site."""
        self._sites.pop(repository_id, None)
        self._names.pop(repository_id, None)

    def watch(self, repository_id: int, names: frozenset[str]) -> None:
        """Remember which repositories (``owner/name``, lower case) a site's source names."""
        self._names[repository_id] = names

    def reach(self, installation_id: int, full_names: Iterable[str]) -> None:
        """Remember which repositories an installation reaches, or that it reaches none any more."""
        self._reached[installation_id] = {full_name.lower(): full_name for full_name in full_names}
        if not self._reached[installation_id]:
            del self._reached[installation_id]

    def let_check(self, installation_id: int, *, may_check: bool) -> bool:
        """Remember whether an installation lets the app write checks; gives whether that is news."""
        news = self._may_check.get(installation_id) is not may_check
        self._may_check[installation_id] = may_check
        return news

    def may_check(self, repository_id: int) -> bool:
        """Whether the pull requests of a site may be checked, as far as is known."""
        site = self.get(repository_id)
        return site is not None and self._may_check.get(site.installation_id, False)

    def check_refused(self, repository_id: int) -> bool:
        """Whether the site's installation is known not to let the app write checks."""
        site = self.get(repository_id)
        return site is not None and self._may_check.get(site.installation_id) is False

    def reached_by(self, installation_id: int) -> tuple[str, ...]:
        """The repositories that an installation reaches, as far as is known."""
        return tuple(self._reached.get(installation_id, {}).values())

    @property
    def installations(self) -> tuple[int, ...]:
        """The installations that reach anything."""
        return tuple(self._reached)

    def repositories(self, site_id: int | None = None) -> dict[int, tuple[str, ...]]:
        """One site, or all, with what their sources name; by the installations that reach them.

        What no installation reaches is left out.
        """
        sites = [site for key, site in self._sites.items() if site_id in (None, key)]
        named = {site.full_name.lower() for site in sites}
        named.update(*(self._names.get(site.repository_id, ()) for site in sites))
        found = {
            installation: tuple(full_name for name, full_name in reached.items() if name in named)
            for installation, reached in self._reached.items()
        }
        return {installation: names for installation, names in found.items() if names}

    def elsewhere(self) -> dict[int, tuple[str, ...]]:
        """What the installations reach, but for the sites and what their sources name."""
        near = {name for names in self.repositories().values() for name in names}
        return {
            installation: tuple(name for name in reached.values() if name not in near)
            for installation, reached in self._reached.items()
        }

    def of_installation(self, installation_id: int) -> tuple[SiteRef, ...]:
        """The sites reached through one installation."""
        return tuple(site for site in self._sites.values() if site.installation_id == installation_id)

    def concerned_by(self, full_name: str) -> tuple[SiteRef, ...]:
        """The sites whose source names a repository.

        A site that has not been observed yet may name any: it is about to be read as a whole.
        """
        name = full_name.lower()
        return tuple(
            site for key, site in self._sites.items() if key not in self._names or name in self._names[key]
        )
