"""Observe a site: its branches, proposals, files and the facts of its repositories, read only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.carried import owns_branch
from bot.github.client import Client
from bot.github.hub import Reader
from bot.github.model import Pull, SiteRef, SiteState
from bot.github.reading import Wanted
from bot.github.repository import FactsReader, FileReader, Progress, no_progress
from bot.github.trees import TreeReader
from bot.known_facts import KnownFacts, wanted_of
from bot.site import SiteConfig, branch_for
from bot.site_look import NotASiteError, SiteLook
from bot.status.datafile import GITHUB_HOSTS, OutputRow, Source, read_output
from bot.status.facts import Facts
from bot.status.faults import Fault, FileFaultError
from bot.status.holds import Hold, with_holds

__all__ = ("NotASiteError", "Observation", "Observer", "rows_of")

FIRST_GUESS = "main"
"""The base branch that is asked for before a site's own is known."""


@dataclass(frozen=True)
class Observation:
    """A site at one moment.

    ``source`` is ``None`` where ``faults`` leave nothing to go by; it has the holds that people wished
    for, ``base_source`` is the one that stands. ``output`` and ``branch_output`` are the output's text
    on the base and on the bot's branch, ``None`` where it is not there; ``branch_source`` is read only
    where the source is to change. ``source`` may be there beside faults that keep anything from being
    proposed all the same; ``hindrance`` is one that matters only where there is something to propose.
    ``ours`` tells whether the branch's tip is the bot's own commit, ``carried`` which holds a proposal of
    the bot's brings, be it open or declined.
    """

    state: SiteState
    config: SiteConfig
    branch_name: str
    source: Source | None
    output: str | None
    branch_output: str | None
    facts: Facts
    faults: tuple[Fault, ...] = ()
    hindrance: Fault | None = None
    passing_errors: frozenset[str] = frozenset()
    base_source: Source | None = None
    branch_source: str | None = None
    ours: bool = True
    carried: tuple[Hold, ...] = ()

    @property
    def output_rows(self) -> tuple[OutputRow, ...]:
        """The rows that the site shows now; none where its output cannot be read."""
        return rows_of(self.output, self.config.output)

    @property
    def names(self) -> frozenset[str]:
        """Every name, in lower case, by which events speak of what is read here, the fork too."""
        names = {sig.repository.lower() for sig in self.source.sigs} if self.source else set()
        if self.config.propose.fork is not None:
            names |= {self.config.propose.fork.lower(), self.state.home.lower()}
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
    fork: str | None = None
    stood: frozenset[str | None] = frozenset()
    """The outputs that stood at the last look, and what this process has written since."""
    facts: KnownFacts = field(default_factory=KnownFacts)


@dataclass(frozen=True)
class _Sources:
    """The source as it stands on the base, and as it is wished for, with the holds that are not there yet.

    ``on_branch`` is its text on the bot's branch, read only where it is to change; ``carried`` are the holds
    that a proposal of the bot's brings.
    """

    base: Source | None = None
    wished: Source | None = None
    on_branch: str | None = None
    carried: tuple[Hold, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether a proposal would write the source too."""
        return self.wished is not self.base


class Observer:
    """Observes sites; re-reads only the repositories that it is told may have changed."""

    def __init__(
        self,
        hosts: Iterable[str] = GITHUB_HOSTS,
        *,
        github: Reader | None = None,
        without_config: bool = False,
        progress: Progress = no_progress,
        files: FileReader | None = None,
    ) -> None:
        """``github`` reaches the forks that sites are proposed to from; without it none is reached.

        ``files`` may be shared with others who read the same.

        ``without_config`` looks at a repository that has no configuration as if it had an empty one.
        """
        self._hosts = tuple(hosts)
        self._github = github
        self._without_config = without_config
        self._progress = progress
        self._files = files or FileReader()
        self._trees = TreeReader()
        self._facts = FactsReader()
        self._memory: dict[int, _Memory] = {}

    def forget(self, repository_id: int) -> None:
        """Drop what was remembered of a site that is one no more."""
        self._memory.pop(repository_id, None)

    def wrote(self, repository_id: int, output: str | None) -> None:
        """Remember what this process itself has made of all that it knows."""
        memory = self._memory.setdefault(repository_id, _Memory())
        memory.stood |= {output}

    async def observe(
        self,
        client: Client,
        site: SiteRef,
        changed: frozenset[str] | None = None,
        hold: Hold | None = None,
    ) -> Observation:
        """Look at a site. ``changed`` names the repositories to read again; ``None`` means all.

        ``hold`` is one to be seen as if the proposal had it already. Raises ``FileFaultError`` where
        the source rules it out, ``NotASiteError``, ``NoSuchSite`` where the repository is gone, and
        another ``GitHubError`` where the site itself cannot be read.
        """
        memory = self._memory.setdefault(site.repository_id, _Memory())
        look = self._look_at(client, site)
        config, faults = await self._configured(look, memory)
        sources = await self._sources(look, config, faults, hold)
        output, branch_output = await look.on_base(config.output), await look.on_branch(config.output)
        facts, passing = Facts(repositories={}), frozenset[str]()
        if sources.wished is not None:
            wanted = wanted_of(sources.wished, rows_of(output, config.output))
            passing = await self._read_facts(client, memory, wanted, {output, branch_output}, changed)
            facts = Facts(repositories=memory.facts.shown(wanted, private_site=look.state.private))
        return Observation(
            state=_with_strays(look.state, config),
            config=config,
            branch_name=branch_for(memory.base),
            source=sources.wished,
            base_source=sources.base,
            output=output,
            branch_output=branch_output,
            branch_source=sources.on_branch,
            facts=facts,
            faults=sources.faults + look.fork_faults(config.propose.fork),
            hindrance=await look.hindrance(config.output, *([config.source] if sources.changes else [])),
            passing_errors=passing,
            ours=owns_branch(look.state, await self._slug()),
            carried=sources.carried,
        )

    def _look_at(self, client: Client, site: SiteRef) -> SiteLook:
        return SiteLook(
            *(self._files, self._trees, client, self._github),
            full_name=site.full_name,
            without_config=self._without_config,
        )

    async def _configured(self, look: SiteLook, memory: _Memory) -> tuple[SiteConfig, tuple[Fault, ...]]:
        """The configuration, with the branches looked at that it asks for."""
        await look.at(memory.base, memory.fork)
        config, faults = await look.config()
        base, fork = config.base or look.state.default.name, config.propose.fork
        if (base, fork) != (memory.base, memory.fork):
            await look.at(base, fork)
            memory.base, memory.fork = base, fork
        return config, faults + look.faults(base)

    async def _sources(
        self, look: SiteLook, config: SiteConfig, faults: tuple[Fault, ...], hold: Hold | None
    ) -> _Sources:
        """The source, where the configuration has no faults that leave nothing to go by."""
        if faults:
            return _Sources(faults=faults)
        base, faults = await look.source(config, self._hosts)
        if base is None:
            return _Sources(faults=faults)
        carried = await look.carried_holds(config.source, self._hosts, await self._slug())
        wished = await self._held(base, carried, hold)
        on_branch = await look.on_branch(config.source) if wished is not base else None
        return _Sources(base, wished, on_branch, carried, faults)

    async def _read_facts(
        self,
        client: Client,
        memory: _Memory,
        wanted: Mapping[str, Wanted],
        stands: set[str | None],
        changed: frozenset[str] | None,
    ) -> frozenset[str]:
        """Read what may have changed; ``stands`` are the outputs. Gives what cannot be read for now."""
        if not memory.stood.issuperset(stands - {None}):
            # Somebody else wrote, who may be another replica, told of things that this one was not.
            changed = None
        passing = await memory.facts.read(self._facts, client, wanted, changed, self._progress)
        memory.stood = frozenset(stands)
        return passing

    async def _held(self, source: Source, carried: tuple[Hold, ...], hold: Hold | None) -> Source:
        """The source with the holds that are wished for, by now or just now."""
        if not carried and hold is None:
            return source
        wishes = (*carried, hold) if hold is not None else carried
        held, faults = await asyncio.to_thread(with_holds, source, wishes, self._hosts)
        if faults and hold is not None:
            _, faults = await asyncio.to_thread(with_holds, source, (hold,), self._hosts)
            if faults:
                raise FileFaultError(*faults)
        return held

    async def _slug(self) -> str:
        return await self._github.slug() if self._github is not None else ""

    async def file_at(self, client: Client, repository: str, path: str, commit: str) -> str | None:
        """A file of the site at some commit; ``None`` where it is missing or no text."""
        try:
            return await self._files.read(client, repository, path, commit)
        except UnicodeDecodeError:
            return None


def _with_strays(state: SiteState, config: SiteConfig) -> SiteState:
    """The state, where a proposal that would change other files than the bot's counts as conflicting.

    It would once the base has been set back: the branch still holds what was taken out there, and
    only a commit on top of the base as it is now keeps that from coming back.
    """

    def judged(pull: Pull) -> Pull:
        strays = not {config.output, config.source}.issuperset(pull.paths)
        return replace(pull, conflicting=pull.conflicting or strays)

    return replace(state, pulls=tuple(map(judged, state.pulls)))
