"""Apply one action to a site: the only module that decides which writing calls are made, in which order.

Each order is such that the process may die between any two calls: the next look finds what stands
and goes on from there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import structlog

from bot import notices
from bot.actions import Action, ClosePull, LeaveAlone, OpenPull, ReportFault, UpdatePull
from bot.desire import Desire
from bot.github.branches import Branches, Deletion
from bot.github.comments import Comments
from bot.github.errors import Forbidden, NotFound
from bot.github.hub import GitHub
from bot.github.model import Pull, Report, SiteRef, Stray, Tip, Wish
from bot.github.once import Once
from bot.github.pulls import Proposer, PullRef
from bot.github.site_state import read_own
from bot.marker import (
    HANDS_OFF_MARKER,
    Marker,
    read_faults_digest,
    read_marker,
    with_marker,
    without_marker,
    write_faults_marker,
)
from bot.notices import faults_digest
from bot.observe import Observation
from bot.proposal import Places, ProposalText, describe
from bot.status.changes import digest
from bot.status.faults import Fault
from bot.wishes import grant, wishes_of

ISSUES_DISABLED = "the site has its issues disabled"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Applied:
    """What was written, in words; with the proposal's address and the new commit where there is one."""

    words: str = "nothing"
    pull_url: str | None = None
    commit: str | None = None

    def then(self, later: Applied) -> Applied:
        """Both, one after the other."""
        if later.words == "nothing":
            return replace(self, pull_url=later.pull_url or self.pull_url)
        return replace(later, words=f"{self.words}, {later.words}")


class Applier:
    """Writes to one site what one plan says."""

    def __init__(
        self,
        github: GitHub,
        site: SiteRef,
        seen: Observation,
        wish: Desire,
        public_url: str | None,
    ) -> None:
        key = site.installation_id, seen.state.repository_id
        fork = seen.state.fork
        # Words need no more than this, and an organisation that proposes from a fork grants no more.
        speaker = github.proposer(*key)
        if fork is None:
            writer = committer = github.writer(*key)
        else:
            writer, committer = speaker, github.committer(fork)
        self._github = github
        self._speaker = speaker
        self._seen = seen
        self._wish = wish
        self._public_url = public_url
        self._branches = Branches(committer, seen.state.home)
        self._proposer = Proposer(writer, seen.state.full_name)
        self._reporter = Proposer(speaker, seen.state.full_name)
        self._comments = Comments(speaker, seen.state.full_name)

    async def apply(self, action: Action) -> Applied:
        """Do it. Raises ``Refused`` where the site moved in the meantime: look again."""
        pull = self._seen.state.open_pull
        applied = Applied(pull_url=pull.url if pull else None)
        match action:
            case OpenPull(commit=commit, afresh=afresh):
                applied = await self._open(commit=commit, afresh=afresh)
            case UpdatePull(pull=pull, commit=commit, grant=missing):
                applied = await self._update(pull, commit=commit, missing=missing)
            case ClosePull(pull=pull):
                applied = await self._close(pull)
            case LeaveAlone(person_on=pull) if pull is not None:
                applied = await self._say_hands_off(pull)
            case ReportFault(faults=(), report=report) if report is not None:
                applied = await self._close_report(report)
            case ReportFault(faults=faults, report=report):
                applied = await self._report(faults, report)
        return applied

    # -- the proposal -------------------------------------------------------------------------

    async def _text(self) -> ProposalText:
        # Hundreds of rows take tenths of a second to word; deliveries are answered meanwhile.
        return await asyncio.to_thread(self._describe)

    def _describe(self) -> ProposalText:
        seen, wish = self._seen, self._wish
        assert wish.page is not None and seen.source is not None  # noqa: S101, PT018 - planned upon
        return describe(
            wish.page,
            wish.changes,
            seen.source.columns,
            site=seen.state.full_name,
            config=seen.config,
            places=Places(
                web_url=seen.state.url.removesuffix(f"/{seen.state.full_name}"),
                public_url=self._public_url,
                private=seen.state.private,
            ),
        )

    async def _commit(self, text: ProposalText, branch: Tip | None) -> str:
        state, config, desired = self._seen.state, self._seen.config, self._wish.desired
        files = {config.output: desired.text or ""}
        if desired.source is not None:
            files[config.source] = desired.source
        assert state.base is not None  # noqa: S101 - planned upon
        if state.fork is not None:
            owner = state.full_name.partition("/")[0]
            behind = await self._branches.keep_in_step(state.fork.base, state.base, owner)
            if behind is not None:
                log.warning("the fork's base stays where it is", fork=state.fork.full_name, why=behind)
        # The page itself is proposed again where a merge loses it. What a person wished for is not.
        return await self._branches.commit(
            state.base,
            branch,
            self._seen.branch_name,
            files,
            text.commit_message,
            rebasable=desired.source is not None,
        )

    def _body(self, text: ProposalText, commit: str, *, pending: bool = False) -> str:
        desired = self._wish.desired
        said = digest(desired.text or "")
        marker = Marker(digest=said, commit=commit, remarks=desired.remarks, pending=pending)
        return with_marker(text.body, marker)

    async def _open(self, *, commit: bool, afresh: bool) -> Applied:
        text, state = await self._text(), self._seen.state
        assert state.base is not None  # noqa: S101 - planned upon
        branch = state.branch
        if branch is not None and afresh:
            done = await self._branches.delete_branch(branch.name, branch.sha)
            # Where a rule of the site's keeps it, it goes on from there.
            branch = branch if done is Deletion.KEPT else None
        # What somebody merged a moment ago may stand in the way of a branch that was made before.
        on_top = branch is not None and await self._branches.holds(branch, state.base)
        sha = branch.sha if branch is not None and on_top and not commit else await self._commit(text, branch)
        wishes = self._seen.config.propose
        wished = wishes_of(wishes)
        pull = await self._proposer.open_pull(
            title=text.title,
            body=self._body(text, sha, pending=bool(wished)),
            head=self._head,
            fork=state.fork.full_name if state.fork else None,
            base_name=state.base.name,
            draft=wishes.draft,
        )
        await grant(self._proposer, pull, wishes, wished)
        return Applied("opened the proposal", pull.url, sha)

    @property
    def _head(self) -> str:
        """The bot's branch, as a pull request on the site names it."""
        fork, name = self._seen.state.fork, self._seen.branch_name
        return f"{fork.full_name.partition('/')[0]}:{name}" if fork else name

    async def _update(self, pull: Pull, *, commit: bool, missing: frozenset[Wish]) -> Applied:
        text, branch = await self._text(), self._seen.state.branch
        sha = await self._commit(text, branch) if commit or branch is None else branch.sha
        found = PullRef(pull.number, pull.node_id, pull.url)
        await grant(self._proposer, found, self._seen.config.propose, missing)
        body = self._body(text, sha)
        changed = _differing(pull, title=text.title, body=body)
        if changed:
            await self._proposer.edit_pull(pull.number, **changed)
        return Applied("updated the proposal", pull.url, sha if commit else None)

    async def _close(self, pull: Pull) -> Applied:
        await self._withdraw(pull)
        branch = self._seen.state.branch if self._seen.ours else None
        first = (
            branch is None or await self._branches.delete_branch(branch.name, branch.sha) is not Deletion.GONE
        )
        if not pull.open:
            return Applied("took the holds back that it carried")
        if first:
            await self._comments.reply(pull.number, notices.closing_words(self._seen.config.output))
        return Applied("closed the proposal, for nothing is left to propose")

    async def _withdraw(self, pull: Pull | Stray) -> None:
        """Close a pull request in such a way that nobody takes it for a person's no."""
        marker = read_marker(pull.body) or Marker(digest="", commit=pull.head_sha)
        body = with_marker(without_marker(pull.body), replace(marker, withdrawn=True))
        await self._proposer.edit_pull(pull.number, state="closed", body=body)

    async def close_stray(self, stray: Stray, pull_url: str | None) -> Applied:
        """Close a proposal to what is the base no more; ``pull_url`` is the one that stands."""
        await self._withdraw(stray)
        if stray.home == self._seen.state.home:
            await self._branches.delete_branch(stray.branch_name, stray.head_sha)
        base = self._seen.state.base.name if self._seen.state.base else ""
        await self._comments.reply(stray.number, notices.moved_on_words(base, pull_url))
        return Applied("closed a proposal that was left over")

    async def _say_hands_off(self, pull: Pull) -> Applied:
        slug = await self._github.slug()
        words = notices.hands_off_words(self._seen.branch_name, slug)
        if not await self._say_once(pull, words, HANDS_OFF_MARKER):
            return Applied(pull_url=pull.url if pull.open else None)
        return Applied("said once that a person's commits keep the bot off", pull.url)

    async def _say_once(self, pull: Pull, words: str, marker: str) -> bool:
        once = Once(self._speaker, self._seen.state.full_name, await self._github.slug())
        return await once.comment(pull.number, words, marker)

    # -- faults -------------------------------------------------------------------------------

    async def _report(self, faults: tuple[Fault, ...], standing: Report | None) -> Applied:
        """Say it on the proposal where there is one, else in an issue; each set of faults once."""
        pull = self._seen.state.open_pull
        name = self._seen.state.full_name
        if pull is not None and self._wish.desired.text is None:
            words = notices.fault_comment(faults, self._seen.state.url)
            await self._say_once(pull, words, write_faults_marker(faults_digest(faults)))
            log.info("faults reported", site=name, pull=pull.number, faults=[str(fault) for fault in faults])
            return Applied("reported faults on the proposal", pull.url)
        text = notices.fault_report(faults, self._seen.state.url)
        try:
            if standing is not None:
                await self._reporter.edit_issue(standing.number, title=text.title, body=text.body)
                url = standing.url
            elif self._seen.state.issues_enabled:
                url = await self._open_report(text)
            else:
                return self._unreported(faults, ISSUES_DISABLED)
        except (Forbidden, NotFound) as error:
            # Asking again would change nothing, and what else there is to do must not wait for it.
            return self._unreported(faults, str(error))
        log.info("faults reported", site=name, issue=url, faults=[str(fault) for fault in faults])
        return Applied("reported faults in an issue")

    async def _open_report(self, text: notices.FaultReport) -> str:
        """Open an issue, and close it again where another replica was quicker; gives the one that stays.

        GitHub refuses no second issue. All replicas see the same order.
        """
        mine = await self._reporter.open_issue(text.title, text.body)
        own = await read_own(self._speaker, self._seen.state.full_name, await self._github.slug())
        twins = [report for report in own.issues if report.open and report.number < mine.number]
        for report in twins:
            if read_faults_digest(report.body) == read_faults_digest(text.body):
                await self._reporter.edit_issue(mine.number, state="closed", state_reason="duplicate")
                return report.url
        return mine.url

    def _unreported(self, faults: tuple[Fault, ...], why: str) -> Applied:
        """The dashboard and the log say them, and nobody else does."""
        site = self._seen.state.full_name
        log.warning("faults cannot be reported", site=site, why=why, faults=[str(fault) for fault in faults])
        return Applied(f"could not report faults ({why})")

    async def _close_report(self, report: Report) -> Applied:
        await self._comments.reply(report.number, notices.faults_mended_words())
        await self._reporter.edit_issue(report.number, state="closed")
        return Applied("closed the report of faults, for they are mended")


def _differing(pull: Pull, **fields: str) -> dict[str, str]:
    """The fields that a pull request does not have yet; GitHub gives bodies back with CRLF at times."""
    standing = {"title": pull.title, "body": pull.body.replace("\r\n", "\n")}
    return {name: value for name, value in fields.items() if standing[name] != value}
