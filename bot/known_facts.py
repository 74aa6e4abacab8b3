"""What is known of a site's repositories between two looks, and what of it must be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.github.client import Client
from bot.github.reading import Wanted
from bot.github.repository import FactsReader, Progress
from bot.status.datafile import OutputRow, Source
from bot.status.facts import RepositoryFacts

PRIVATE = RepositoryFacts(error="it is private, and this site is public")


@dataclass(frozen=True)
class _Known:
    """The facts of a repository, and what it was for which they were read."""

    facts: RepositoryFacts
    private: bool
    wanted: Wanted

    def serves(self, wanted: Wanted) -> bool:
        """Whether these rows need nothing that was not read: other notes, older releases, a tag."""
        tags = {release.tag for release in self.facts.releases} | self.wanted.standing_tags
        return wanted.choices <= self.wanted.choices and wanted.standing_tags <= tags

    def is_spoken_of(self, changed: frozenset[str]) -> bool:
        """Whether one of these names, all in lower case, is the repository's old or new one."""
        names = {self.wanted.repository.lower(), (self.facts.full_name or "").lower()}
        return not names.isdisjoint(changed)


class KnownFacts:
    """The facts of one site's repositories."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def read(
        self,
        reader: FactsReader,
        client: Client,
        wanted: Mapping[str, Wanted],
        changed: frozenset[str] | None,
        progress: Progress,
    ) -> frozenset[str]:
        """Read what is missing, and what ``changed`` names (``None``: all of it).

        Gives the names of those that GitHub could not answer for now.
        """
        known = {
            key: known
            for key, known in self._known.items()
            # What failed is read again by the next look, whoever asks for it.
            if key in wanted and known.facts.error is None
        }
        unread = [
            each
            for key, each in wanted.items()
            if key not in known
            or changed is None
            or known[key].is_spoken_of(changed)
            or not known[key].serves(each)
        ]
        read = await reader.read(client, unread, progress)
        for each in unread:
            name = each.repository
            known[name.lower()] = _Known(read.repositories[name], name in read.private, each)
        self._known = known
        return read.passing_errors

    def shown(self, wanted: Mapping[str, Wanted], *, private_site: bool) -> dict[str, RepositoryFacts]:
        """The facts that the site may show: everybody can read a public one and its proposals."""
        return {
            each.repository: self._known[key].facts
            if private_site or not self._known[key].private
            else PRIVATE
            for key, each in wanted.items()
        }


def wanted_of(source: Source, shown: Iterable[OutputRow]) -> Mapping[str, Wanted]:
    """What is to be read, by the names of repositories in lower case: each once, for all its rows."""
    tags: dict[str, frozenset[str]] = {}
    for row in shown:
        tag = row.values.get("releaseTag")
        if isinstance(tag, str) and tag:
            key = row.repository.lower()
            tags[key] = tags.get(key, frozenset()) | {tag}
    wanted: dict[str, Wanted] = {}
    for sig in source.sigs:
        key = sig.repository.lower()
        sigs = (*wanted[key].sigs, sig) if key in wanted else (sig,)
        wanted[key] = Wanted(sig.repository, sigs, tags.get(key, frozenset()))
    return wanted
