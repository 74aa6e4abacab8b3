"""Begin a site: look at the repository, decide what it lacks, and propose that in one pull request.

Whatever stood before stays. The pull request's branch only ever moves forward, and is left alone where
it holds a person's commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import structlog

from bot import replies, starter_words
from bot.cases import Answer, Question
from bot.commands import COMMANDS, Who
from bot.github.branches import Branches
from bot.github.comments import NOT_UNDERSTOOD, REFUSED
from bot.github.errors import NoToken, Refused
from bot.github.hub import GitHub
from bot.github.installations import read_candidates
from bot.github.model import SiteState, Tip
from bot.github.pulls import Proposer
from bot.github.repository import FileReader
from bot.github.site_state import EmptyRepository, read_site
from bot.github.trees import kinds_at
from bot.permissions import Permissions, Place
from bot.site import CONFIG_PATH, SiteConfig, read_config
from bot.sites import Sites
from bot.starter import Ground, hindrance, init_branch, looked_for, start
from bot.starter_files import StarterRow
from bot.starter_words import starter_text
from bot.status.datafile import GITHUB_HOSTS
from bot.status.faults import Fault, FileFaultError

COMMAND = next(command for command in COMMANDS if command.who is Who.REPOSITORY)
NEEDED = "write"
"""The role that it takes; a repository that is no site yet cannot ask for another one."""
FIRST_GUESS = "main"
RACES = 3
"""How often a refused write is answered by another look."""
MOST_REPOSITORIES = 200
"""So many repositories of an installation are looked at for rows: four queries."""

log = structlog.get_logger(__name__)


class Founder:
    """Begins sites, each at the request of somebody who may write there."""

    def __init__(self, github: GitHub, permissions: Permissions) -> None:
        self._github = github
        self._permissions = permissions
        self._files = FileReader()

    async def begin(self, question: Question, sites: Sites) -> Answer:
        """Open the pull request, or say why not. Asking again finds the one that is open.

        ``sites`` knows what the installation reaches. Raises ``GitHubError`` where GitHub does not answer,
        or refuses time after time.
        """
        place = Place(question.installation_id, question.full_name)
        if not await self._permissions.may(question.author, NEEDED, [place]):
            log.info("refused", site=question.full_name, command=COMMAND.name, by=question.author)
            return Answer(replies.refused(COMMAND, NEEDED, question.full_name), REFUSED)
        names = sites.reached_by(question.installation_id)
        for _race in range(RACES - 1):
            try:
                return await self._once(question, names)
            except Refused as error:
                log.info("refused, looking again", site=question.full_name, why=str(error))
        return await self._once(question, names)

    async def _once(self, question: Question, names: tuple[str, ...]) -> Answer:
        try:
            return await _Founding(self._github, self._files, question).run(names)
        except EmptyRepository:
            return Answer(starter_words.hindered(question.full_name, empty=True), NOT_UNDERSTOOD)
        except NoToken:
            return Answer(starter_words.hindered(question.full_name, forbidden=True), NOT_UNDERSTOOD)


class _Founding:
    """One try; ``run`` is all there is to it."""

    def __init__(self, github: GitHub, files: FileReader, question: Question) -> None:
        self._github = github
        self._files = files
        self._question = question
        self._reader = github.reader(question.installation_id)

    async def run(self, names: tuple[str, ...]) -> Answer:
        """Look, decide and write."""
        state = await self._state_at(FIRST_GUESS)
        if state.default.name != FIRST_GUESS:
            state = await self._state_at(state.default.name)
        try:
            return await self._go_on(state, names)
        except FileFaultError as error:
            return Answer(starter_words.faulty(error.faults, state.url), NOT_UNDERSTOOD)

    async def _go_on(self, state: SiteState, names: tuple[str, ...]) -> Answer:
        """All the rest, once the default branch is known. Raises ``FileFaultError`` for a configuration."""
        config, has_config = await self._config(state)
        if config.base not in (None, state.default.name):
            state = await self._state_at(config.base or "")
        if state.archived:
            return Answer(starter_words.hindered(state.full_name, archived=True), NOT_UNDERSTOOD)
        if state.base is None:
            said = f"the base branch {config.base!r} does not exist"
            raise FileFaultError(Fault(CONFIG_PATH, 0, said))
        pull = state.open_pull or state.moved_pull
        if pull is not None:
            return Answer(starter_words.opened(pull.url, before=True))
        return await self._bring(
            state, state.base, await self._ground(state, config, names, has_config=has_config)
        )

    async def _state_at(self, base: str) -> SiteState:
        branch = init_branch(base)
        return await read_site(self._reader, self._question.full_name, base, branch, CONFIG_PATH)

    async def _config(self, state: SiteState) -> tuple[SiteConfig, bool]:
        text = await self._text(state, CONFIG_PATH, state.default)
        return (SiteConfig(), False) if text is None else (read_config(text), True)

    async def _text(self, state: SiteState, path: str, at: Tip) -> str | None:
        try:
            return await self._files.read(self._reader, state.full_name, path, at.sha)
        except UnicodeDecodeError as error:
            raise FileFaultError(Fault(path, 0, "is not UTF-8 text; save it as UTF-8")) from error

    async def _ground(
        self, state: SiteState, config: SiteConfig, names: tuple[str, ...], *, has_config: bool
    ) -> Ground:
        """What stands on the base, and what a source could be made of where there is none."""
        assert state.base is not None  # noqa: S101 - looked at before
        kinds = await kinds_at(self._reader, state.full_name, state.base.tree, looked_for(config))
        ground = Ground(
            name=state.full_name.partition("/")[2],
            url=state.url,
            config=config,
            has_config=has_config,
            kinds=kinds,
            hosts=(*GITHUB_HOSTS, urlsplit(state.url).netloc),
        )
        if ground.has_source:
            return ground
        with suppress(FileFaultError):
            ground = replace(ground, page=await self._text(state, config.output, state.base))
        others = sorted((name for name in names if name.lower() != state.full_name.lower()), key=str.lower)
        found = await read_candidates(self._reader, others[:MOST_REPOSITORIES])
        rows = tuple(StarterRow(one.name, one.url) for one in found)
        return replace(ground, rows=rows, unseen=len(others[MOST_REPOSITORIES:]))

    async def _bring(self, state: SiteState, base: Tip, ground: Ground) -> Answer:
        """Propose what is lacking, if anything is and nothing is in the way."""
        starter, obstacle = start(ground), hindrance(ground)
        if not starter.files:
            return Answer(starter_words.set_up(state.full_name, ground.config))
        if obstacle is not None:
            return Answer(starter_words.in_the_way(obstacle), NOT_UNDERSTOOD)
        if not await self._may_write(state.full_name):
            return Answer(starter_words.hindered(state.full_name, forbidden=True), NOT_UNDERSTOOD)
        writer = self._github.writer(self._question.installation_id, state.repository_id)
        branches, branch = Branches(writer, state.full_name), state.branch
        if branch is not None and not await self._is_ours(branches, branch, base):
            return Answer(starter_words.pushed_to(branch.name), NOT_UNDERSTOOD)
        words = starter_text(starter, ground.config, state.full_name, hugo=ground.is_hugo)
        name = init_branch(base.name)
        if branch is None or not await self._holds(branches, state, base, branch, starter.files):
            await branches.commit(base, branch, name, starter.files, words.commit_message)
        pull = await Proposer(writer, state.full_name).open_pull(
            title=words.title, body=words.body, head=name, fork=None, base_name=base.name, draft=False
        )
        log.info("site begun", site=state.full_name, pull=pull.url, by=self._question.author)
        return Answer(starter_words.opened(pull.url, before=False))

    async def _may_write(self, full_name: str) -> bool:
        found = await self._github.installation_on(full_name)
        return found is not None and found.may_write("contents") and found.may_write("pull_requests")

    async def _is_ours(self, branches: Branches, branch: Tip, base: Tip) -> bool:
        """Whether nobody's work is lost by a commit on top of the branch."""
        return branch.is_by(await self._github.slug()) or await branches.holds(base, branch)

    async def _holds(
        self, branches: Branches, state: SiteState, base: Tip, branch: Tip, files: Mapping[str, str]
    ) -> bool:
        """Whether the branch brings just this already, left there by a try that came to no pull request."""
        if branch.sha == base.sha or not await branches.holds(branch, base):
            return False
        read = [await self._text(state, path, branch) for path in files]
        return read == list(files.values())
