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


@dataclass
class _Memory:
    """What is worth keeping between two looks at one site."""

    base: str = FIRST_GUESS
    facts: dict[str, RepositoryFacts] = field(default_factory=dict)


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

        Raises ``NotASiteError``, and ``GitHubError`` where the site itself cannot be read.
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
            facts, passing = await self._read_facts(client, memory, source, output, config, changed)
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
        self,
        client: Client,
        memory: _Memory,
        source: Source,
        output: str | None,
        config: SiteConfig,
        changed: frozenset[str] | None,
    ) -> tuple[Facts, frozenset[str]]:
        tags = _standing_tags(rows_of(output, config.output))
        wanted: dict[str, Wanted] = {}
        for sig in source.sigs:
            key = sig.repository.lower()
            sigs = (*wanted[key].sigs, sig) if key in wanted else (sig,)
            wanted[key] = Wanted(sig.repository, sigs, tags.get(key, frozenset()))
        known = {key: facts for key, facts in memory.facts.items() if key in wanted}
        unread = [each for key, each in wanted.items() if _is_stale(key, known.get(key), changed)]
        read = await self._facts.read(client, unread, self._progress)
        known |= {name.lower(): facts for name, facts in read.repositories.items()}
        # What failed is not kept: the next look asks again.
        memory.facts = {key: facts for key, facts in known.items() if facts.error is None}
        by_name = {each.repository: known[key] for key, each in wanted.items()}
        return Facts(repositories=by_name), read.passing_errors


def _is_stale(key: str, known: RepositoryFacts | None, changed: frozenset[str] | None) -> bool:
    if known is None or changed is None:
        return True
    return key in changed or (known.full_name or "").lower() in changed


def _standing_tags(rows: Iterable[OutputRow]) -> Mapping[str, frozenset[str]]:
    tags: dict[str, frozenset[str]] = {}
    for row in rows:
        tag = row.values.get("releaseTag")
        if isinstance(tag, str) and tag:
            key = row.repository.lower()
            tags[key] = tags.get(key, frozenset()) | {tag}
    return tags


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
