"""What stands on a site beside its files: proposals, a person's no, reports of faults. Read only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.desire import Desire
from bot.github.client import Client
from bot.github.comments import Comments
from bot.github.hub import GitHub
from bot.github.model import Pull, Report, Stray, Wish
from bot.github.proposals import read_granted, read_stray
from bot.github.site_state import Own, read_last_change, read_own
from bot.marker import read_faults_digest, read_marker, write_faults_marker
from bot.observe import Observation, Observer, rows_of
from bot.plan import Present
from bot.site import BRANCH_PREFIX
from bot.status.changes import substance
from bot.wishes import wishes_of

MOST_STRAYS = 3
"""Proposals of the bot's own to other bases, which are looked for one by one."""


class PresenceReader:
    """Reads it; remembers of which sites there is nothing to read but their proposal."""

    def __init__(self, github: GitHub, observer: Observer) -> None:
        self._github = github
        self._observer = observer
        self._calm: set[tuple[int, str, str]] = set()
        """Sites, by where they are proposed from, that have no open report of faults and nothing else
        of the bot's, so that it is not asked for each time."""
        self._granted: dict[int, str] = {}
        """The address of each site's proposal whose wishes were answered, where its body does not say so."""

    def forget(self, seen: Observation) -> None:
        """Read everything again the next time."""
        self._calm.discard(_place(seen))

    def granted(self, repository_id: int, pull_url: str | None) -> None:
        """Remember that this proposal got what the site wishes for it."""
        if pull_url is not None:
            self._granted[repository_id] = pull_url

    async def read(self, reader: Client, seen: Observation, wish: Desire, *, everything: bool) -> Present:
        """All of it. ``everything`` looks for reports and strays even where there were none."""
        slug = await self._github.slug()
        state = seen.state
        pull = state.open_pull
        own = await self._own(reader, seen, wish, slug, everything=everything)
        report, reported = await self._reported(reader, seen, wish, slug, own)
        return Present(
            base_output=seen.output,
            branch=state.branch,
            branch_output=seen.branch_output,
            branch_source=seen.branch_source,
            ours=seen.ours,
            pull=pull,
            marker=read_marker(pull.body) if pull else None,
            last_pull=state.last_pull,
            declined=await self._declined(reader, seen),
            counts_since=await self._counts_since(reader, seen, wish),
            report=report,
            reported=reported,
            archived=state.archived,
            moved=_moved(seen),
            strays=await self._strays(reader, seen, own),
            missing=await self._missing(reader, seen, slug),
            carrier=state.last_pull if seen.carried and pull is None else None,
        )

    async def _declined(self, reader: Client, seen: Observation) -> str | None:
        """The substance of the newest proposal, where a person closed it without merging."""
        last = seen.state.last_pull
        if seen.state.open_pull or last is None or last.merged:
            return None
        marker = read_marker(last.body)
        if marker is not None and marker.withdrawn:
            return None
        path = seen.config.output
        text = await self._observer.file_at(reader, seen.state.full_name, path, last.head_sha)
        return substance(rows_of(text, path)) if text is not None else None

    async def _missing(self, reader: Client, seen: Observation, slug: str) -> frozenset[Wish]:
        """The wishes for the proposal that were not granted when it was opened; asked only where in doubt."""
        pull, wished = seen.state.open_pull, wishes_of(seen.config.propose)
        marker = read_marker(pull.body) if pull is not None else None
        if pull is None or marker is None or not marker.pending or not wished or not seen.ours:
            return frozenset()
        if self._granted.get(seen.state.repository_id) == pull.url:
            return frozenset()
        missing = wished - await read_granted(reader, seen.state.full_name, pull.number, slug)
        if not missing:
            self.granted(seen.state.repository_id, pull.url)
        return missing

    async def _counts_since(self, reader: Client, seen: Observation, wish: Desire) -> datetime | None:
        """When counts were last proposed; asked only where it matters."""
        if seen.state.open_pull is not None:
            return seen.state.branch.committed_at if seen.state.branch else None
        if not wish.desired.only_counts_since_base or seen.state.base is None:
            return None
        return await read_last_change(reader, seen.state.full_name, seen.config.output, seen.state.base.sha)

    async def _own(
        self, reader: Client, seen: Observation, wish: Desire, slug: str, *, everything: bool
    ) -> Own:
        """What the bot has opened itself; asked only where it matters."""
        if not wish.faults and not everything and _place(seen) in self._calm:
            return Own()
        own = await read_own(reader, seen.state.full_name, slug)
        own = replace(own, pulls=tuple(pull for pull in own.pulls if pull.number not in _known(seen)))
        if wish.faults:
            closed = await read_own(reader, seen.state.full_name, slug, "closed")
            own = replace(own, issues=own.issues + closed.issues)
        if not own.pulls and not any(read_faults_digest(each.body) for each in own.issues if each.open):
            self._calm.add(_place(seen))
        return own

    async def _reported(
        self, reader: Client, seen: Observation, wish: Desire, slug: str, own: Own
    ) -> tuple[Report | None, frozenset[str]]:
        """The open report of faults, and the digests of the faults that were ever reported."""
        found = {report: digest for report in own.issues if (digest := read_faults_digest(report.body))}
        reported = frozenset(found.values())
        pull = seen.state.open_pull
        if wish.faults and wish.desired.text is None and pull is not None:
            marker = write_faults_marker(wish.desired.faults_digest)
            if await Comments(reader, seen.state.full_name).said(pull.number, marker, slug):
                reported |= {wish.desired.faults_digest}
        return next((report for report in found if report.open), None), reported

    async def _strays(self, reader: Client, seen: Observation, own: Own) -> tuple[Stray, ...]:
        """Proposals left over from another base or another fork, which nobody else has pushed to."""
        marked = [(pull, read_marker(pull.body)) for pull in own.pulls if pull.open]
        strays = [
            (await read_stray(reader, seen.state.full_name, pull.number), marker)
            for pull, marker in marked[:MOST_STRAYS]
            if marker is not None
        ]
        return tuple(
            stray
            for stray, marker in strays
            if stray.branch_name.startswith(BRANCH_PREFIX) and stray.head_sha == marker.commit
        )


def _place(seen: Observation) -> tuple[int, str, str]:
    return seen.state.repository_id, seen.state.home, seen.branch_name


def _known(seen: Observation) -> set[int]:
    """The numbers of what is a proposal from the present branch, whatever its base."""
    return {pull.number for pull in (seen.state.open_pull, seen.state.moved_pull) if pull is not None}


def _moved(seen: Observation) -> Pull | None:
    """The bot's own proposal to another base; what people propose from its branch is their affair."""
    pull = seen.state.moved_pull
    return pull if pull is not None and read_marker(pull.body) is not None else None
