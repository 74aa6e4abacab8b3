"""What a pull request makes of the files of a site, and what is known of the repositories they name.

A file that the pull request changes is read at its head, any other at the tip of its base: that is what
stands once it is merged. GitHub gives both from the site itself, also where the head lies in a fork.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cachetools import LRUCache

from bot.check_model import MOST_NEW, TOO_MANY, FileText, SiteFiles
from bot.checking import config_of
from bot.github.checks import CheckedPull, CheckedSite, CheckReader, Found
from bot.github.client import Client
from bot.github.errors import NotFound
from bot.github.reading import Wanted
from bot.github.repository import FactsReader, FileReader
from bot.github.site_state import read_merge_base
from bot.known_facts import PRIVATE, wanted_of
from bot.observe import Observation, rows_of
from bot.site import CONFIG_PATH, SiteConfig, line_in_config
from bot.status.datafile import Source, read_source
from bot.status.facts import Facts, RepositoryFacts
from bot.status.faults import Fault, FileFaultError

MOST_BYTES = 10_000_000
"""Of a file in anybody's pull request; the bot's own may be larger, as its output may."""
MOST_UNTOUCHED = 10_000
_KINDS = {"Tree": "is a folder", "Commit": "is a submodule"}


@dataclass(frozen=True)
class PullFiles:
    """The files as they would be and as they stand, and what is worth knowing besides."""

    after: SiteFiles
    before: SiteFiles
    remarks: tuple[Fault, ...] = ()


class PullReader:
    """Reads the files; what a commit holds never changes, so it is read once."""

    def __init__(self, files: FileReader) -> None:
        self._files = files
        self._untouched: LRUCache[tuple[str, str, frozenset[str]], None] = LRUCache(MOST_UNTOUCHED)
        """Heads that have nothing to do with these files, where it took some requests to find that out."""

    async def read(
        self, client: Client, reader: CheckReader, site: CheckedSite, pull: CheckedPull, *, by_bot: bool
    ) -> PullFiles | None:
        """What it makes of the site's files; ``None`` where it touches none of them.

        Raises ``NotFound`` where its last commit is gone, and another ``GitHubError``.
        """
        look = _Look(self._files, client, reader, site, pull, None if by_bot else MOST_BYTES)
        config_file = await look.text(CONFIG_PATH, site.default_sha, brought=False)
        config, _ = config_of(config_file)
        watched = _watched(site, pull, config)
        known = site.full_name, pull.head, frozenset(watched)
        if not watched or known in self._untouched or not _may_touch(pull, watched):
            return None
        await look.begin()
        await look.at(watched)
        before = await look.files(config_file, config, look.standing)
        if pull.base_branch == site.default and look.changed(CONFIG_PATH):
            config_file = await look.coming(CONFIG_PATH)
            written, faults = config_of(config_file)
            config = config if faults else written
            await look.at({config.source, config.output} - watched)
        if not look.any_changed:
            self._untouched[known] = None
            return None
        after = await look.files(config_file, config, look.coming)
        return PullFiles(after, before, tuple(_elsewhere(after)))


def _may_touch(pull: CheckedPull, watched: Collection[str]) -> bool:
    """Whether it has to do with one of these files, as far as the list of its own tells."""
    return pull.paths is None or not pull.paths.isdisjoint(watched)


def _watched(site: CheckedSite, pull: CheckedPull, config: SiteConfig) -> set[str]:
    """The files that matter on the branch that a pull request is for."""
    watched = {CONFIG_PATH} if pull.base_branch == site.default else set()
    if pull.base_branch == (config.base or site.default):
        watched |= {config.source, config.output}
    return watched


@dataclass
class _Look:
    """One pull request: what lies at its head, where it began, and at the tip of its base."""

    reading: FileReader
    client: Client
    reader: CheckReader
    site: CheckedSite
    pull: CheckedPull
    most: int | None
    """How large a file that it brings may be, in bytes."""
    merge_base: str | None = None
    lies: dict[str, tuple[Found | None, Found | None]] = field(default_factory=dict)
    """By their paths: what lay there as it began, and what lies there at its head."""

    @property
    def tip(self) -> str:
        """Where its base stands now; without one there is nothing to read but the default branch."""
        on_default = self.pull.base_branch == self.site.default
        return self.site.default_sha if on_default else self.site.base_sha or self.site.default_sha

    async def begin(self) -> None:
        """Find out where it began."""
        self.merge_base = await read_merge_base(self.client, self.site.full_name, self.tip, self.pull.head)

    async def at(self, paths: Collection[str]) -> None:
        """Look at these paths. Raises ``NotFound`` where the head itself is gone."""
        if not paths:
            return
        head, began = self.pull.head, self.merge_base
        asked = [head, *(f"{commit}:{path}" for path in paths for commit in (head, began) if commit)]
        found = await self.reader.objects(asked)
        if found[head] is None:
            raise NotFound(f"the commit {head} is gone.")
        for path in paths:
            self.lies[path] = found.get(f"{began}:{path}"), found[f"{head}:{path}"]

    def changed(self, path: str) -> bool:
        """Whether it has to do with this file."""
        began, comes = self.lies.get(path, (None, None))
        return (began and began.oid) != (comes and comes.oid)

    @property
    def any_changed(self) -> bool:
        """Whether it has to do with any file that was looked at."""
        return any(map(self.changed, self.lies))

    async def files(
        self, config_file: FileText, config: SiteConfig, read: Callable[[str], Awaitable[FileText]]
    ) -> SiteFiles:
        """All three files, if the page is built from the branch that the pull request is for."""
        if self.pull.base_branch != (config.base or self.site.default):
            return SiteFiles(config_file, None, FileText(config.output, brought=False))
        return SiteFiles(config_file, await read(config.source), await read(config.output))

    async def standing(self, path: str) -> FileText:
        """A file as the base has it."""
        return await self.text(path, self.tip, brought=False)

    async def coming(self, path: str) -> FileText:
        """A file as it will be."""
        if not self.changed(path):
            return await self.standing(path)
        found = self.lies[path][1]
        if found is None:
            return FileText(path)
        if trouble := _trouble(found, self.most):
            return FileText(path, None, trouble, trouble_at=int(found.kind == "Blob"))
        return await self.text(path, self.pull.head)

    async def text(self, path: str, commit: str, *, brought: bool = True) -> FileText:
        """A file of a commit."""
        try:
            text = await self.reading.read(self.client, self.site.full_name, path, commit)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            trouble = "is not UTF-8 text from here on: save it as UTF-8"
            return FileText(path, None, trouble, brought=brought, trouble_at=line)
        return FileText(path, text, brought=brought)


def _trouble(found: Found, most: int | None) -> str:
    """What keeps a file from being read."""
    if most is not None and found.size > most:
        return f"is larger than {most // 1_000_000} MB, which is too much to be checked"
    return _KINDS.get(found.kind, "")


def _elsewhere(files: SiteFiles) -> Iterator[Fault]:
    if files.source is None and files.config.text is not None:
        try:
            line = line_in_config(files.config.text, "base")
        except FileFaultError:
            return
        message = "the page is built from another branch, so that nothing but this file was checked"
        yield Fault(files.config.path, line, message)


class CheckFacts:
    """The facts for the chart of a pull request: those of the site's last look, and little more."""

    def __init__(self) -> None:
        self._facts = FactsReader()

    async def read(
        self, client: Client, files: PullFiles, seen: Observation, hosts: Sequence[str], *, private_site: bool
    ) -> Facts:
        """The facts of all repositories that the files name. Raises ``GitHubError``."""
        known = {name.lower(): facts for name, facts in seen.facts.repositories.items()}
        served = wanted_of(seen.source, seen.output_rows) if seen.source is not None else {}
        facts: dict[str, RepositoryFacts] = {}
        new: dict[str, Wanted] = {}
        for key, each in (await asyncio.to_thread(_all_wanted, files, tuple(hosts))).items():
            if key in known and (known[key].error or _serves(served.get(key), each)):
                facts[each.repository] = known[key]
            else:
                new[key] = each
        wanted = list(new.values())
        facts |= {each.repository: TOO_MANY for each in wanted[MOST_NEW:]}
        if wanted:
            read = await self._facts.read(client, wanted[:MOST_NEW])
            hidden = frozenset() if private_site else read.private
            facts |= {name: PRIVATE if name in hidden else each for name, each in read.repositories.items()}
        return Facts(repositories=facts)


def _serves(known: Wanted | None, wanted: Wanted) -> bool:
    return known is not None and wanted.choices <= known.choices


def _all_wanted(files: PullFiles, hosts: tuple[str, ...]) -> Mapping[str, Wanted]:
    """What either state of the files asks for, each repository once; the one to come goes first."""
    wanted: dict[str, Wanted] = {}
    for state in (files.after, files.before):
        source = _source(state.source, hosts)
        if source is not None:
            for key, each in wanted_of(source, rows_of(state.output.text, state.output.path)).items():
                known = wanted.get(key)
                wanted[key] = each if known is None else replace(known, sigs=(*known.sigs, *each.sigs))
    return wanted


def _source(file: FileText | None, hosts: tuple[str, ...]) -> Source | None:
    try:
        return read_source(file.text, file.path, hosts) if file and file.text is not None else None
    except FileFaultError:
        return None
