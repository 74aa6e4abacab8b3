"""Write what people read of a proposal: the pull request, its labels and reviewers, and issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.client import Client
from bot.github.errors import Forbidden, NotFound, Refused
from bot.github.model import Report
from bot.github.scoped import OneRepository

REFUSALS = (Forbidden, NotFound, Refused)
"""What asking again would not change."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PullRef:
    """A pull request as its number and its addresses."""

    number: int
    node_id: str
    url: str


class Proposer:
    """The few writing calls on one repository's pull requests and issues."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._client = client
        self._repository = OneRepository(client, full_name)

    async def open_pull(
        self, *, title: str, body: str, head: str, fork: str | None, base_name: str, draft: bool
    ) -> PullRef:
        """Open the pull request. Raises ``Refused`` where there is one already, or nothing to pull.

        ``head`` is the branch, with ``owner:`` before it where it lies in the repository ``fork``. No
        ``draft`` is opened where the site's plan has none.
        """
        wanted = {
            "title": title,
            "body": body,
            "head": head,
            "base": base_name,
            "draft": draft,
            # Letting others push to a fork is up to who may write there, which this token may not.
            "maintainer_can_modify": fork is None,
        }
        if fork is not None:
            # Two repositories of one owner are told apart by this alone.
            wanted["head_repo"] = fork.partition("/")[2]
        try:
            pull = await self._repository.send("POST", "/pulls", wanted)
        except Refused as error:
            if not draft or "draft" not in str(error).lower():
                raise
            log.warning("not granted", wish="draft", why=str(error))
            pull = await self._repository.send("POST", "/pulls", {**wanted, "draft": False})
        with making_sense():
            return PullRef(pull["number"], pull["node_id"], pull["html_url"])

    async def edit_pull(self, number: int, **fields: str) -> None:
        """Change the title, the body or the state of a pull request."""
        await self._repository.send("PATCH", "/pulls/{number}", fields, number=str(number))

    async def label(self, number: int, labels: Sequence[str]) -> str | None:
        """Add labels, made where they do not exist yet; gives the reason where GitHub refuses."""
        try:
            await self._repository.send(
                "POST", "/issues/{number}/labels", {"labels": list(labels)}, number=str(number)
            )
        except REFUSALS as error:
            return str(error)
        return None

    async def request_review(self, number: int, reviewers: Sequence[str]) -> str | None:
        """Ask people and teams (``org/team``) for a review; gives the reason where GitHub refuses.

        GitHub refuses all of them for the sake of one, so that then each is asked alone.
        """
        wanted = {
            "reviewers": [name for name in reviewers if "/" not in name],
            "team_reviewers": [name.partition("/")[2] for name in reviewers if "/" in name],
        }
        try:
            await self._repository.send(
                "POST", "/pulls/{number}/requested_reviewers", wanted, number=str(number)
            )
        except REFUSALS as error:
            if len(reviewers) == 1:
                return f"{reviewers[0]}: {error}"
            refusals = [await self.request_review(number, [name]) for name in reviewers]
            return "; ".join(filter(None, refusals)) or None
        return None

    async def enable_automerge(self, pull: PullRef) -> str | None:
        """Let GitHub merge once the checks pass; gives the reason where the site does not allow it."""
        try:
            answer = await self._client.query(documents.AUTOMERGE, pull=pull.node_id)
        except REFUSALS as error:
            return str(error)
        if not answer.errors:
            log.info("auto-merge enabled", number=pull.number)
            return None
        return str(answer.errors[0].get("message"))

    async def open_issue(self, title: str, body: str) -> Report:
        """Open an issue."""
        issue = await self._repository.send("POST", "/issues", {"title": title, "body": body})
        return Report(issue["number"], issue["html_url"], issue["state"] == "open", issue["body"] or "")

    async def edit_issue(self, number: int, **fields: str) -> None:
        """Change the title, the body or the state of an issue."""
        await self._repository.send("PATCH", "/issues/{number}", fields, number=str(number))
