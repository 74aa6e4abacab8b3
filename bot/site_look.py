"""One look at a site: its branches and its fork first, then files at the commits found there."""

from __future__ import annotations

import asyncio

from bot import fork_rules, site_rules
from bot.carried import carrying_commit, holds_in
from bot.github.client import Client
from bot.github.hub import Reader
from bot.github.installations import Installation
from bot.github.model import SiteState, Tip
from bot.github.repository import FileReader
from bot.github.site_state import read_fork, read_merge_base, read_site
from bot.github.trees import TreeReader
from bot.site import CONFIG_PATH, SiteConfig, branch_for, line_in_config, read_config
from bot.status.datafile import Source, read_source
from bot.status.faults import Fault, FileFaultError
from bot.status.holds import Hold


class NotASiteError(Exception):
    """The repository holds no configuration (any more): nothing is done to it."""


class SiteLook:
    """One look; ``at`` comes first."""

    def __init__(
        self,
        files: FileReader,
        trees: TreeReader,
        client: Client,
        github: Reader | None,
        full_name: str,
        *,
        without_config: bool,
    ) -> None:
        self._without_config = without_config
        self._files = files
        self._trees = trees
        self._client = client
        self._github = github
        self._full_name = full_name
        self._config_text = ""
        self._installation: Installation | None = None
        self.state: SiteState

    async def at(self, base: str, fork_name: str | None) -> None:
        """Look at the branches and proposals for a base, those in the fork of this name if there is one."""
        fork, branch = None, branch_for(base)
        if fork_name is not None and self._github is not None:
            found = self._installation = await self._github.installation_on(fork_name)
            if found is not None and not fork_rules.installation_fault(fork_name, self._full_name, found):
                reader = self._github.fork_reader(found.id)
                fork = await read_fork(reader, found, fork_name, base, branch)
        self.state = await read_site(self._client, self._full_name, base, branch, CONFIG_PATH, fork)

    def faults(self, base: str) -> tuple[Fault, ...]:
        """What the configuration asks for that there is not, without which there is nothing to read.

        Raises ``NotASiteError`` for the fork that a site is proposed to from: it has a copy of that
        site's configuration, but nobody looks at its page.
        """
        if self._serves_its_upstream():
            raise NotASiteError(f"{self.state.full_name} is the fork from which its upstream is proposed to.")
        if self.state.base is None:
            return (Fault(CONFIG_PATH, 0, f"the base branch {base!r} does not exist"),)
        return ()

    def fork_faults(self, fork_name: str | None) -> tuple[Fault, ...]:
        """Why nothing can be proposed from the fork of this name, though all can be read."""
        if fork_name is None:
            return ()
        said = fork_rules.installation_fault(fork_name, self.state.full_name, self._installation)
        said = said or fork_rules.fork_fault(fork_name, self.state.fork, self.state)
        return (self._fault_of_fork(said),) if said is not None else ()

    async def hindrance(self, output: str, *others: str) -> Fault | None:
        """What keeps a proposal that writes these files from being made, though all can be looked at."""
        fork, base = self.state.fork, self.state.base
        said = fork_rules.workflows_fault(fork, self.state) if fork is not None else None
        if said is not None:
            return self._fault_of_fork(said)
        if base is None:
            return None
        found = await self._trees.obstacle(self._client, self.state.full_name, base.tree, (output, *others))
        if found is None:
            return None
        at_output = f"{output}/".startswith(f"{found.path}/")
        line = line_in_config(self._config_text, "output" if at_output else "source")
        return Fault(CONFIG_PATH, line, site_rules.obstacle_fault(found.path, found.kind))

    def _fault_of_fork(self, said: str) -> Fault:
        return Fault(CONFIG_PATH, line_in_config(self._config_text, "propose", "fork"), said)

    def _serves_its_upstream(self) -> bool:
        state = self.state
        if state.upstream is None:
            return False
        if state.fork is not None and state.fork.repository_id == state.repository_id:
            return True
        try:
            named = read_config(state.upstream.config or "").propose.fork or ""
        except FileFaultError:
            return False
        return named.lower() == state.full_name.lower()

    async def _read(self, path: str, commit: str) -> str | None:
        return await self._read_from(self._client, self.state.full_name, path, commit)

    async def _read_from(self, client: Client, repository: str, path: str, commit: str) -> str | None:
        try:
            return await self._files.read(client, repository, path, commit)
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
            self._config_text = text or ""
            return read_config(self._config_text), ()
        except FileFaultError as error:
            return SiteConfig(), error.faults

    async def source(
        self, config: SiteConfig, hosts: tuple[str, ...]
    ) -> tuple[Source | None, tuple[Fault, ...]]:
        """The source, or the faults that keep it from being used."""
        assert self.state.base is not None  # noqa: S101 - the caller has reported a missing base
        try:
            text = await self._read(config.source, self.state.base.sha)
            # A thousand rows take half a second, in which deliveries are answered.
            source = (
                await asyncio.to_thread(read_source, text, config.source, hosts) if text is not None else None
            )
        except FileFaultError as error:
            return None, error.faults
        if source is None:
            advice = f"there is no such file; create it, or name another by source: in {CONFIG_PATH}"
            return None, (Fault(config.source, 0, advice),)
        return source, ()

    async def on_base(self, path: str) -> str | None:
        """A file as the site has it; one that is no text is as good as none."""
        return await self._text(self._client, self.state.full_name, path, self.state.base)

    async def on_branch(self, path: str) -> str | None:
        """A file on the bot's branch."""
        return await self._text(self._home_reader, self.state.home, path, self.state.branch)

    async def carried_holds(self, path: str, hosts: tuple[str, ...], slug: str) -> tuple[Hold, ...]:
        """The holds that people wished for and that no merge has brought to the source yet.

        They are what the bot's last commit changes in the source, seen from the base it was made on.
        """
        state, commit = self.state, carrying_commit(self.state, slug)
        if commit is None or state.base is None:
            return ()
        after = await self._text(self._home_reader, state.home, path, commit)
        before = await self.on_base(path)
        tip = state.branch
        made_on_it = tip is not None and tip.sha == commit and state.base.sha in tip.parents
        if after != before and not made_on_it:
            made_on = await read_merge_base(self._client, state.full_name, state.base.sha, commit)
            before = await self._text(self._client, state.full_name, path, made_on)
        if before is None or after is None:
            return ()
        return await asyncio.to_thread(holds_in, before, after, path, hosts)

    @property
    def _home_reader(self) -> Client:
        """Reads the repository in which the bot's branch lies."""
        if self.state.fork is not None and self._github is not None:
            return self._github.fork_reader(self.state.fork.installation_id)
        return self._client

    async def _text(
        self, client: Client, repository: str, path: str, at: Tip | str | None = None
    ) -> str | None:
        if at is None:
            return None
        try:
            return await self._read_from(client, repository, path, at if isinstance(at, str) else at.sha)
        except FileFaultError:
            return None
