"""Apply one action to a site: the only module that decides which writing calls are made, in which order.

Each order is such that the process may die between any two calls: the next look finds what stands
and goes on from there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import structlog

from bot import notices
from bot.desire import Desire
from bot.github.comments import Comments
from bot.github.errors import GitHubError
from bot.github.hub import GitHub
from bot.github.model import Pull, Report, SiteRef, Tip
from bot.github.pulls import Proposer, PullRef
from bot.marker import HANDS_OFF_MARKER, Marker, read_marker, with_marker, without_marker
from bot.observe import Observation
from bot.plan import Action, ClosePull, LeaveAlone, OpenPull, ReportFault, UpdatePull
from bot.proposal import ProposalText, describe
from bot.status.changes import digest
from bot.status.faults import Fault

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
        client = github.writer(site.installation_id, seen.state.repository_id)
        self._github = github
        self._seen = seen
        self._wish = wish
        self._public_url = public_url
        self._proposer = Proposer(client, seen.state.full_name)
        self._comments = Comments(client, seen.state.full_name)

    async def apply(self, action: Action) -> Applied:
        """Do it. Raises ``Refused`` where the site moved in the meantime: look again."""
        pull = self._seen.state.open_pull
        applied = Applied(pull_url=pull.url if pull else None)
        match action:
            case OpenPull(commit=commit, afresh=afresh):
                applied = await self._open(commit=commit, afresh=afresh)
            case UpdatePull(pull=pull, commit=commit):
                applied = await self._update(pull, commit=commit)
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
            public_url=self._public_url,
            web_url=seen.state.url.removesuffix(f"/{seen.state.full_name}"),
        )

    async def _commit(self, text: ProposalText, branch: Tip | None) -> str:
        state = self._seen.state
        assert self._wish.page is not None and state.base is not None  # noqa: S101, PT018 - planned upon
        return await self._proposer.commit(
            state.base,
            branch,
            self._seen.branch_name,
            self._seen.config.output,
            self._wish.page.text,
            text.commit_message,
        )

    def _body(self, text: ProposalText, commit: str) -> str:
        desired = self._wish.desired
        marker = Marker(digest=digest(desired.text or ""), commit=commit, remarks=desired.remarks)
        return with_marker(text.body, marker)

    async def _open(self, *, commit: bool, afresh: bool) -> Applied:
        text, state = await self._text(), self._seen.state
        assert state.base is not None  # noqa: S101 - planned upon
        branch = state.branch
        if branch is not None and afresh:
            await self._proposer.delete_branch(branch)
            branch = None
        sha = await self._commit(text, branch) if commit or branch is None else branch.sha
        wishes = self._seen.config.propose
        pull = await self._proposer.open_pull(
            title=text.title,
            body=self._body(text, sha),
            branch_name=self._seen.branch_name,
            base_name=state.base.name,
            draft=wishes.draft,
        )
        log.info("proposed", site=state.full_name, pull=pull.number, commit=sha, title=text.title)
        await self._furnish(pull)
        return Applied("opened the proposal", pull.url, sha)

    async def _furnish(self, pull: PullRef) -> None:
        """Labels, reviewers and auto-merge: wishes, for whose sake a proposal must not fail."""
        wishes = self._seen.config.propose
        refusals: dict[str, str | None] = {}
        try:
            await self._proposer.label(pull.number, wishes.labels)
        except GitHubError as error:
            refusals["labels"] = str(error)
        refusals["reviewers"] = await self._proposer.request_review(pull.number, wishes.reviewers)
        if wishes.automerge:
            refusals["automerge"] = await self._proposer.enable_automerge(pull)
        for wish, why in refusals.items():
            if why is not None:
                log.warning("not granted", wish=wish, pull=pull.url, why=why)

    async def _update(self, pull: Pull, *, commit: bool) -> Applied:
        text, branch = await self._text(), self._seen.state.branch
        sha = await self._commit(text, branch) if commit or branch is None else branch.sha
        body = self._body(text, sha)
        changed = _differing(pull, title=text.title, body=body)
        if changed:
            await self._proposer.edit_pull(pull.number, **changed)
        log.info("proposal updated", site=self._seen.state.full_name, pull=pull.number, commit=sha)
        return Applied("updated the proposal", pull.url, sha if commit else None)

    async def _close(self, pull: Pull) -> Applied:
        marker = read_marker(pull.body) or Marker(digest="", commit=pull.head_sha)
        body = with_marker(without_marker(pull.body), replace(marker, withdrawn=True))
        await self._proposer.edit_pull(pull.number, state="closed", body=body)
        await self._comments.reply(pull.number, notices.closing_words(self._seen.config.output))
        branch = self._seen.state.branch
        if branch is not None:
            await self._proposer.delete_branch(branch)
        log.info("proposal closed", site=self._seen.state.full_name, pull=pull.number)
        return Applied("closed the proposal, for nothing is left to propose")

    async def _say_hands_off(self, pull: Pull) -> Applied:
        slug = await self._github.slug()
        if await self._comments.said(pull.number, HANDS_OFF_MARKER, slug):
            return Applied(pull_url=pull.url if pull.open else None)
        await self._comments.reply(pull.number, notices.hands_off_words(self._seen.branch_name, slug))
        log.info("hands off", site=self._seen.state.full_name, pull=pull.number)
        return Applied("said once that a person's commits keep the bot off", pull.url)

    # -- faults -------------------------------------------------------------------------------

    async def _report(self, faults: tuple[Fault, ...], standing: Report | None) -> Applied:
        """Say it on the proposal where there is one, else in an issue; each set of faults once."""
        pull = self._seen.state.open_pull
        name = self._seen.state.full_name
        if pull is not None and self._wish.page is None:
            await self._comments.reply(pull.number, notices.fault_comment(faults, self._seen.state.url))
            log.info("faults reported", site=name, pull=pull.number, faults=[str(fault) for fault in faults])
            return Applied("reported faults on the proposal", pull.url)
        text = notices.fault_report(faults, self._seen.state.url)
        if standing is not None:
            await self._proposer.edit_issue(standing.number, title=text.title, body=text.body)
            url = standing.url
        else:
            url = await self._proposer.open_issue(text.title, text.body)
        log.info("faults reported", site=name, issue=url, faults=[str(fault) for fault in faults])
        return Applied("reported faults in an issue")

    async def _close_report(self, report: Report) -> Applied:
        await self._comments.reply(report.number, notices.faults_mended_words())
        await self._proposer.edit_issue(report.number, state="closed")
        log.info("faults mended", site=self._seen.state.full_name, issue=report.url)
        return Applied("closed the report of faults, for they are mended")


def _differing(pull: Pull, **fields: str) -> dict[str, str]:
    """The fields that a pull request does not have yet; GitHub gives bodies back with CRLF at times."""
    standing = {"title": pull.title, "body": pull.body.replace("\r\n", "\n")}
    return {name: value for name, value in fields.items() if standing[name] != value}
