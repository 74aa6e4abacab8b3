"""Observe a site: its branches, proposals, files and the facts of its repositories, read only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.github.client import Client
from bot.github.model import SiteRef, SiteState
from bot.github.reading import Wanted
from bot.github.repository import FactsReader, FileReader, Progress, no_progress
from bot.github.site_state import read_site
from bot.site import CONFIG_PATH, SiteConfig, branch_for, read_config
from bot.status.datafile import GITHUB_HOSTS, OutputRow, Source, read_output, read_source
from bot.status.facts import Facts, RepositoryFacts
from bot.status.faults import Fault, FileFaultError

FIRST_GUESS = "main"
"""The base branch that is asked for before a site's own is known."""
PRIVATE = RepositoryFacts(error="it is private, and this site is public")


NO_FORK = "propose.fork cannot be served by this version, which proposes from the site itself: take it out"


class NotASiteError(Exception):
    """The repository holds no configuration (any more): nothing is done to it."""


@dataclass(frozen=True)
class Observation:
    """A site at one moment.

    ``source`` is ``None`` where ``faults`` leave nothing to go by. ``output`` and ``branch_output``
    are the output's text on the base and on the bot's branch, ``None`` where it is not there.
    """

    state: SiteState
    config: SiteConfig
    branch_name: str
    source: Source | None
    output: str | None
    branch_output: str | None
    facts: Facts
    faults: tuple[Fault, ...] = ()
    passing_errors: frozenset[str] = frozenset()

    @property
    def output_rows(self) -> tuple[OutputRow, ...]:
        """The rows that the site shows now; none where its output cannot be read."""
        return rows_of(self.output, self.config.output)

    @property
    def names(self) -> frozenset[str]:
        """Every name, in lower case, under which an event may speak of one of the repositories."""
        names = {sig.repository.lower() for sig in self.source.sigs} if self.source else set()
        for facts in self.facts.repositories.values():
            if facts.full_name is not None:
                names.add(facts.full_name.lower())
        return frozenset(names)


def rows_of(output: str | None, path: str) -> tuple[OutputRow, ...]:
    """The rows of an output; none where there is none, or where a person broke it."""
    if output is None:
        return ()
    try:
        return read_output(output, path)
    except FileFaultError:
        return ()


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


@dataclass
class _Memory:
    """What is worth keeping between two looks at one site."""

    base: str = FIRST_GUESS
    facts: dict[str, _Known] = field(default_factory=dict)


class Observer:
    """Observes sites; re-reads only the repositories that it is told may have changed."""

    def __init__(
        self,
        hosts: Iterable[str] = GITHUB_HOSTS,
        *,
        without_config: bool = False,
        progress: Progress = no_progress,
    ) -> None:
        """``without_config`` looks at a repository that has no configuration as if it had an empty one."""
        self._hosts = tuple(hosts)
        self._without_config = without_config
        self._progress = progress
        self._files = FileReader()
        self._facts = FactsReader()
        self._memory: dict[int, _Memory] = {}

    def forget(self, repository_id: int) -> None:
        """Drop what was remembered of a site that is one no more."""
        self._memory.pop(repository_id, None)

    async def observe(
        self, client: Client, site: SiteRef, changed: frozenset[str] | None = None
    ) -> Observation:
        """Look at a site. ``changed`` names the repositories to read again; ``None`` means all.

        Raises ``NotASiteError``, ``NoSuchSite`` where the repository is gone, and another
        ``GitHubError`` where the site itself cannot be read.
        """
        memory = self._memory.setdefault(site.repository_id, _Memory())
        look = _Look(self._files, client, site.full_name, without_config=self._without_config)
        await look.at(memory.base)
        config, faults = await look.config()
        base = config.base or look.state.default.name
        if base != memory.base:
            await look.at(base)
            memory.base = base
        if config.propose.fork is not None:
            faults += (Fault(CONFIG_PATH, 0, NO_FORK),)
        if look.state.base is None:
            faults += (Fault(CONFIG_PATH, 0, f"the base branch {base!r} does not exist"),)
        source = None
        if not faults:
            source, faults = await look.source(config, self._hosts)
        output = await look.output(config)
        facts, passing = Facts(repositories={}), frozenset[str]()
        if source is not None:
            wanted = _wanted(source, rows_of(output, config.output))
            passing = await self._read_facts(client, memory, wanted, changed)
            facts = Facts(repositories=_shown(memory.facts, wanted, private_site=look.state.private))
        return Observation(
            state=look.state,
            config=config,
            branch_name=branch_for(base),
            source=source,
            output=output,
            branch_output=await look.branch_output(config),
            facts=facts,
            faults=faults,
            passing_errors=passing,
        )

    async def file_at(self, client: Client, repository: str, path: str, commit: str) -> str | None:
        """A file of the site at some commit; ``None`` where it is missing or no text."""
        try:
            return await self._files.read(client, repository, path, commit)
        except UnicodeDecodeError:
            return None

    async def _read_facts(
        self, client: Client, memory: _Memory, wanted: Mapping[str, Wanted], changed: frozenset[str] | None
    ) -> frozenset[str]:
        """Read into the memory what is missing there; gives the names of passing errors."""
        known = {
            key: known
            for key, known in memory.facts.items()
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
        read = await self._facts.read(client, unread, self._progress)
        for each in unread:
            name = each.repository
            known[name.lower()] = _Known(read.repositories[name], name in read.private, each)
        memory.facts = known
        return read.passing_errors


def _wanted(source: Source, shown: Iterable[OutputRow]) -> Mapping[str, Wanted]:
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


def _shown(
    known: Mapping[str, _Known], wanted: Mapping[str, Wanted], *, private_site: bool
) -> dict[str, RepositoryFacts]:
    """The facts that this site may show: everybody can read a public one and its proposals."""
    return {
        each.repository: known[key].facts if private_site or not known[key].private else PRIVATE
        for key, each in wanted.items()
    }


class _Look:
    """One look at a site's repository: its state first, then files at the commits found there."""

    def __init__(self, files: FileReader, client: Client, full_name: str, *, without_config: bool) -> None:
        self._without_config = without_config
        self._files = files
        self._client = client
        self._full_name = full_name
        self.state: SiteState

    async def at(self, base: str) -> None:
        self.state = await read_site(self._client, self._full_name, base, branch_for(base))

    async def _read(self, path: str, commit: str) -> str | None:
        try:
            return await self._files.read(self._client, self.state.full_name, path, commit)
        except UnicodeDecodeError as error:
            raise FileFaultError(
                Fault(path, 0, f"is not UTF-8 text (byte {error.start}); save it as UTF-8")
            ) from error

    async def config(self) -> tuple[SiteConfig, tuple[Fault, ...]]:
        """The site's configuration, or the defaults and the faults of a broken one."""
        try:
            text = await self._read(CONFIG_PATH, self.state.default.sha)
            if text is None and not self._without_config:
                raise NotASiteError(f"{self._full_name} has no {CONFIG_PATH}.")
            return read_config(text or "", CONFIG_PATH), ()
        except FileFaultError as error:
            return SiteConfig(), error.faults

    async def source(
        self, config: SiteConfig, hosts: tuple[str, ...]
    ) -> tuple[Source | None, tuple[Fault, ...]]:
        """The source, or the faults that keep it from being used."""
        assert self.state.base is not None  # noqa: S101 - the caller has reported a missing base
        try:
            text = await self._read(config.source, self.state.base.sha)
            source = read_source(text, config.source, hosts) if text is not None else None
        except FileFaultError as error:
            return None, error.faults
        if source is None:
            advice = f"there is no such file; create it, or name another by source: in {CONFIG_PATH}"
            return None, (Fault(config.source, 0, advice),)
        return source, ()

    async def output(self, config: SiteConfig) -> str | None:
        """The output that the site shows; one that is no text is as good as none."""
        return await self._text(config.output, self.state.base.sha if self.state.base else None)

    async def branch_output(self, config: SiteConfig) -> str | None:
        """The output on the bot's branch."""
        return await self._text(config.output, self.state.branch.sha if self.state.branch else None)

    async def _text(self, path: str, commit: str | None) -> str | None:
        if commit is None:
            return None
        try:
            return await self._read(path, commit)
        except FileFaultError:
            return None
